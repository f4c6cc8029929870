/* SPDX-License-Identifier: MIT */
/* Topic names and filters: see topic.h. */
#include "topic.h"

/* Length of the character at s, or 0 if it is none that MQTT allows. */
static size_t
text_char(const unsigned char *s, size_t len)
{
	static const uint32_t least[] = { 0, 0x1, 0x80, 0x800, 0x10000 };
	size_t i,
	    n = s[0] < 0x80 ? 1 :
	    s[0] < 0xc0     ? 0 :
	    s[0] < 0xe0     ? 2 :
	    s[0] < 0xf0     ? 3 :
	    s[0] < 0xf8     ? 4 :
			      0;
	uint32_t ch = n == 1 ? s[0] : s[0] & (0x7fu >> n);

	if (n == 0 || n > len)
		return 0;
	for (i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		ch = ch << 6 | (s[i] & 0x3fu);
	}
	if (ch < least[n] || ch > 0x10ffff || (ch >= 0xd800 && ch <= 0xdfff))
		return 0;
	return n;
}

bool
text_is_valid(struct wm_span s)
{
	size_t n;

	while (s.len > 0) {
		n = text_char((const unsigned char *)s.data, s.len);
		if (n == 0)
			return false;
		s.data += n;
		s.len -= n;
	}
	return true;
}

bool
topic_is_valid(struct wm_span s)
{
	return s.len > 0 && memchr(s.data, '+', s.len) == NULL &&
	    memchr(s.data, '#', s.len) == NULL && text_is_valid(s);
}

/* Wildcards fill their level; '#' is the last one [MQTT-4.7.1-2, -3]. */
bool
filter_is_valid(struct wm_span s)
{
	bool alone;
	size_t i;

	for (i = 0; i < s.len; i++) {
		if (s.data[i] != '+' && s.data[i] != '#')
			continue;
		alone = (i == 0 || s.data[i - 1] == '/') &&
		    (i + 1 == s.len || s.data[i + 1] == '/');
		if (!alone || (s.data[i] == '#' && i + 1 < s.len))
			return false;
	}
	return s.len > 0 && text_is_valid(s);
}

/* The first level of s, which moves behind it and its '/'; false when there
   was none. "a/" has the levels "a" and "". */
bool
topic_next_level(struct wm_span *s, struct wm_span *level_r)
{
	const char *slash;

	if (s->data == NULL)
		return false;
	slash = s->len > 0 ? memchr(s->data, '/', s->len) : NULL;
	*level_r = *s;
	if (slash == NULL) {
		*s = (struct wm_span){ NULL, 0 };
		return true;
	}
	level_r->len = (size_t)(slash - s->data);
	s->data = slash + 1;
	s->len -= level_r->len + 1;
	return true;
}

static bool
level_is(struct wm_span level, char wildcard)
{
	return level.len == 1 && level.data[0] == wildcard;
}

bool
filter_matches(struct wm_span filter, struct wm_span topic)
{
	struct wm_span f, t;

	if (topic.data[0] == '$' && filter.data[0] != '$')
		return false; /* [MQTT-4.7.2-1] */
	while (topic_next_level(&filter, &f)) {
		if (level_is(f, '#'))
			return true;
		if (!topic_next_level(&topic, &t))
			return false;
		if (level_is(f, '+'))
			continue;
		if (f.len != t.len || memcmp(f.data, t.data, f.len) != 0)
			return false;
	}
	return topic.data == NULL;
}

bool
filter_has_wildcard(struct wm_span filter)
{
	return memchr(filter.data, '+', filter.len) != NULL ||
	    memchr(filter.data, '#', filter.len) != NULL;
}

size_t
filter_levels(struct wm_span filter)
{
	struct wm_span level;
	size_t n = 0;

	while (topic_next_level(&filter, &level))
		n++;
	return n;
}
