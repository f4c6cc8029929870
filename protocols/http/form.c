/* SPDX-License-Identifier: MIT */
/*
 * Forms, collected: values in memory, files in files without names. Finding
 * the parts is multipart.c's, and pairs.c's for an urlencoded form, whose
 * bytes are kept until it is complete.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <workerman/http-form.h>
#include <workerman/http-request.h>
#include <workerman/tempfile.h>

struct wm_http_form {
	struct wm_http_multipart *parser; /* null: urlencoded */
	struct wm_http_form_limits limits;
	struct wm_http_form_field *fields; /* with their texts: owned */
	size_t n, room;
	size_t kept; /* bytes of names and values */
	uint64_t filed;
	struct wm_buf value; /* of the latest field; the urlencoded body */
	int error;           /* the first one, for ever */
};

/* ---- fields ---- */

static int
form_keep(struct wm_http_form *form, size_t len)
{
	if (len > form->limits.value_bytes - form->kept)
		return WM_E_TOO_BIG;
	form->kept += len;
	return 0;
}

static char *
text_of(struct wm_span s)
{
	char *text;

	if (s.data == NULL || (text = malloc(s.len + 1)) == NULL)
		return NULL;
	memcpy(text, s.data, s.len);
	text[s.len] = '\0';
	return text;
}

/* A place for one more field, all zero but for its file, which is none. */
static struct wm_http_form_field *
field_add(struct wm_http_form *form)
{
	size_t room = form->room > 0 ? form->room * 2 : 8;
	struct wm_http_form_field *f;

	if (form->n == form->room) {
		f = realloc(form->fields, room * sizeof(*f));
		if (f == NULL)
			return NULL;
		form->fields = f;
		form->room = room;
	}
	f = &form->fields[form->n++];
	*f = (struct wm_http_form_field){ .fd = -1 };
	return f;
}

static void
field_fini(struct wm_http_form_field *f)
{
	free((void *)(uintptr_t)f->name);
	free((void *)(uintptr_t)f->value);
	free((void *)(uintptr_t)f->filename);
	free((void *)(uintptr_t)f->type);
	if (f->fd >= 0)
		close(f->fd);
}

/* ---- multipart ---- */

static int
on_part(void *arg, const struct wm_http_part *part)
{
	struct wm_http_form *form = arg;
	struct wm_http_form_field *f;
	int rc;

	rc = form_keep(form,
	    part->name.len + part->filename.len + part->type.len);
	if (rc < 0)
		return rc;
	if ((f = field_add(form)) == NULL)
		return WM_E_NOMEM;
	f->name = text_of(part->name);
	f->filename = text_of(part->filename);
	f->type = text_of(part->type);
	if (f->name == NULL ||
	    (f->filename == NULL && part->filename.data != NULL) ||
	    (f->type == NULL && part->type.data != NULL))
		return WM_E_NOMEM;
	form->value.len = 0;
	if (f->filename == NULL)
		return 0;
	f->fd = wm_temp_file(form->limits.dir);
	return f->fd < 0 ? WM_E_SYSTEM : 0;
}

