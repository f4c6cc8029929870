/* SPDX-License-Identifier: MIT */
/*
 * What people may write, and the JSON in which it travels: see words.h.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "chat.h"
#include "words.h"

/*
 * Characters that would let a name look like another one, or like nothing:
 * blanks other than ' ', what joins nothing, and what turns the direction of
 * the text around it. Controls are tested apart.
 */
static const struct {
	uint32_t first, last;
} invisible[] = {
	{ 0x00a0, 0x00a0 },
	{ 0x00ad, 0x00ad },
	{ 0x034f, 0x034f },
	{ 0x061c, 0x061c },
	{ 0x115f, 0x1160 },
	{ 0x1680, 0x1680 },
	{ 0x180b, 0x180f },
	{ 0x2000, 0x200b },
	{ 0x200e, 0x200f },
	{ 0x2028, 0x202f },
	{ 0x205f, 0x206f },
	{ 0x2800, 0x2800 },
	{ 0x3000, 0x3000 },
	{ 0x3164, 0x3164 },
	{ 0xfeff, 0xfeff },
	{ 0xffa0, 0xffa0 },
	{ 0xfff0, 0xfffb },
	{ 0xe0000, 0xe0fff },
};

/* The character at *s, which moves behind it. */
static uint32_t
next_char(const char **s)
{
	const unsigned char *u = (const unsigned char *)*s;
	unsigned more = u[0] < 0xc0 ? 0 : u[0] < 0xe0 ? 1 : u[0] < 0xf0 ? 2 : 3;
	uint32_t ch = more == 0 ? u[0] : u[0] & (0x3fu >> more);
	unsigned i;

	for (i = 1; i <= more && u[i] != '\0'; i++)
		ch = ch << 6 | (u[i] & 0x3fu);
	*s += i;
	return ch;
}

static bool
is_control(uint32_t ch)
{
	return ch < 0x20 || (ch >= 0x7f && ch < 0xa0);
}

static bool
is_invisible(uint32_t ch)
{
	size_t i;

	for (i = 0; i < sizeof(invisible) / sizeof(invisible[0]); i++)
		if (ch >= invisible[i].first && ch <= invisible[i].last)
			return true;
	return false;
}

size_t
words_length(const char *s)
{
	size_t n;

	for (n = 0; *s != '\0'; n++)
		next_char(&s);
	return n;
}

size_t
words_bytes(const char *s, size_t chars)
{
	const char *end = s;

	while (chars-- > 0 && *end != '\0')
		next_char(&end);
	return (size_t)(end - s);
}

/* Whether it only changes its neighbours: emoji are made with these. */
static bool
is_joiner(uint32_t ch)
{
	return ch == 0x200c || ch == 0x200d || (ch >= 0xfe00 && ch <= 0xfe0f);
}

bool
words_name(const char *s, char *out)
{
	bool visible = false;
	const char *p;
	uint32_t ch;
	size_t len;

	if (s == NULL)
		return false;
	s += strspn(s, " ");
	for (len = strlen(s); len > 0 && s[len - 1] == ' '; len--)
		continue;
	if (len == 0 || len >= PERSON_NAME_SIZE)
		return false;
	memcpy(out, s, len);
	out[len] = '\0';
	for (p = out; *p != '\0';) {
		ch = next_char(&p);
		if (is_control(ch) || is_invisible(ch))
			return false;
		visible = visible || !is_joiner(ch);
	}
	return visible && words_length(out) <= PERSON_NAME_CHARS;
}

bool
words_text(const char *s)
{
	size_t n = 0;
	bool visible = false;
	uint32_t ch;

	if (s == NULL)
		return false;
	while (*s != '\0') {
		ch = next_char(&s);
		if (is_control(ch) && ch != '\n' && ch != '\t')
			return false;
		if (ch != ' ' && !is_control(ch) && !is_invisible(ch) &&
		    !is_joiner(ch))
			visible = true;
		n++;
	}
	return visible && n <= CHAT_TEXT_CHARS;
}

bool
words_key(const char *s, char *out)
{
	size_t i, len = s == NULL ? 0 : strlen(s);

	out[0] = '\0';
	if (len == 0)
		return true;
	if (len < 16 || len >= PERSON_KEY_SIZE)
		return false;
	for (i = 0; i < len; i++)
		if (!isalnum((unsigned char)s[i]))
			return false;
	memcpy(out, s, len + 1);
	return true;
}

void
words_fold(const char *name, char *out)
{
	do
		*out++ = *name >= 'A' && *name <= 'Z' ?
		    (char)(*name - 'A' + 'a') :
		    *name;
	while (*name++ != '\0');
}

json_t *
words_parse(const char *data, size_t len)
{
	json_t *object = json_loadb(data, len, JSON_REJECT_DUPLICATES, NULL);

	if (object != NULL && !json_is_object(object)) {
		json_decref(object);
		return NULL;
	}
	return object;
}

const char *
words_get(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

int
words_send_take(struct wm_conn *c, json_t *object)
{
	char *text = json_dumps(object, JSON_COMPACT);
	int rc = WM_E_NOMEM;

	if (text != NULL)
		rc = wm_conn_send(c, text, strlen(text));
	free(text);
	json_decref(object);
	return rc;
}

int
words_publish_take(struct wm_proc *p, const char *topic, json_t *object)
{
	char *text = json_dumps(object, JSON_COMPACT);
	int rc = WM_E_NOMEM;

	if (text != NULL)
		rc = wm_publish(p, topic, text, strlen(text), 0);
	free(text);
	json_decref(object);
	return rc;
}
