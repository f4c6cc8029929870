/* SPDX-License-Identifier: MIT */
/*
 * multipart/form-data (RFC 7578, RFC 2046 section 5.1), fed in pieces of any
 * size: each byte is looked at once, and but for the header of a part none is
 * kept. What becomes of the parts is the handlers'.
 *
 * A part ends with CRLF, two dashes and the boundary. CR stands nowhere in
 * that but at its begin, so a match that fails after n bytes was n bytes of
 * data, and no other can have begun within them.
 */
#include <stdlib.h>
#include <string.h>

#include <workerman/http-form.h>

#include "chars.h"
#include "head.h"
#include "list.h"
#include "params.h"

#define BOUNDARY_MAX 70 /* RFC 2046 section 5.1.1 */
#define FIELDS_MAX   16 /* in the header of a part */

enum step {
	BEFORE, /* the first boundary */
	AFTER,  /* a boundary: CRLF or two dashes */
	HEADER,
	DATA,
	BEHIND /* the last boundary */
};

struct wm_http_multipart {
	const struct wm_http_part_handlers *handlers;
	void *arg;
	enum step step;
	int error; /* the first one, for ever */
	char mark[BOUNDARY_MAX + 4];
	size_t mark_len;
	size_t matched; /* bytes of the mark at the end of what was fed, */
	size_t implied; /* of which so many were not there */
	char after[2];  /* the bytes behind a boundary */
	size_t after_len;
	size_t ignored;     /* before the first boundary */
	struct wm_buf head; /* of the part */
	uint32_t parts, parts_max;
	size_t head_max;
};

/* ---- life ---- */

/* What comes may begin with a boundary without the CRLF that belongs to it. */
static void
line_ended(struct wm_http_multipart *mp)
{
	mp->matched = mp->implied = 2;
}

static int
boundary_take(struct wm_http_multipart *mp, struct wm_span type)
{
	char text[BOUNDARY_MAX + 2];
	struct wm_span value;
	size_t len, i;

	if (!wm__http_param(type, "boundary", &value) ||
	    value.len > sizeof(text))
		return WM_E_PROTOCOL;
	len = wm__http_unquote(value, text);
	if (len == 0 || len > BOUNDARY_MAX || text[len - 1] == ' ')
		return WM_E_PROTOCOL;
	for (i = 0; i < len; i++)
		if (!char_is(text[i], CHAR_TOKEN) &&
		    strchr("(),/:=? ", text[i]) == NULL)
			return WM_E_PROTOCOL;
	memcpy(mp->mark, "\r\n--", 4);
	memcpy(mp->mark + 4, text, len);
	mp->mark_len = len + 4;
	line_ended(mp);
	return 0;
}

int
wm_http_multipart_new(const struct wm_http_request *r,
    const struct wm_http_form_limits *limits,
    const struct wm_http_part_handlers *handlers, void *arg,
    struct wm_http_multipart **parser_r)
{
	struct wm_span type = wm_http_header(r, "Content-Type");
	struct wm_http_multipart *mp;
	int rc;

	*parser_r = NULL;
	if (!wm__http_media_is(type, "multipart/form-data"))
		return WM_E_UNSUPPORTED;
	if ((mp = calloc(1, sizeof(*mp))) == NULL)
		return WM_E_NOMEM;
	mp->handlers = handlers;
	mp->arg = arg;
	mp->parts_max =
	    limits != NULL && limits->fields > 0 ? limits->fields : 1000;
	mp->head_max = limits != NULL && limits->header_bytes > 0 ?
	    limits->header_bytes :
	    4096;
	if ((rc = boundary_take(mp, type)) < 0)
		wm_http_multipart_free(&mp);
	*parser_r = mp;
	return rc;
}

void
wm_http_multipart_free(struct wm_http_multipart **parser)
{
	struct wm_http_multipart *mp = *parser;

	*parser = NULL;
	if (mp == NULL)
		return;
	wm_buf_fini(&mp->head);
	free(mp);
}

/* ---- the header of a part ---- */

/* What we do not undo must not be there (RFC 7578 section 4.7). */
static bool
coding_ok(struct wm_span coding)
{
	return wm__http_same(coding, "7bit", 4) ||
	    wm__http_same(coding, "8bit", 4) ||
	    wm__http_same(coding, "binary", 6);
}

/* Takes the quotes off where it stands. */
static void
unquote(struct wm_span *value, char *text)
{
	char *to;

	if (value->data == NULL)
		return;
	to = text + (value->data - text);
	value->len = wm__http_unquote(*value, to);
}

/* The header's text, which is changed in place: quotes are taken off. */
static int
part_read(struct wm_http_part *part, char *text, size_t len)
{
	const char *p = text, *end = text + len - 2;
	struct wm_http_field f;
	unsigned fields = 0;

	*part = (struct wm_http_part){ { NULL, 0 }, { NULL, 0 }, { NULL, 0 } };
	while (p < end) {
		if (++fields > FIELDS_MAX)
			return WM_E_TOO_BIG;
		if (wm__http_field_scan(&f, &p, text + len) != HTTP_FINE)
			return WM_E_PROTOCOL;
		if (SPAN_IS(f.name, "content-disposition")) {
			if (part->name.data != NULL ||
			    !wm__http_media_is(f.value, "form-data") ||
			    !wm__http_param(f.value, "name", &part->name))
				return WM_E_PROTOCOL;
			wm__http_param(f.value, "filename", &part->filename);
		} else if (SPAN_IS(f.name, "content-type"))
			part->type = f.value;
		else if (SPAN_IS(f.name, "content-transfer-encoding") &&
		    !coding_ok(f.value))
			return WM_E_PROTOCOL;
	}
	if (part->name.data == NULL)
		return WM_E_PROTOCOL;
	unquote(&part->name, text);
	unquote(&part->filename, text);
	return 0;
}