static int
file_write(int fd, const char *data, size_t len)
{
	ssize_t n;

	while (len > 0) {
		n = write(fd, data, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return WM_E_SYSTEM;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

static int
on_data(void *arg, const void *data, size_t len)
{
	struct wm_http_form *form = arg;
	struct wm_http_form_field *f = &form->fields[form->n - 1];
	int rc;

	f->len += len;
	if (f->fd >= 0) {
		if (len > form->limits.file_bytes - form->filed)
			return WM_E_TOO_BIG;
		form->filed += len;
		return file_write(f->fd, data, len);
	}
	if ((rc = form_keep(form, len)) < 0)
		return rc;
	wm_buf_put(&form->value, data, len);
	return form->value.failed ? WM_E_NOMEM : 0;
}

static int
on_end(void *arg)
{
	struct wm_http_form *form = arg;
	struct wm_http_form_field *f = &form->fields[form->n - 1];
	struct wm_span value = { "", 0 };

	if (f->fd >= 0 && lseek(f->fd, 0, SEEK_SET) < 0)
		return WM_E_SYSTEM;
	if (f->fd < 0 && form->value.len > 0)
		value = (struct wm_span){ form->value.data, form->value.len };
	f->value = text_of(value);
	return f->value != NULL ? 0 : WM_E_NOMEM;
}

static const struct wm_http_part_handlers handlers = { on_part, on_data,
	on_end };

/* ---- urlencoded ---- */

/* A decoded copy; its length to *len_r. */
static int
decoded_of(struct wm_span raw, const char **text_r, uint64_t *len_r)
{
	char *text = malloc(raw.len + 1);
	int len;

	if (text == NULL)
		return WM_E_NOMEM;
	len = wm_http_decode(raw, text, raw.len + 1);
	if (len < 0) {
		free(text);
		return WM_E_PROTOCOL;
	}
	*text_r = text;
	*len_r = (uint64_t)len;
	return 0;
}

static int
pairs_take(struct wm_http_form *form)
{
	struct wm_span rest = { form->value.data, form->value.len };
	struct wm_http_form_field *f;
	struct wm_http_pair pair;
	uint64_t len;
	int rc;

	while (wm_http_pair_next(&rest, &pair)) {
		if (form->n == form->limits.fields)
			return WM_E_TOO_BIG;
		if ((f = field_add(form)) == NULL)
			return WM_E_NOMEM;
		if ((rc = decoded_of(pair.name, &f->name, &len)) < 0 ||
		    (rc = decoded_of(pair.value, &f->value, &f->len)) < 0)
			return rc;
	}
	return 0;
}

static int
urlencoded_feed(struct wm_http_form *form, const struct wm_msg *m)
{
	int rc = form_keep(form, m->len);

	if (rc < 0)
		return rc;
	wm_buf_put(&form->value, m->data, m->len);
	if (form->value.failed)
		return WM_E_NOMEM;
	return m->flags & WM_MSG_LAST ? pairs_take(form) : 0;
}

/* ---- life ---- */

#define DEFAULT(limits, field, value)                                          \
	do {                                                                   \
		if ((limits)->field == 0)                                      \
			(limits)->field = (value);                             \
	} while (0)

int
wm_http_form_new(const struct wm_http_request *r,
    const struct wm_http_form_limits *limits, struct wm_http_form **form_r)
{
	struct wm_http_form *form = calloc(1, sizeof(*form));
	int rc = 0;

	*form_r = NULL;
	if (form == NULL)
		return WM_E_NOMEM;
	if (limits != NULL)
		form->limits = *limits;
	DEFAULT(&form->limits, fields, 1000);
	DEFAULT(&form->limits, value_bytes, 1u << 20);
	DEFAULT(&form->limits, file_bytes, 1u << 30);
	if (!wm_http_is_form(r))
		rc = wm_http_multipart_new(r, &form->limits, &handlers, form,
		    &form->parser);
	if (rc < 0)
		wm_http_form_free(&form);
	*form_r = form;
	return rc;
}

void
wm_http_form_free(struct wm_http_form **form)
{
	struct wm_http_form *x = *form;

	*form = NULL;
	if (x == NULL)
		return;
	wm_http_multipart_free(&x->parser);
	while (x->n > 0)
		field_fini(&x->fields[--x->n]);
	free(x->fields);
	wm_buf_fini(&x->value);
	free(x);
}

int
wm_http_form_feed(struct wm_http_form *form, const struct wm_msg *m)
{
	if (form->error < 0)
		return form->error;
	if (form->parser == NULL) {
		form->error = urlencoded_feed(form, m);
		return form->error;
	}
	form->error = wm_http_multipart_feed(form->parser, m->data, m->len);
	if (form->error == 0 && (m->flags & WM_MSG_LAST))
		form->error = wm_http_multipart_end(form->parser);
	return form->error;
}

/* ---- what is in it ---- */

struct wm_http_form_field *
wm_http_form_at(struct wm_http_form *form, size_t i)
{
	return i < form->n ? &form->fields[i] : NULL;
}

struct wm_http_form_field *
wm_http_form_find(struct wm_http_form *form, const char *name)
{
	size_t i;

	for (i = 0; i < form->n; i++)
		if (strcmp(form->fields[i].name, name) == 0)
			return &form->fields[i];
	return NULL;
}

int
wm_http_form_take_file(struct wm_http_form_field *field)
{
	int fd = field->fd;

	field->fd = -1;
	return fd;
}

unsigned
wm_http_form_status(int error)
{
	switch (error) {
	case WM_E_PROTOCOL:
		return 400;
	case WM_E_TOO_BIG:
		return 413;
	case WM_E_UNSUPPORTED:
		return 415;
	default:
		return 500;
	}
}
