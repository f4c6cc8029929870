/* SPDX-License-Identifier: MIT */
/* Records of published messages: see record.h. */
#include "config.h"

#include <workerman/channel.h>
#include <workerman/error.h>

#include "framework/channel/record.h"

/* Followed by topic, its NUL, and the data. */
struct record_header {
	uint32_t len; /* of the data */
	uint32_t flags;
	uint16_t topic_len; /* without the NUL */
	uint16_t zero;
};

size_t
wm__record_size(const struct wm__record *r)
{
	return sizeof(struct record_header) + strlen(r->topic) + 1 + r->len;
}

void
wm__record_put(struct wm_buf *packet, const struct wm__record *r)
{
	struct record_header h = { .len = (uint32_t)r->len,
		.flags = r->flags,
		.topic_len = (uint16_t)strlen(r->topic) };

	wm_buf_put(packet, &h, sizeof(h));
	wm_buf_put(packet, r->topic, (size_t)h.topic_len + 1);
	wm_buf_put(packet, r->data, r->len);
}

int
wm__record_get(const char *packet, size_t len, size_t *pos,
    struct wm__record *r_r)
{
	struct record_header h;
	size_t left = len - *pos;
	const char *p;

	if (left == 0) /* also of no packet at all */
		return 0;
	p = packet + *pos;
	if (left < sizeof(h))
		return WM_E_PROTOCOL;
	memcpy(&h, p, sizeof(h));
	left -= sizeof(h);
	p += sizeof(h);
	if (h.topic_len == 0 || h.topic_len > WM_TOPIC_MAX ||
	    left < (size_t)h.topic_len + 1 || p[h.topic_len] != '\0' ||
	    left - h.topic_len - 1 < h.len)
		return WM_E_PROTOCOL;
	r_r->topic = p;
	r_r->data = p + h.topic_len + 1;
	r_r->len = h.len;
	r_r->flags = h.flags;
	*pos += sizeof(h) + h.topic_len + 1 + h.len;
	return 1;
}
