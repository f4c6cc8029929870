/* SPDX-License-Identifier: MIT */
/*
 * Lines and frames: bytes go back as they came.
 */
#include "peer.h"

static void
echo_hear(struct peer *p, unsigned char *bytes, size_t len)
{
	peer_send(p, bytes, len);
}

const struct talk talk_echo = {
	.name = "echo",
	.hear = echo_hear,
};
