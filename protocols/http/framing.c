/* SPDX-License-Identifier: MIT */
/*
 * llhttp, used for what it is best at. It is fed only complete and judged
 * pieces: a head, a chunk line, the CRLF behind a chunk, a trailer line; and
 * data. So its state never rests within a piece, and no callback but those
 * that say how long something is are needed.
 */
#include <stdlib.h>
#include <string.h>

#include <llhttp.h>

#include "chars.h"
#include "framing.h"

#define CHUNK_LINE_MAX 256 /* bytes of one chunk line with its CRLF */
#define CHUNK_DIGITS   16

enum step { AT_SIZE, AT_DATA, AT_DATA_END, AT_TRAILER };

/* What llhttp's callbacks reported. */
struct report {
	bool headers, chunked, chunk, complete;
	uint64_t length; /* of the body or of the chunk */
};

struct http_chunked {
	llhttp_t parser;
	struct report report;
	enum step step;
	enum http_verdict fault; /* found behind a piece, or HTTP_FINE */
	size_t head, body;       /* bytes in their final place */
	size_t room;             /* for body */
	uint64_t total;          /* of the body until now */
	size_t seen;             /* of the unfinished line */
	uint64_t left;           /* of the current chunk */
	size_t extensions;       /* bytes of them so far */
	size_t trailers, trailer_bytes;
	struct http_framing_limits max;
};

/* What a call of feed works on: bytes are read at `in` and kept at `out`. */
struct cursor {
	char *data, *in, *out, *end;
};

static int
on_headers(llhttp_t *p)
{
	struct report *report = p->data;

	report->headers = true;
	report->length = p->content_length;
	report->chunked = (p->flags & F_CHUNKED) != 0;
	return 0;
}

static int
on_chunk(llhttp_t *p)
{
	struct report *report = p->data;

	report->chunk = true;
	report->length = p->content_length;
	return 0;
}

static int
on_complete(llhttp_t *p)
{
	struct report *report = p->data;

	report->complete = true;
	return 0;
}

/* Whether llhttp takes all of it. */
static bool
accepts(llhttp_t *p, const char *data, size_t len)
{
	llhttp_errno_t error = llhttp_execute(p, data, len);

	return error == HPE_OK ||
	    (error == HPE_PAUSED_UPGRADE &&
		llhttp_get_error_pos(p) == data + len);
}

static enum http_verdict
check(llhttp_t *p, struct report *report, const struct wm_http_request *r,
    const char *head)
{
	static const llhttp_settings_t settings = {
		.on_headers_complete = on_headers,
		.on_chunk_header = on_chunk,
		.on_message_complete = on_complete,
	};

	llhttp_init(p, HTTP_REQUEST, &settings);
	p->data = report;
	if (!accepts(p, head, r->head_len) || !report->headers ||
	    report->chunked != r->chunked || report->length != r->length)
		return HTTP_BAD_FRAMING;
	return HTTP_FINE;
}

enum http_verdict
wm__http_framing_check(const struct wm_http_request *r, const char *head)
{
	struct report report = { 0 };
	llhttp_t parser;

	return check(&parser, &report, r, head);
}

enum http_verdict
wm__http_chunked_new(const struct wm_http_request *r, const char *head,
    const struct http_framing_limits *max, struct http_chunked **ch_r)
{
	struct http_chunked *ch;
	enum http_verdict v;

	*ch_r = ch = calloc(1, sizeof(*ch));
	if (ch == NULL)
		return HTTP_FINE;
	ch->head = r->head_len;
	ch->room = max->piece > 0 ? max->piece : SIZE_MAX;
	ch->max = *max;
	if ((v = check(&ch->parser, &ch->report, r, head)) != HTTP_FINE)
		wm__http_chunked_free(ch_r);
	return v;
}

void
wm__http_chunked_free(struct http_chunked **ch)
{
	free(*ch);
	*ch = NULL;
}

struct http_extent
wm__http_chunked_extent(const struct http_chunked *ch)
{
	return (struct http_extent){ ch->head, ch->body, ch->trailer_bytes };
}

/*
 * The line at the cursor, CRLF included, or HTTP_PARTIAL. Each byte is
 * looked at once, however slowly it comes.
 */
