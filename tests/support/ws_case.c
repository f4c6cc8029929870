/* SPDX-License-Identifier: MIT */
/*
 * Responsible for playing bytes against the websocket protocol in every way
 * they may be cut, and for writing down what came of it.
 */
#include <assert.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/ws_case.h"
#include "protocols/websocket/deflate.h"

const char ws_opening[] = "GET /chat HTTP/1.1\r\n"
			  "Host: server.example.com\r\n"
			  "Upgrade: websocket\r\n"
			  "Connection: Upgrade\r\n"
			  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
			  "Sec-WebSocket-Version: 13\r\n\r\n";

static struct wm_buf lines;
static struct wm_http_options http_options;
static const char *extensions;
static struct wm_buf parts; /* of a message that comes in some */
static unsigned n_parts;

static void
put_hex(const char *data, size_t len)
{
	char text[4];
	size_t i;

	for (i = 0; i < len; i++) {
		snprintf(text, sizeof(text), " %02x", (unsigned char)data[i]);
		wm_buf_puts(&lines, text);
	}
}

/* As they are, in hexadecimal, or their FNV-1a hash. */
static void
put_bytes(const char *data, size_t len)
{
	uint32_t hash = 2166136261u;
	bool plain = len <= 40;
	char text[16];
	size_t i;

	for (i = 0; i < len; i++) {
		hash = (hash ^ (unsigned char)data[i]) * 16777619u;
		plain = plain && data[i] >= ' ' && data[i] <= '~';
	}
	snprintf(text, sizeof(text), " #%08x", hash);
	if (plain) {
		wm_buf_puts(&lines, " ");
		wm_buf_put(&lines, data, len);
	} else if (len <= 16)
		put_hex(data, len);
	else
		wm_buf_puts(&lines, text);
	wm_buf_puts(&lines, "\n");
}

static void
put_message(const struct wm_msg *m, const char *data, size_t len)
{
	char text[60], cut[20] = "";

	if (n_parts > 1)
		snprintf(cut, sizeof(cut), " (%u)", n_parts);
	snprintf(text, sizeof(text), "%s[%zu]%s",
	    m->flags & WM_WEBSOCKET_TEXT ? "text" : "binary", len, cut);
	wm_buf_puts(&lines, text);
	put_bytes(data, len);
}

/* Parts have a type each, and a first and a last. */
static void
scribe_message(struct wm_conn *c, const struct wm_msg *m)
{
	bool part = (m->flags & WM_WEBSOCKET_PART) != 0;
	bool first = (m->flags & WM_MSG_FIRST) != 0;
	bool last = (m->flags & WM_MSG_LAST) != 0;

	assert(m->protocol == &wm_protocol_websocket);
	assert(m->data != NULL && !wm_conn_closing(c));
	assert((m->flags & WM_WEBSOCKET_TEXT) == 0 ||
	    (m->flags & WM_WEBSOCKET_BINARY) == 0);
	assert(part != (first && last));
	assert(first == (n_parts == 0));
	n_parts++;
	wm_buf_put(&parts, m->data, m->len);
	if (!last)
		return;
	put_message(m, parts.data != NULL ? parts.data : "", parts.len);
	parts.len = n_parts = 0;
}

/* No answer of the protocol's own may fail where the application hears it. */
static void
scribe_error(struct wm_conn *c, int error)
{
	(void)c;
	assert(error == 0);
}

static void
scribe_close(struct wm_conn *c, enum wm_close_reason reason)
{
	struct wm_span words = wm_websocket_close_reason(c);
	char text[60];

	snprintf(text, sizeof(text), "closed %s %u",
	    wm_close_reason_word(reason), wm_websocket_close_code(c));
	wm_buf_puts(&lines, text);
	put_bytes(words.data, words.len);
}

const struct wm_handlers ws_scribe = {
	.on_message = scribe_message,
	.on_close = scribe_close,
	.on_error = scribe_error,
};

static void
put_header(struct wm_buf *b, unsigned b0, size_t len)
{
	unsigned char h[10] = { (unsigned char)b0 };
	size_t n = 2;
	unsigned i, bytes = len < 126 ? 0 : len < 65536 ? 2 : 8;

	h[1] = (unsigned char)(0x80 |
	    (bytes == 0        ? len :
		    bytes == 2 ? 126 :
				 127));
	for (i = 0; i < bytes; i++)
		h[n++] = (unsigned char)(len >> 8 * (bytes - 1 - i));
	wm_buf_put(b, h, n);
}

