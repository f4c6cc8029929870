/* SPDX-License-Identifier: MIT */
/*
 * How published messages travel between processes: packets of records. Pure
 * bytes; knows neither sockets nor subscribers.
 */
#ifndef CHANNEL_RECORD_H
#define CHANNEL_RECORD_H

#include <workerman/buf.h>

#define WM__PACKET_MAX  (64u << 10) /* bytes of a packet on a socket */
#define WM__MESSAGE_MAX (16u << 20) /* bytes of a published message */

struct wm__record {
	const char *topic; /* terminated */
	const char *data;
	size_t len;
	unsigned flags; /* wm_msg.flags for the subscribers */
};

/* Bytes that the record takes in a packet. */
size_t wm__record_size(const struct wm__record *r);
void wm__record_put(struct wm_buf *packet, const struct wm__record *r);

/*
 * Reads the record at *pos of a packet and moves *pos behind it. Returns 1;
 * 0 at the end; WM_E_PROTOCOL when the bytes are not a record. What *r_r
 * points to lies in the packet.
 */
int wm__record_get(const char *packet, size_t len, size_t *pos,
    struct wm__record *r_r);

#endif