static enum http_verdict
line_find(struct http_chunked *ch, const struct cursor *k, size_t *len_r)
{
	size_t have = (size_t)(k->end - k->in);
	const char *lf;

	lf = memchr(k->in + ch->seen, '\n', have - ch->seen);
	if (lf == NULL) {
		ch->seen = have;
		*len_r = have;
		return HTTP_PARTIAL;
	}
	ch->seen = 0;
	*len_r = (size_t)(lf - k->in) + 1;
	return *len_r >= 2 && lf[-1] == '\r' ? HTTP_FINE : HTTP_BAD_BARE_LF;
}

static const char *
token_end(const char *p, const char *end)
{
	while (p < end && char_is(*p, CHAR_TOKEN))
		p++;
	return p;
}

/* Behind the quote that ends a quoted string, or null. */
static const char *
quoted_end(const char *p, const char *end)
{
	for (p++; p < end && *p != '"'; p++)
		if (!char_is(*p, CHAR_VALUE) || (*p == '\\' && ++p == end) ||
		    !char_is(*p, CHAR_VALUE))
			return NULL;
	return p < end ? p + 1 : NULL;
}

/* RFC 9112 section 7.1.1: *(";" name ["=" (token / quoted-string)]), without
   the blanks that nobody should send. They are dropped, never interpreted. */
static bool
extensions_ok(const char *p, const char *end)
{
	const char *name, *value;

	while (p < end) {
		if (*p++ != ';')
			return false;
		name = p;
		if ((p = token_end(p, end)) == name)
			return false;
		if (p == end || *p != '=')
			continue;
		value = ++p;
		p = p < end && *p == '"' ? quoted_end(p, end) :
					   token_end(p, end);
		if (p == NULL || p == value)
			return false;
	}
	return true;
}

/* "1a;name=value" without its CRLF, and how many digits it has. */
static enum http_verdict
size_judge(struct http_chunked *ch, struct wm_span line, size_t *digits_r)
{
	const char *p = line.data, *end = p + line.len;

	ch->left = 0;
	for (; p < end && char_is(*p, CHAR_HEX); p++)
		ch->left = ch->left << 4 | char_hex(*p);
	*digits_r = (size_t)(p - line.data);
	if (*digits_r == 0 || *digits_r > CHUNK_DIGITS)
		return HTTP_BAD_CHUNK;
	ch->extensions += (size_t)(end - p);
	if (ch->extensions > ch->max.framing)
		return HTTP_BAD_CHUNK_SIZE;
	return extensions_ok(p, end) ? HTTP_FINE : HTTP_BAD_CHUNK;
}

static enum http_verdict
size_step(struct http_chunked *ch, struct cursor *k)
{
	enum http_verdict v;
	size_t len, digits;

	v = line_find(ch, k, &len);
	if (len > CHUNK_LINE_MAX)
		return HTTP_BAD_CHUNK_SIZE;
	if (v == HTTP_PARTIAL && len > 0 && !char_is(*k->in, CHAR_HEX))
		return HTTP_BAD_CHUNK;
	if (v != HTTP_FINE)
		return v;
	v = size_judge(ch, (struct wm_span){ k->in, len - 2 }, &digits);
	if (v != HTTP_FINE)
		return v;
	/* llhttp 8.1 stumbles over a second extension: it sees none. */
	ch->report.chunk = false;
	if (!accepts(&ch->parser, k->in, digits) ||
	    !accepts(&ch->parser, k->in + len - 2, 2) || !ch->report.chunk ||
	    ch->report.length != ch->left)
		return HTTP_BAD_CHUNK;
	if (ch->left > ch->max.body - ch->total)
		return HTTP_BAD_BODY_SIZE;
	k->in += len;
	ch->step = ch->left > 0 ? AT_DATA : AT_TRAILER;
	return HTTP_FINE;
}

/* The next n bytes are not framing. */
static void
keep(struct cursor *k, size_t n)
{
	if (k->out != k->in)
		memmove(k->out, k->in, n);
	k->in += n;
	k->out += n;
}

static enum http_verdict
data_step(struct http_chunked *ch, struct cursor *k)
{
	size_t n = (size_t)(k->end - k->in);

	if (n > ch->left)
		n = (size_t)ch->left;
	if (n > ch->room - ch->body)
		n = ch->room - ch->body;
	if (n == 0)
		return HTTP_PARTIAL;
	if (!accepts(&ch->parser, k->in, n))
		return HTTP_BAD_CHUNK;
	keep(k, n);
	ch->body += n;
	ch->total += n;
	ch->left -= n;
	if (ch->left == 0)
		ch->step = AT_DATA_END;
	return HTTP_FINE;
}

