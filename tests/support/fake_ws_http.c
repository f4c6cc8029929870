/* SPDX-License-Identifier: MIT */
/*
 * Responsible for just enough of http to open a WebSocket: splits well-formed
 * requests into fields, writes answers. Judges nothing.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <workerman/http.h>

#define MAX_FIELDS 64

struct wm_http_request {
	enum wm_http_method method;
	unsigned minor;
	struct wm_http_field fields[MAX_FIELDS];
	size_t n;
};

static struct wm_http_request request;

static bool
is(struct wm_span s, const char *text)
{
	return s.len == strlen(text) && strncasecmp(s.data, text, s.len) == 0;
}

static struct wm_span
trim(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	while (end > p && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	return (struct wm_span){ p, (size_t)(end - p) };
}

static const char *
find(const char *p, const char *end, const char *what)
{
	return memmem(p, (size_t)(end - p), what, strlen(what));
}

static void
parse_head(const char *p, const char *end)
{
	const char *line = find(p, end, "\r\n"), *stop, *colon;

	memset(&request, 0, sizeof(request));
	request.method = memcmp(p, "GET ", 4) == 0 ? WM_HTTP_GET : WM_HTTP_POST;
	request.minor = (unsigned)(line[-1] - '0');
	for (p = line + 2; p < end && request.n < MAX_FIELDS; p = stop + 2) {
		stop = find(p, end + 2, "\r\n");
		colon = memchr(p, ':', (size_t)(stop - p));
		if (colon == NULL)
			break;
		request.fields[request.n].name = trim(p, colon);
		request.fields[request.n++].value = trim(colon + 1, stop);
	}
}

static int
http_decode(struct wm_conn *c, void *state, struct wm_input *in,
    struct wm_msg *m)
{
	const char *end = find(in->data, in->data + in->len, "\r\n\r\n");
	size_t head;

	(void)c;
	(void)state;
	if (end == NULL)
		return WM_MORE;
	parse_head(in->data, end);
	head = (size_t)(end - in->data) + 4;
	m->len = (size_t)atol(wm_http_header(&request, "Content-Length").data ?
		wm_http_header(&request, "Content-Length").data :
		"0");
	if (in->len < head + m->len) {
		in->need = head + m->len;
		return WM_MORE;
	}
	m->data = in->data + head;
	m->view = &request;
	in->used = head + m->len;
	return WM_MESSAGE;
}

const struct wm_protocol wm_protocol_http = { .name = "http",
	.abi = WM_PROTOCOL_ABI,
	.overhead = 4096,
	.decode = http_decode };

/* ---- http.h ---- */

const struct wm_http_request *
wm_http_request(const struct wm_msg *m)
{
	return m->protocol == &wm_protocol_http ? m->view : NULL;
}

enum wm_http_method
wm_http_method(const struct wm_http_request *r)
{
	return r->method;
}

unsigned
wm_http_minor(const struct wm_http_request *r)
{
	return r->minor;
}

const struct wm_http_field *
wm_http_field_at(const struct wm_http_request *r, size_t i)
{
	return i < r->n ? &r->fields[i] : NULL;
}

struct wm_span
wm_http_header(const struct wm_http_request *r, const char *name)
{
	size_t i;

	for (i = 0; i < r->n; i++)
		if (is(r->fields[i].name, name))
			return r->fields[i].value;
	return (struct wm_span){ NULL, 0 };
}

bool
wm_http_header_has(const struct wm_http_request *r, const char *name,
    const char *token)
{
	const char *p, *end, *next;
	size_t i;

	for (i = 0; i < r->n; i++) {
		if (!is(r->fields[i].name, name))
			continue;
		p = r->fields[i].value.data;
		end = p + r->fields[i].value.len;
		for (; p <= end; p = next + 1) {
			next = memchr(p, ',', (size_t)(end - p));
			next = next != NULL ? next : end;
			if (is(trim(p, next), token))
				return true;
		}
	}
	return false;
}

int
wm_http_respond(struct wm_conn *c, const struct wm_http_response *a)
{
	const struct wm_http_header *h;
	struct wm_buf out = WM_BUF_INIT;
	char status[4] = { (char)('0' + a->status / 100),
		(char)('0' + a->status / 10 % 10), (char)('0' + a->status % 10),
		'\0' };
	int r;

	for (h = a->headers; h != NULL && h->name != NULL; h++)
		if (strpbrk(h->name, ": \r\n") != NULL ||
		    strpbrk(h->value, "\r\n") != NULL)
			return WM_E_INVALID;
	wm_buf_puts(&out, "HTTP/1.1 ");
	wm_buf_puts(&out, status);
	wm_buf_puts(&out, " -\r\n");
	for (h = a->headers; h != NULL && h->name != NULL; h++) {
		wm_buf_puts(&out, h->name);
		wm_buf_puts(&out, ": ");
		wm_buf_puts(&out, h->value);
		wm_buf_puts(&out, "\r\n");
	}
	wm_buf_puts(&out,
	    a->close ? "Connection: close\r\n" : "Connection: Upgrade\r\n");
	wm_buf_puts(&out, "\r\n");
	wm_buf_put(&out, a->body, a->body_len);
	r = wm_conn_write(c, out.data, out.len);
	wm_buf_fini(&out);
	if (r >= 0 && a->close)
		wm_conn_close(c);
	return r < 0 ? r : 0;
}

int
wm_http_error(struct wm_conn *c, unsigned status, const char *why)
{
	struct wm_http_response a = { .status = status,
		.body = why,
		.body_len = why != NULL ? strlen(why) : 0,
		.close = true };

	return wm_http_respond(c, &a);
}
