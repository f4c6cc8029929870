/* SPDX-License-Identifier: MIT */
/*
 * Responsible for judging the request that opens a WebSocket, for the answer
 * to it and for the change of protocol. Not for HTTP: it arrives here as a
 * request that http has judged, Host and body length among it.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <workerman/digest.h>
#include <workerman/websocket.h>

#include "extension.h"
#include "handshake.h"

#define GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11" /* section 1.3 */

#define KEY_LEN    WM_BASE64_LEN(16)
#define ACCEPT_LEN WM_BASE64_LEN(WM_SHA1_LEN)

struct refusal {
	unsigned status;
	const char *why;
	struct wm_http_header headers[3];
};

static const struct refusal not_get = {
	.status = 405,
	.why = "A WebSocket is opened with GET.\n",
	.headers = { { "Allow", "GET" } },
};
static const struct refusal bad_http = {
	.status = 400,
	.why = "A WebSocket is opened with HTTP/1.1.\n",
};
static const struct refusal no_upgrade = {
	.status = 426,
	.why = "Only WebSocket is spoken here.\n",
	.headers = { { "Upgrade", "websocket" },
	    { "Sec-WebSocket-Version", "13" } },
};
static const struct refusal bad_connection = {
	.status = 400,
	.why = "Connection has to contain \"Upgrade\".\n",
};
static const struct refusal bad_version = {
	.status = 426,
	.why = "Sec-WebSocket-Version has to be 13.\n",
	.headers = { { "Upgrade", "websocket" },
	    { "Sec-WebSocket-Version", "13" } },
};
static const struct refusal bad_key = {
	.status = 400,
	.why = "Sec-WebSocket-Key has to be there once, "
	       "16 bytes in Base64.\n",
};
static const struct refusal has_body = {
	.status = 400,
	.why = "The request that opens a WebSocket has no body.\n",
};

static const struct refusal bad_extensions = {
	.status = 400,
	.why = "Sec-WebSocket-Extensions is malformed.\n",
};
static const struct refusal bad_origin = {
	.status = 403,
	.why = "Pages of this origin may not open a WebSocket here.\n",
};

static bool
named(struct wm_span s, const char *name)
{
	return s.len == strlen(name) && strncasecmp(s.data, name, s.len) == 0;
}

/* The value of the only field of that name; null data if none or more. */
static struct wm_span
only_header(const struct wm_http_request *r, const char *name)
{
	const struct wm_http_field *f;
	struct wm_span found = { NULL, 0 };
	size_t i;

	for (i = 0; (f = wm_http_field_at(r, i)) != NULL; i++) {
		if (!named(f->name, name))
			continue;
		if (found.data != NULL)
			return (struct wm_span){ NULL, 0 };
		found = f->value;
	}
	return found;
}

static bool
key_valid(struct wm_span key)
{
	char bytes[KEY_LEN / 4 * 3];

	return key.data != NULL && key.len == KEY_LEN &&
	    wm_base64_decode(key.data, key.len, bytes) == 16;
}

static bool
bodyless(const struct wm_http_request *r, const struct wm_msg *m)
{
	struct wm_span length = wm_http_header(r, "Content-Length");
	size_t i;

	for (i = 0; i < length.len; i++)
		if (length.data[i] != '0')
			return false;
	return m->len == 0 &&
	    wm_http_header(r, "Transfer-Encoding").data == NULL;
}

/* RFC 6455 section 10.2: whether the page, if it is one, may be served. */
static bool
origin_welcome(const struct wm_http_request *r, const char *const *origins)
{
	struct wm_span origin = only_header(r, "Origin");

	if (origins == NULL || wm_http_header(r, "Origin").data == NULL)
		return true;
	for (; origin.data != NULL && *origins != NULL; origins++)
		if (origin.len == strlen(*origins) &&
		    memcmp(origin.data, *origins, origin.len) == 0)
			return true;
	return false;
}

