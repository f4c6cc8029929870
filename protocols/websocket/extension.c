/* SPDX-License-Identifier: MIT */
/*
 * Responsible for reading offers of extensions and answering those of
 * permessage-deflate. Not for the handshake around them.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "extension.h"

#define BITS_MIN     9u /* zlib has no raw window of 8 bits */
#define BITS_MAX     15u
#define NO_VALUE     255u /* client_max_window_bits alone */
#define BITS_OFFERED 8u

struct cursor {
	const char *p, *end;
};

/* An offer of permessage-deflate. */
struct offer {
	bool server_alone, client_alone;   /* ..._no_context_takeover */
	unsigned server_bits, client_bits; /* 0: not there */
	bool bad;
};

/* ---- the grammar ---- */

static void
skip_blanks(struct cursor *c)
{
	while (c->p < c->end && (*c->p == ' ' || *c->p == '\t'))
		c->p++;
}

static bool
take_char(struct cursor *c, char wanted)
{
	skip_blanks(c);
	if (c->p == c->end || *c->p != wanted)
		return false;
	c->p++;
	return true;
}

static bool
is_token(char ch)
{
	return (ch >= '0' && ch <= '9') || (ch >= 'a' && ch <= 'z') ||
	    (ch >= 'A' && ch <= 'Z') ||
	    (ch != '\0' && strchr("!#$%&'*+-.^_`|~", ch) != NULL);
}

static bool
take_token(struct cursor *c, struct wm_span *token)
{
	skip_blanks(c);
	token->data = c->p;
	while (c->p < c->end && is_token(*c->p))
		c->p++;
	token->len = (size_t)(c->p - token->data);
	return token->len > 0;
}

/* A token, or one in quotes; nothing needs escaping in it. */
static bool
take_value(struct cursor *c, struct wm_span *value)
{
	if (!take_char(c, '"'))
		return take_token(c, value);
	return c->p < c->end && is_token(*c->p) && take_token(c, value) &&
	    c->p < c->end && *c->p++ == '"';
}

/* ---- an offer ---- */

static bool
is(struct wm_span s, const char *text)
{
	return s.len == strlen(text) && strncasecmp(s.data, text, s.len) == 0;
}

/* "8" to "15"; 0 for anything else. */
static unsigned
bits_of(struct wm_span value)
{
	const char *d = value.data;

	if (value.len == 1 && (d[0] == '8' || d[0] == '9'))
		return (unsigned)(d[0] - '0');
	if (value.len == 2 && d[0] == '1' && d[1] >= '0' && d[1] <= '5')
		return 10 + (unsigned)(d[1] - '0');
	return 0;
}

static void
set_flag(struct offer *o, bool *flag, struct wm_span value)
{
	if (*flag || value.data != NULL)
		o->bad = true;
	*flag = true;
}

static void
set_bits(struct offer *o, unsigned *bits, struct wm_span value, unsigned none)
{
	unsigned n = value.data != NULL ? bits_of(value) : none;

	if (*bits != 0 || n == 0)
		o->bad = true;
	*bits = n;
}

/* A value with null data is none. */
static void
take_in(struct offer *o, struct wm_span name, struct wm_span value)
{
	if (is(name, "server_no_context_takeover"))
		set_flag(o, &o->server_alone, value);
	else if (is(name, "client_no_context_takeover"))
		set_flag(o, &o->client_alone, value);
	else if (is(name, "server_max_window_bits"))
		set_bits(o, &o->server_bits, value, 0);
	else if (is(name, "client_max_window_bits"))
		set_bits(o, &o->client_bits, value, NO_VALUE);
	else
		o->bad = true;
}

/* ---- the answer ---- */

static unsigned
own_bits(unsigned option)
{
	if (option == 0 || option > BITS_MAX)
		return BITS_MAX;
	return option > BITS_MIN ? option : BITS_MIN;
}

static unsigned
smaller(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* The client's window: ours to limit only where the client says so. One that
   promises 8 bits can be held to no less than it understands, so to nothing. */
static unsigned
client_window(const struct offer *o, unsigned own)
{
	if (o->client_bits == 0 || o->client_bits == BITS_OFFERED)
		return BITS_MAX;
	return smaller(own, o->client_bits);
}

static void
put(struct wm__ws_agreed *a, const char *name, unsigned bits)
{
	size_t len = strlen(a->text);

	if (bits > 0)
		snprintf(a->text + len, sizeof(a->text) - len, "; %s=%u", name,
		    bits);
	else
		snprintf(a->text + len, sizeof(a->text) - len, "; %s", name);
}

static void
agree(const struct offer *o, const struct wm_websocket_deflate *options,
    struct wm__ws_agreed *a)
{
	unsigned server = own_bits(options->server_bits);
	unsigned client = client_window(o, own_bits(options->client_bits));
	bool tell = server < BITS_MAX || o->server_bits != 0;

	if (o->bad || o->server_bits == BITS_OFFERED)
		return;
	if (o->server_bits != 0)
		server = smaller(server, o->server_bits);
	snprintf(a->text, sizeof(a->text), "permessage-deflate");
	a->flags = (uint16_t)(server | client << WS_CLIENT_SHIFT);
	if (options->server_takeover && !o->server_alone)
		a->flags |= WS_SERVER_KEEPS;
	else
		put(a, "server_no_context_takeover", 0);
	if (options->client_takeover && !o->client_alone)
		a->flags |= WS_CLIENT_KEEPS;
	else
		put(a, "client_no_context_takeover", 0);
	if (tell)
		put(a, "server_max_window_bits", server);
	if (client < BITS_MAX)
		put(a, "client_max_window_bits", client);
}

/* The parameters behind a name. False: malformed. */
static bool
take_parameters(struct cursor *c, struct offer *o)
{
	struct wm_span name, value;

	while (take_char(c, ';')) {
		value = (struct wm_span){ NULL, 0 };
		if (!take_token(c, &name) ||
		    (take_char(c, '=') && !take_value(c, &value)))
			return false;
		take_in(o, name, value);
	}
	return true;
}

int
wm__ws_extension(struct wm_span field,
    const struct wm_websocket_deflate *options, struct wm__ws_agreed *a)
{
	struct cursor c = { field.data, field.data + field.len };
	struct wm_span name;

	for (;;) {
		struct offer o = { 0 };

		while (take_char(&c, ','))
			; /* RFC 9110 section 5.6.1.2 */
		if (c.p == c.end)
			return 0;
		if (!take_token(&c, &name) || !take_parameters(&c, &o))
			return WM_E_PROTOCOL;
		if (a->flags == 0 && options->on &&
		    is(name, "permessage-deflate"))
			agree(&o, options, a);
		skip_blanks(&c);
		if (c.p < c.end && *c.p != ',')
			return WM_E_PROTOCOL;
	}
}
