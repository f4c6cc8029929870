/* SPDX-License-Identifier: MIT */
/*
 * raw: a message is whatever arrived, in parts of at most limits.message; a
 * datagram is one message, or too big.
 */
#include <workerman/conn.h>

static int
raw_decode(struct wm_conn *c, void *state, struct wm_input *in,
    struct wm_msg *msg)
{
	size_t max = wm_conn_limits(c)->message;

	(void)state;
	if (in->flags & WM_IN_DATAGRAM && in->len > max)
		return WM_E_TOO_BIG;
	msg->data = in->data;
	msg->len = in->used = in->len < max ? in->len : max;
	return WM_MESSAGE;
}

const struct wm_protocol wm_protocol_raw = {
	.name = "raw",
	.abi = WM_PROTOCOL_ABI,
	.flags = WM_P_DATAGRAM,
	.decode = raw_decode,
};