static enum http_verdict
data_end_step(struct http_chunked *ch, struct cursor *k)
{
	if (k->in < k->end && *k->in != '\r')
		return HTTP_BAD_CHUNK;
	if (k->end - k->in < 2)
		return HTTP_PARTIAL;
	if (k->in[1] != '\n' || !accepts(&ch->parser, k->in, 2))
		return HTTP_BAD_CHUNK;
	k->in += 2;
	ch->step = AT_SIZE;
	return HTTP_FINE;
}

/* One field behind the last chunk. Those that frame a message have no place
   there (RFC 9110 section 6.5.1). */
static enum http_verdict
trailer_judge(struct http_chunked *ch, const char *line, size_t len)
{
	const char *p = line;
	struct wm_http_field f;
	enum http_verdict v;

	v = wm__http_field_scan(&f, &p, line + len);
	if (v != HTTP_FINE)
		return v == HTTP_PARTIAL ? HTTP_BAD_TRAILER : v;
	if (p != line + len || SPAN_IS(f.name, "content-length") ||
	    SPAN_IS(f.name, "transfer-encoding") || SPAN_IS(f.name, "host"))
		return HTTP_BAD_TRAILER;
	return ++ch->trailers > ch->max.fields ? HTTP_BAD_FIELDS : HTTP_FINE;
}

static enum http_verdict
trailer_step(struct http_chunked *ch, struct cursor *k)
{
	enum http_verdict v;
	size_t len;

	v = line_find(ch, k, &len);
	if (ch->trailer_bytes + len > ch->max.framing)
		return HTTP_BAD_HEAD_SIZE;
	if (v != HTTP_FINE)
		return v;
	ch->trailer_bytes += len;
	if (len > 2 && (v = trailer_judge(ch, k->in, len)) != HTTP_FINE)
		return v;
	if (!accepts(&ch->parser, k->in, len) ||
	    ch->report.complete != (len == 2))
		return HTTP_BAD_TRAILER;
	keep(k, len);
	return HTTP_FINE;
}

static enum http_verdict (*const steps[])(struct http_chunked *,
    struct cursor *) = {
	[AT_SIZE] = size_step,
	[AT_DATA] = data_step,
	[AT_DATA_END] = data_end_step,
	[AT_TRAILER] = trailer_step,
};

enum http_verdict
wm__http_chunked_feed(struct http_chunked *ch, char *data, size_t *len,
    size_t *used_r)
{
	struct cursor k = { .data = data, .end = data + *len };
	enum http_verdict v = HTTP_FINE;

	k.in = k.out = data + ch->head + ch->body + ch->trailer_bytes;
	while (v == HTTP_FINE && !ch->report.complete)
		v = steps[ch->step](ch, &k);
	if (v == HTTP_FINE)
		*used_r = (size_t)(k.in - data);
	if (v == HTTP_PARTIAL && k.out != k.in) {
		memmove(k.out, k.in, (size_t)(k.end - k.in));
		*len -= (size_t)(k.in - k.out);
	}
	return v;
}

/* Trailers stay where they are until all have come; what stands before them
   is a piece of its own. */
enum http_verdict
wm__http_chunked_piece(struct http_chunked *ch, char *data, size_t len,
    struct http_piece *piece_r)
{
	struct cursor k = { .data = data, .end = data + len };
	bool trailers = ch->step == AT_TRAILER;
	enum http_verdict v = ch->fault;

	ch->body = 0;
	k.in = k.out = data + ch->trailer_bytes;
	while (v == HTTP_FINE && !ch->report.complete &&
	    trailers == (ch->step == AT_TRAILER))
		v = steps[ch->step](ch, &k);
	if (v != HTTP_FINE && v != HTTP_PARTIAL) {
		ch->fault = v; /* what is good before it is passed on */
		if (ch->body == 0)
			return v;
	}
	*piece_r = (struct http_piece){ .body = ch->body,
		.last = ch->report.complete };
	if (!trailers || piece_r->last)
		piece_r->used = (size_t)(k.in - data);
	if (piece_r->last)
		piece_r->trailers = ch->trailer_bytes;
	return HTTP_FINE;
}
