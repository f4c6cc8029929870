/* SPDX-License-Identifier: MIT */
/* One character at a time, for short texts. What peers send in bulk is
   checked by its protocol. */
#include "config.h"

#include "framework/base/utf8.h"

static const struct {
	unsigned char first, last;   /* of the first byte */
	unsigned char second, until; /* of the second */
	size_t len;
} utf8_rows[] = {
	{ 0x01, 0x7f, 0, 0, 1 },
	{ 0xc2, 0xdf, 0x80, 0xbf, 2 },
	{ 0xe0, 0xe0, 0xa0, 0xbf, 3 },
	{ 0xe1, 0xec, 0x80, 0xbf, 3 },
	{ 0xed, 0xed, 0x80, 0x9f, 3 }, /* no surrogates */
	{ 0xee, 0xef, 0x80, 0xbf, 3 },
	{ 0xf0, 0xf0, 0x90, 0xbf, 4 },
	{ 0xf1, 0xf3, 0x80, 0xbf, 4 },
	{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
};

size_t
wm__utf8_length(const char *s)
{
	const unsigned char *c = (const unsigned char *)s;

	for (size_t i = 0; i < sizeof(utf8_rows) / sizeof(*utf8_rows); i++) {
		size_t len = utf8_rows[i].len;

		if (c[0] < utf8_rows[i].first || c[0] > utf8_rows[i].last)
			continue;
		if (len > 1 &&
		    (c[1] < utf8_rows[i].second || c[1] > utf8_rows[i].until))
			return 0;
		for (size_t k = 2; k < len; k++)
			if ((c[k] & 0xc0) != 0x80)
				return 0;
		return len;
	}
	return 0;
}
