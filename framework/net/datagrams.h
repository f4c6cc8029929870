/* SPDX-License-Identifier: MIT */
/* What datagram.c and datagram_out.c share. Nobody else includes this. */
#ifndef NET_DATAGRAMS_H
#define NET_DATAGRAMS_H

#include "framework/net/datagram.h"

struct wm__datagrams {
	struct wm__datagrams_out *out;
	struct wm__datagrams_in *in;
	/* Of the datagram whose callbacks run. */
	const struct wm__route *route;
};

#endif