/* What permessage-deflate comes to. False: the field is malformed. */
static bool
negotiate(const struct wm_http_request *r,
    const struct wm_websocket_deflate *options, struct wm__ws_agreed *a)
{
	const struct wm_http_field *f;
	size_t i;

	for (i = 0; (f = wm_http_field_at(r, i)) != NULL; i++)
		if (named(f->name, "Sec-WebSocket-Extensions") &&
		    wm__ws_extension(f->value, options, a) != 0)
			return false;
	return true;
}

/* Why the request cannot open a WebSocket; null if it can. */
static const struct refusal *
judge(const struct wm_http_request *r, const struct wm_msg *m)
{
	struct wm_span version = only_header(r, "Sec-WebSocket-Version");

	if (wm_http_method(r) != WM_HTTP_GET)
		return &not_get;
	if (wm_http_minor(r) < 1)
		return &bad_http;
	if (!wm_http_header_has(r, "Upgrade", "websocket"))
		return &no_upgrade;
	if (!wm_http_header_has(r, "Connection", "upgrade"))
		return &bad_connection;
	if (version.len != 2 || memcmp(version.data, "13", 2) != 0)
		return &bad_version;
	if (!key_valid(only_header(r, "Sec-WebSocket-Key")))
		return &bad_key;
	if (!bodyless(r, m))
		return &has_body;
	return NULL;
}

static int
refuse(struct wm_conn *c, const struct refusal *why)
{
	struct wm_http_response answer = {
		.status = why->status,
		.headers = why->headers,
		.body = why->why,
		.body_len = strlen(why->why),
		.close = true,
	};
	int r = wm_http_respond(c, &answer);

	return r < 0 ? r : WM_E_PROTOCOL;
}

/* Whether the comma-separated list has that element; case counts. */
static bool
list_has(struct wm_span list, const char *element)
{
	const char *p = list.data, *end = list.data + list.len, *stop, *next;
	size_t len = strlen(element);

	while (p < end) {
		next = memchr(p, ',', (size_t)(end - p));
		stop = next != NULL ? next : end;
		while (p < stop && (*p == ' ' || *p == '\t'))
			p++;
		while (stop > p && (stop[-1] == ' ' || stop[-1] == '\t'))
			stop--;
		if (len > 0 && (size_t)(stop - p) == len &&
		    memcmp(p, element, len) == 0)
			return true;
		if (next == NULL)
			break;
		p = next + 1;
	}
	return false;
}

static bool
offered(const struct wm_http_request *r, const char *protocol)
{
	const struct wm_http_field *f;
	size_t i;

	for (i = 0; (f = wm_http_field_at(r, i)) != NULL; i++)
		if (named(f->name, "Sec-WebSocket-Protocol") &&
		    list_has(f->value, protocol))
			return true;
	return false;
}

/* Section 4.2.2, 5.4: the proof that the key was understood. */
static int
accept_value(struct wm_span key, char out[ACCEPT_LEN + 1])
{
	char text[KEY_LEN + sizeof(GUID) - 1];
	unsigned char digest[WM_SHA1_LEN];
	int r;

	memcpy(text, key.data, KEY_LEN);
	memcpy(text + KEY_LEN, GUID, sizeof(GUID) - 1);
	if ((r = wm_sha1(text, sizeof(text), digest)) != 0)
		return r;
	wm_base64_encode(digest, sizeof(digest), out);
	return 0;
}

static bool
ours(const char *name)
{
	return strcasecmp(name, "Upgrade") == 0 ||
	    strncasecmp(name, "Sec-WebSocket-", 14) == 0;
}

/* The application's headers behind the `n` in use of `to`, which has room. */
static int
add_headers(struct wm_http_header *to, size_t n,
    const struct wm_http_header *from)
{
	for (; from != NULL && from->name != NULL; from++) {
		if (ours(from->name))
			return WM_E_INVALID;
		to[n++] = *from;
	}
	return 0;
}

static const char *
choose(const struct wm_http_request *r, const char *const *protocols)
{
	for (; protocols != NULL && *protocols != NULL; protocols++)
		if (offered(r, *protocols))
			return *protocols;
	return NULL;
}

