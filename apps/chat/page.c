/* SPDX-License-Identifier: MIT */
/*
 * The http side of the port: the page's files, and the door to the
 * WebSocket. The files are part of the program.
 */
#include <string.h>
#include <strings.h>

#include "chat.h"

/*	path          array           type */
#define FILE_TABLE(X)                                                          \
	X("/", chat_index_html, "text/html; charset=utf-8")                    \
	X("/style.css", chat_style_css, "text/css; charset=utf-8")             \
	X("/chat.js", chat_chat_js, "text/javascript; charset=utf-8")          \
	X("/link.js", chat_link_js, "text/javascript; charset=utf-8")          \
	X("/view.js", chat_view_js, "text/javascript; charset=utf-8")

/* Made from the files of page/ when the program is built. */
#define FILE_EXTERN(path, array, type)                                         \
	extern const char array[];                                             \
	extern const size_t array##_len;
FILE_TABLE(FILE_EXTERN)
#undef FILE_EXTERN

static const struct file {
	const char *path, *data, *type;
	const size_t *len;
} files[] = {
#define FILE_ROW(path, array, type) { path, array, type, &array##_len },
	FILE_TABLE(FILE_ROW)
#undef FILE_ROW
};

/* Nothing but what this port serves runs on the page, and no other site may
   show it in a frame. */
static const struct wm_http_header file_headers[] = {
	{ "Cache-Control", "no-cache" },
	{ "Content-Security-Policy",
	    "default-src 'none'; script-src 'self'; style-src 'self'; "
	    "connect-src 'self'; img-src data:; base-uri 'none'; "
	    "form-action 'none'; frame-ancestors 'none'" },
	{ "Referrer-Policy", "no-referrer" },
	{ "X-Content-Type-Options", "nosniff" },
	{ NULL, NULL },
};

/*
 * Whether the request comes from a page of this very port: browsers say in
 * Origin whose page asks (RFC 6455 section 10.2). Programs send none.
 */
static bool
same_origin(const struct wm_http_request *r)
{
	struct wm_span origin = wm_http_header(r, "Origin");
	struct wm_span host = wm_http_header(r, "Host");
	const char *p;

	if (origin.data == NULL)
		return true;
	if (origin.len < host.len + 3 || host.len == 0)
		return false;
	p = origin.data + origin.len - host.len;
	return memcmp(p - 3, "://", 3) == 0 &&
	    memchr(origin.data, ':', origin.len) == p - 3 &&
	    strncasecmp(p, host.data, host.len) == 0;
}

static void
upgrade(struct wm_conn *c, const struct wm_msg *m)
{
	const struct wm_websocket_accept how = { .handlers = &talk_handlers };

	if (!same_origin(wm_http_request(m)))
		wm_http_error(c, 403, "a page of another site asks");
	else
		wm_websocket_accept(c, m, &how);
}

static void
refuse_method(struct wm_conn *c)
{
	static const struct wm_http_header allow[] = {
		{ "Allow", "GET, HEAD" },
		{ NULL, NULL },
	};
	static const char why[] = "only GET and HEAD\n";
	const struct wm_http_response response = {
		.status = 405,
		.headers = allow,
		.body = why,
		.body_len = sizeof(why) - 1,
	};

	wm_http_respond(c, &response);
}

static void
serve(struct wm_conn *c, const struct wm_http_request *r, const struct file *f)
{
	const enum wm_http_method method = wm_http_method(r);
	const struct wm_http_response response = {
		.content_type = f->type,
		.headers = file_headers,
		.body = f->data,
		.body_len = *f->len,
	};

	if (method == WM_HTTP_GET || method == WM_HTTP_HEAD)
		wm_http_respond(c, &response);
	else
		refuse_method(c);
}

void
page_request(struct wm_conn *c, const struct wm_msg *m)
{
	const struct wm_http_request *r = wm_http_request(m);
	size_t i;

	if (wm_http_path_is(r, CHAT_PATH)) {
		upgrade(c, m);
		return;
	}
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (wm_http_path_is(r, files[i].path)) {
			serve(c, r, &files[i]);
			return;
		}
	wm_http_error(c, 404, NULL);
}
