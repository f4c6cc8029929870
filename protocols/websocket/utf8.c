/* SPDX-License-Identifier: MIT */
/*
 * Responsible for judging UTF-8: runs of ASCII by 16 bytes, whole characters
 * at once, characters cut in two through a small state. The rules are table
 * 3-7 of the Unicode standard. Not for decoding.
 */
#include <string.h>

#include "utf8.h"

#define HIGH_BITS UINT64_C(0x8080808080808080)

static const unsigned char *
skip_ascii(const unsigned char *p, const unsigned char *end)
{
	uint64_t a, b;

	while (end - p >= 16) {
		memcpy(&a, p, sizeof(a));
		memcpy(&b, p + 8, sizeof(b));
		if (((a | b) & HIGH_BITS) != 0)
			break;
		p += 16;
	}
	while (p < end && *p < 0x80)
		p++;
	return p;
}

/* A lead byte over 0x7f: what has to follow. False: none of these. */
static bool
take_lead(struct wm__utf8 *u, unsigned b)
{
	if (b < 0xc2 || b > 0xf4)
		return false;
	u->left = b < 0xe0 ? 1 : b < 0xf0 ? 2 : 3;
	u->low = b == 0xe0 ? 0xa0 : b == 0xf0 ? 0x90 : 0x80;
	u->high = b == 0xed ? 0x9f : b == 0xf4 ? 0x8f : 0xbf;
	return true;
}

static bool
take_next(struct wm__utf8 *u, unsigned b)
{
	if (b < u->low || b > u->high)
		return false;
	u->left--;
	u->low = 0x80;
	u->high = 0xbf;
	return true;
}

/*
 * The length of the character over 0x7f that begins the four bytes w, first
 * byte highest; 0 if there is none. A bit pattern says how many bytes belong
 * together; what is left are the forms that RFC 3629 forbids.
 */
static size_t
take_whole(uint32_t w)
{
	uint32_t v;

	if ((w & 0xf0c0c000) == 0xe0808000) {
		v = w & 0x0f200000; /* overlong; surrogate */
		return v != 0 && v != 0x0d200000 ? 3 : 0;
	}
	if ((w & 0xe0c00000) == 0xc0800000)
		return w >= 0xc2000000 ? 2 : 0;
	if ((w & 0xf8c0c0c0) == 0xf0808080) {
		v = w & 0x07300000; /* overlong; over U+10FFFF */
		return v >= 0x00100000 && v <= 0x04000000 ? 4 : 0;
	}
	return 0;
}

/* Whole characters, as long as four bytes can be read. Null: not UTF-8. */
static const unsigned char *
skip_characters(const unsigned char *p, const unsigned char *end)
{
	size_t n;

	while (end - p >= 4 && *p >= 0x80) {
		n = take_whole((uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
		    (uint32_t)p[2] << 8 | p[3]);
		if (n == 0)
			return NULL;
		p += n;
	}
	return p;
}

bool
wm__utf8_feed(struct wm__utf8 *u, const char *data, size_t len)
{
	const unsigned char *p = (const unsigned char *)data;
	const unsigned char *end = p + len;

	while (p < end) {
		if (u->left > 0) {
			if (!take_next(u, *p++))
				return false;
		} else if (*p < 0x80)
			p = skip_ascii(p, end);
		else if (end - p >= 4) {
			if ((p = skip_characters(p, end)) == NULL)
				return false;
		} else if (!take_lead(u, *p++))
			return false;
	}
	return true;
}

bool
wm__utf8_valid(const char *data, size_t len)
{
	struct wm__utf8 u = { 0, 0, 0 };

	return wm__utf8_feed(&u, data, len) && wm__utf8_complete(&u);
}
