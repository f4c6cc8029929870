/* SPDX-License-Identifier: MIT */
/*
 * text: a message is a line. It ends with LF or CR LF, which are not part of
 * it; LF is appended to what is sent. A line is at most limits.undecoded bytes
 * with its end. The end of a datagram ends a line, too.
 */
#include <string.h>

#include <workerman/conn.h>

static int
text_decode(struct wm_conn *c, void *state, struct wm_input *in,
    struct wm_msg *msg)
{
	const char *lf = memchr(in->data + in->seen, '\n', in->len - in->seen);
	size_t len;

	(void)state;
	if (lf == NULL) {
		if (!(in->flags & WM_IN_DATAGRAM))
			return WM_MORE;
		lf = in->data + in->len;
	}
	len = (size_t)(lf - in->data);
	if (len >= wm_conn_limits(c)->undecoded)
		return WM_E_OVERFLOW; /* as if it had come in pieces */
	in->used = len < in->len ? len + 1 : len;
	if (len > 0 && in->data[len - 1] == '\r')
		len--;
	msg->data = in->data;
	msg->len = len;
	return WM_MESSAGE;
}

static int
text_encode(struct wm_conn *c, void *state, const struct wm_msg *msg,
    struct wm_buf *out)
{
	(void)c, (void)state;
	wm_buf_put(out, msg->data, msg->len);
	wm_buf_put(out, "\n", 1);
	return 0;
}

static unsigned
text_variant(struct wm_conn *c, void *state)
{
	(void)c, (void)state;
	return 1; /* all connections get the same bytes */
}

const struct wm_protocol wm_protocol_text = {
	.name = "text",
	.abi = WM_PROTOCOL_ABI,
	.flags = WM_P_DATAGRAM,
	.decode = text_decode,
	.encode = text_encode,
	.variant = text_variant,
};
