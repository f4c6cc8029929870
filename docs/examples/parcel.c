/* SPDX-License-Identifier: MIT */
/*
 * parcel: version (1 byte, 1), length of the content (4 bytes, most
 * significant first), content, checksum (2 bytes, Fletcher-16 of all bytes
 * before it).
 */
#include "parcel.h"

#define PARCEL_VERSION  1
#define PARCEL_HEAD     5u /* version and length */
#define PARCEL_CHECKSUM 2u

static void
parcel_sum(const void *data, size_t len, unsigned char sum[PARCEL_CHECKSUM])
{
	const unsigned char *p = data;
	unsigned a = 0, b = 0;

	while (len-- > 0) {
		a = (a + *p++) % 255;
		b = (b + a) % 255;
	}
	sum[0] = (unsigned char)a;
	sum[1] = (unsigned char)b;
}

static int
parcel_decode(struct wm_conn *c, void *state, struct wm_input *in,
    struct wm_msg *msg)
{
	const unsigned char *p = (const unsigned char *)in->data;
	unsigned char sum[PARCEL_CHECKSUM];
	size_t len;

	(void)c, (void)state;
	if (p[0] != PARCEL_VERSION)
		return WM_E_VERSION;
	if (in->len < PARCEL_HEAD) {
		in->need = PARCEL_HEAD;
		return WM_MORE;
	}
	len =
	    (size_t)p[1] << 24 | (size_t)p[2] << 16 | (size_t)p[3] << 8 | p[4];
	in->need = PARCEL_HEAD + len + PARCEL_CHECKSUM;
	if (in->len < in->need)
		return WM_MORE;
	parcel_sum(p, PARCEL_HEAD + len, sum);
	if (memcmp(p + PARCEL_HEAD + len, sum, sizeof(sum)) != 0)
		return WM_E_DATA;
	in->used = in->need;
	msg->data = in->data + PARCEL_HEAD;
	msg->len = len;
	return WM_MESSAGE;
}

static int
parcel_encode(struct wm_conn *c, void *state, const struct wm_msg *msg,
    struct wm_buf *out)
{
	unsigned char head[PARCEL_HEAD] = { PARCEL_VERSION,
		(unsigned char)(msg->len >> 24),
		(unsigned char)(msg->len >> 16), (unsigned char)(msg->len >> 8),
		(unsigned char)msg->len };
	unsigned char sum[PARCEL_CHECKSUM];
	size_t start = out->len; /* others may wait in front of us */

	(void)c, (void)state;
	if (msg->len > UINT32_MAX)
		return WM_E_TOO_BIG;
	wm_buf_put(out, head, sizeof(head));
	wm_buf_put(out, msg->data, msg->len);
	if (out->failed)
		return WM_E_NOMEM; /* before we read what we wrote */
	parcel_sum(out->data + start, out->len - start, sum);
	wm_buf_put(out, sum, sizeof(sum));
	return 0;
}

static unsigned
parcel_variant(struct wm_conn *c, void *state)
{
	(void)c, (void)state;
	return 1; /* all connections get the same bytes */
}

const struct wm_protocol parcel_protocol = {
	.name = "parcel",
	.abi = WM_PROTOCOL_ABI,
	.overhead = PARCEL_HEAD + PARCEL_CHECKSUM,
	.decode = parcel_decode,
	.encode = parcel_encode,
	.variant = parcel_variant,
};