static bool
head_is_complete(const struct wm_buf *head)
{
	const char *end = head->data + head->len;

	return (head->len == 2 && memcmp(end - 2, "\r\n", 2) == 0) ||
	    (head->len >= 4 && memcmp(end - 4, "\r\n\r\n", 4) == 0);
}

/* Takes the header's bytes, up to the end of a line at once. */
static int
step_header(struct wm_http_multipart *mp, const char **p_r, const char *end)
{
	const char *lf = memchr(*p_r, '\n', (size_t)(end - *p_r));
	size_t n = (size_t)((lf != NULL ? lf + 1 : end) - *p_r);
	struct wm_http_part part;
	int rc;

	if (n > mp->head_max - mp->head.len)
		return WM_E_TOO_BIG;
	wm_buf_put(&mp->head, *p_r, n);
	*p_r += n;
	if (mp->head.failed)
		return WM_E_NOMEM;
	if (!head_is_complete(&mp->head))
		return 0;
	rc = part_read(&part, mp->head.data, mp->head.len);
	if (rc == 0)
		rc = mp->handlers->on_part(mp->arg, &part);
	mp->head.len = 0;
	mp->step = DATA;
	line_ended(mp);
	return rc;
}

/* ---- the rest ---- */

/* Bytes that were no part of a boundary. */
static int
pass_on(struct wm_http_multipart *mp, const char *data, size_t len)
{
	if (len == 0)
		return 0;
	if (mp->step == DATA)
		return mp->handlers->on_data(mp->arg, data, len);
	mp->ignored += len;
	return mp->ignored > mp->head_max ? WM_E_TOO_BIG : 0;
}

static int
mark_found(struct wm_http_multipart *mp)
{
	bool part = mp->step == DATA;

	mp->matched = mp->implied = 0;
	mp->after_len = 0;
	mp->step = AFTER;
	return part ? mp->handlers->on_end(mp->arg) : 0;
}

/* Goes on with a mark of which a part was there; as much as fails is data. */
static int
mark_go_on(struct wm_http_multipart *mp, const char **p_r, const char *end)
{
	const char *failed = mp->mark;
	size_t len;

	while (*p_r < end && mp->matched < mp->mark_len &&
	    **p_r == mp->mark[mp->matched]) {
		mp->matched++;
		++*p_r;
	}
	if (mp->matched == mp->mark_len)
		return mark_found(mp);
	if (*p_r == end)
		return 0;
	failed += mp->implied;
	len = mp->matched - mp->implied;
	mp->matched = mp->implied = 0;
	return pass_on(mp, failed, len);
}

static int
step_data(struct wm_http_multipart *mp, const char **p_r, const char *end)
{
	const char *p = *p_r, *cr;

	if (mp->matched > 0)
		return mark_go_on(mp, p_r, end);
	for (cr = p; cr < end; cr++) {
		cr = memchr(cr, '\r', (size_t)(end - cr));
		if (cr == NULL || cr + 1 == end || cr[1] == '\n')
			break;
	}
	if (cr == NULL)
		cr = end;
	if (cr < end)
		mp->matched = 1;
	*p_r = cr < end ? cr + 1 : end;
	return pass_on(mp, p, (size_t)(cr - p));
}

static int
step_after(struct wm_http_multipart *mp, const char **p_r)
{
	mp->after[mp->after_len++] = *(*p_r)++;
	if (mp->after_len < 2)
		return 0;
	if (memcmp(mp->after, "--", 2) == 0) {
		mp->step = BEHIND;
		return 0;
	}
	if (memcmp(mp->after, "\r\n", 2) != 0)
		return WM_E_PROTOCOL;
	if (mp->parts++ == mp->parts_max)
		return WM_E_TOO_BIG;
	mp->step = HEADER;
	return 0;
}

int
wm_http_multipart_feed(struct wm_http_multipart *mp, const void *data,
    size_t len)
{
	const char *p = data, *end;

	if (len == 0)
		return mp->error;
	end = p + len;
	while (p < end && mp->error == 0 && mp->step != BEHIND)
		switch (mp->step) {
		case BEFORE:
		case DATA:
			mp->error = step_data(mp, &p, end);
			break;
		case AFTER:
			mp->error = step_after(mp, &p);
			break;
		case HEADER:
			mp->error = step_header(mp, &p, end);
			break;
		case BEHIND:
			break;
		}
	if (mp->error > 0)
		mp->error = 0;
	return mp->error;
}

int
wm_http_multipart_end(struct wm_http_multipart *mp)
{
	if (mp->error == 0 && mp->step != BEHIND)
		mp->error = WM_E_PROTOCOL;
	return mp->error;
}