/* The application's choice, or ours from its list. */
static const char *
protocol_of(struct wm_conn *c, const struct wm_http_request *r,
    const struct wm_websocket_accept *how)
{
	return how != NULL && how->protocol != NULL ?
	    how->protocol :
	    choose(r, wm__ws_options(c)->protocols);
}

static int
respond_101(struct wm_conn *c, const struct wm_http_request *r,
    const struct wm_websocket_accept *how, const struct wm__ws_agreed *agreed)
{
	const struct wm_http_header *more = how != NULL ? how->headers : NULL;
	const char *protocol = protocol_of(c, r, how);
	struct wm_http_response answer = { .status = 101 };
	struct wm_http_header *h;
	char value[ACCEPT_LEN + 1];
	size_t n = 0;
	int rc;

	if (protocol != NULL && !offered(r, protocol))
		return WM_E_INVALID;
	rc = accept_value(wm_http_header(r, "Sec-WebSocket-Key"), value);
	if (rc != 0)
		return rc;
	while (more != NULL && more[n].name != NULL)
		n++;
	if ((h = calloc(n + 5, sizeof(*h))) == NULL)
		return WM_E_NOMEM;
	n = 0;
	h[n++] = (struct wm_http_header){ "Upgrade", "websocket" };
	h[n++] = (struct wm_http_header){ "Sec-WebSocket-Accept", value };
	if (protocol != NULL)
		h[n++] = (struct wm_http_header){ "Sec-WebSocket-Protocol",
			protocol };
	if (agreed->flags != 0)
		h[n++] = (struct wm_http_header){ "Sec-WebSocket-Extensions",
			agreed->text };
	answer.headers = h;
	if ((rc = add_headers(h, n, more)) == 0)
		rc = wm_http_respond(c, &answer);
	free(h);
	return rc;
}

bool
wm_websocket_requested(const struct wm_msg *m)
{
	const struct wm_http_request *r = wm_http_request(m);

	return r != NULL &&
	    (wm_http_header_has(r, "Upgrade", "websocket") ||
		wm_http_header(r, "Sec-WebSocket-Key").data != NULL);
}

const char *
wm_websocket_choose(const struct wm_msg *m, const char *const *protocols)
{
	const struct wm_http_request *r = wm_http_request(m);

	return r != NULL ? choose(r, protocols) : NULL;
}

/* The answer that opens it, with what was agreed. */
static int
open_it(struct wm_conn *c, const struct wm_http_request *r,
    const struct wm_websocket_accept *how, const struct wm__ws_agreed *agreed)
{
	struct wm__ws begins = { .flags = agreed->flags };
	int rc = respond_101(c, r, how, agreed);

	if (rc == WM_E_INVALID || rc == WM_E_SYSTEM || rc == WM_E_NOMEM)
		wm_http_error(c, 500, NULL);
	if (rc < 0)
		return rc;
	if (how != NULL && how->handlers != NULL)
		wm_conn_set_handlers(c, how->handlers);
	return wm_conn_set_protocol(c, &wm_protocol_websocket, &begins,
	    sizeof(begins));
}

int
wm_websocket_accept(struct wm_conn *c, const struct wm_msg *m,
    const struct wm_websocket_accept *how)
{
	const struct wm_http_request *r = wm_http_request(m);
	const struct wm_websocket_options *o = wm__ws_options(c);
	struct wm__ws_agreed agreed = { .flags = 0 };
	const struct refusal *why;

	if (r == NULL)
		return WM_E_INVALID;
	if ((why = judge(r, m)) != NULL)
		return refuse(c, why);
	if (!origin_welcome(r, o->origins))
		return refuse(c, &bad_origin);
	if (!negotiate(r, &o->deflate, &agreed))
		return refuse(c, &bad_extensions);
	return open_it(c, r, how, &agreed);
}

void
wm__ws_upgrade(struct wm_conn *c, const struct wm_msg *m)
{
	const struct wm_websocket_options *o = wm__ws_options(c);

	if (o->on_request != NULL)
		o->on_request(c, m);
	else
		wm_websocket_accept(c, m, NULL);
}