void
ws_put(struct wm_buf *b, unsigned b0, const void *data, size_t len)
{
	static const unsigned char key[4] = { 0x37, 0xfa, 0x21, 0x9d };
	const unsigned char *p = data;
	unsigned char *to;
	size_t i;

	put_header(b, b0, len);
	wm_buf_put(b, key, 4);
	if ((to = (unsigned char *)wm_buf_reserve(b, len)) == NULL)
		abort();
	for (i = 0; i < len; i++)
		to[i] = p[i] ^ key[i & 3];
	wm_buf_commit(b, len);
}

void
ws_pack(struct wm_buf *b, const void *data, size_t len)
{
	static const struct wm__deflate_how how = { 15, 6, 8 };

	if (wm__deflate(wm__deflater_shared(&how),
		(struct wm_span){ data, len }, true, b) != 0)
		errx(1, "ws_pack");
}

void
ws_use(const struct wm_websocket_options *options, const char *offer)
{
	http_options.websocket = options;
	extensions = offer;
}

struct wire *
ws_open(const struct wm_limits *limits, const struct wm_handlers *handlers)
{
	struct wire *w = wire_open_how(
	    &(struct wire_how){ .protocol = &wm_protocol_websocket,
		.limits = limits,
		.handlers = handlers,
		.options = &http_options });
	char offer[500] = "";

	if (extensions != NULL)
		snprintf(offer, sizeof(offer),
		    "Sec-WebSocket-Extensions: %s\r\n", extensions);
	wire_feed(w, ws_opening, sizeof(ws_opening) - 3);
	wire_feed(w, offer, strlen(offer));
	ws_feed(w, "\r\n", 2);
	if (wire_calls(w)->connect != 1)
		errx(1, "ws_open: the handshake fails");
	wire_take_output(w);
	parts.len = n_parts = 0;
	return w;
}

void
ws_feed(struct wire *w, const void *data, size_t len)
{
	wire_feed(w, data, len);
	wire_turn(w);
}

static void
put_end(struct wire *w)
{
	struct wm_span out = wire_output(w);

	assert(!wire_is_closed(w) || wire_reason(w) != WM_CLOSE_BUG);
	if (out.len > 0) {
		wm_buf_puts(&lines, "sent");
		put_hex(out.data, out.len);
		wm_buf_puts(&lines, "\n");
	}
	if (!wire_is_closed(w))
		wm_buf_puts(&lines,
		    wm_conn_closing(wire_conn(w)) ? "awaiting\n" : "open\n");
	wm_buf_put(&lines, "", 1);
}

const char *
ws_play(const struct wm_buf *in, const struct wm_limits *limits, size_t a,
    size_t b)
{
	struct wire *w = ws_open(limits, &ws_scribe);
	size_t i, len;

	lines.len = 0;
	if (a <= b) {
		ws_feed(w, in->data, a);
		ws_feed(w, in->data + a, b - a);
		ws_feed(w, in->data + b, in->len - b);
	} else
		for (i = 0; i < in->len; i++)
			ws_feed(w, in->data + i, 1);
	put_end(w);
	len = lines.len; /* the connection's end is not part of it */
	wire_free(&w);
	lines.data[len - 1] = '\0';
	return lines.data;
}

static bool
comes_out_as(const struct wm_buf *in, const struct wm_limits *limits, size_t a,
    size_t b, const char *expected)
{
	return strcmp(ws_play(in, limits, a, b), expected) == 0;
}

const char *
ws_differs(struct wm_buf *in, const struct wm_limits *limits,
    const char *expected)
{
	size_t i, len = in->len;
	bool ok = comes_out_as(in, limits, len, len, expected);

	if (ok && len <= 20000)
		ok = comes_out_as(in, limits, 1, 0, expected);
	for (i = 1; ok && i < len; i++) {
		if (len > 1000 && i == 20)
			i = len - 20;
		ok = comes_out_as(in, limits, i, i, expected);
	}
	wm_buf_fini(in);
	return ok ? NULL : lines.data;
}
