/* SPDX-License-Identifier: MIT */
/*
 * frame: a message is preceded by its length, four bytes, most significant
 * first, which count themselves.
 */
#include <workerman/protocol.h>

#define FRAME_HEADER 4u

static int
frame_decode(struct wm_conn *c, void *state, struct wm_input *in,
    struct wm_msg *msg)
{
	const unsigned char *p = (const unsigned char *)in->data;
	size_t len;

	(void)c, (void)state;
	if (in->len < FRAME_HEADER) {
		in->need = FRAME_HEADER;
		return WM_MORE;
	}
	len =
	    (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
	if (len < FRAME_HEADER)
		return WM_E_PROTOCOL;
	if (in->len < len) {
		in->need = len;
		return WM_MORE;
	}
	in->used = len;
	msg->data = in->data + FRAME_HEADER;
	msg->len = len - FRAME_HEADER;
	return WM_MESSAGE;
}

static int
frame_encode(struct wm_conn *c, void *state, const struct wm_msg *msg,
    struct wm_buf *out)
{
	size_t len = msg->len + FRAME_HEADER;
	unsigned char header[FRAME_HEADER] = { (unsigned char)(len >> 24),
		(unsigned char)(len >> 16), (unsigned char)(len >> 8),
		(unsigned char)len };

	(void)c, (void)state;
	if (len > UINT32_MAX)
		return WM_E_TOO_BIG;
	wm_buf_put(out, header, sizeof(header));
	wm_buf_put_last(out, msg->data, msg->len);
	return 0;
}

static unsigned
frame_variant(struct wm_conn *c, void *state)
{
	(void)c, (void)state;
	return 1; /* all connections get the same bytes */
}

const struct wm_protocol wm_protocol_frame = {
	.name = "frame",
	.abi = WM_PROTOCOL_ABI,
	.flags = WM_P_DATAGRAM,
	.overhead = FRAME_HEADER,
	.decode = frame_decode,
	.encode = frame_encode,
	.variant = frame_variant,
};
