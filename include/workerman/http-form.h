/* SPDX-License-Identifier: MIT */
/*
 * Forms and uploads: multipart/form-data (RFC 7578), and urlencoded bodies.
 * A form is fed with the messages of its request, be they one or, for uploads
 * of any size (wm_http_options.in_parts), many.
 */
#ifndef WORKERMAN_HTTP_FORM_H
#define WORKERMAN_HTTP_FORM_H

#include <workerman/http.h>

WM_BEGIN_DECLS

/* ---- collected: values in memory, files in files ---- */

/* A field that is 0 means its default. */
struct wm_http_form_limits {
	uint32_t fields;     /* 1000 */
	size_t header_bytes; /* of the header of each part: 4 KiB */
	size_t value_bytes;  /* of all names and values together: 1 MiB */
	uint64_t file_bytes; /* of all files together: 1 GiB */
	const char *dir;     /* for files: $TMPDIR, else /tmp */
};

struct wm_http_form_field {
	const char *name;
	const char *value; /* terminated; empty for a file */
	uint64_t len;      /* of the value or the file */
	/* Null: it is no file. As the client sent it: it may be a path, and
	   two may be the same. */
	const char *filename;
	const char *type; /* Content-Type; null: unsaid */
	/* The file, at its begin: it has no name, none but its owner could
	   open it, and it is gone when it is closed; -1: no file. */
	int fd;
};

struct wm_http_form;

/*
 * A form for the body of this request; `limits` may be null. Returns 0;
 * WM_E_UNSUPPORTED when its Content-Type is no form's, WM_E_PROTOCOL when that
 * is malformed, WM_E_NOMEM.
 */
WM_API int wm_http_form_new(const struct wm_http_request *r,
    const struct wm_http_form_limits *limits, struct wm_http_form **form_r);

/* Closes its files. */
WM_API void wm_http_form_free(struct wm_http_form **form);

/*
 * The next message of the request; with WM_MSG_LAST the form is complete.
 * Returns 0; WM_E_PROTOCOL for a malformed body, WM_E_TOO_BIG over a limit,
 * WM_E_SYSTEM when a file cannot be written, WM_E_NOMEM. After a failure it
 * can only be freed.
 */
WM_API int wm_http_form_feed(struct wm_http_form *form, const struct wm_msg *m);

/* The fields in their order, null behind the last; the first of a name, null
   if there is none. They live as long as the form. */
WM_API struct wm_http_form_field *wm_http_form_at(struct wm_http_form *form,
    size_t i);
WM_API struct wm_http_form_field *wm_http_form_find(struct wm_http_form *form,
    const char *name);

/* The file is the caller's from now on, to be closed; -1 if there is none. */
WM_API int wm_http_form_take_file(struct wm_http_form_field *field);

/* The status to answer an error of these functions with: 400, 413, 415, 500. */
WM_API unsigned wm_http_form_status(int error);

/* ---- as it comes: the parser alone ---- */

/* The header of a part. Spans live until the callback returns. */
struct wm_http_part {
	struct wm_span name;
	struct wm_span filename; /* null data: it is no file */
	struct wm_span type;     /* null data: unsaid */
};

/* A negative return value ends the parsing and is passed on. */
struct wm_http_part_handlers {
	int (*on_part)(void *arg, const struct wm_http_part *part);
	int (*on_data)(void *arg, const void *data, size_t len);
	int (*on_end)(void *arg);
};

struct wm_http_multipart;

/*
 * *handlers must outlive it; of the limits (may be null) `fields` and
 * `header_bytes` count. Returns as wm_http_form_new().
 */
WM_API int wm_http_multipart_new(const struct wm_http_request *r,
    const struct wm_http_form_limits *limits,
    const struct wm_http_part_handlers *handlers, void *arg,
    struct wm_http_multipart **parser_r);
WM_API void wm_http_multipart_free(struct wm_http_multipart **parser);

/* The next bytes of the body, and its end. Return 0, WM_E_PROTOCOL,
   WM_E_TOO_BIG, WM_E_NOMEM, or what a handler said. */
WM_API int wm_http_multipart_feed(struct wm_http_multipart *parser,
    const void *data, size_t len);
WM_API int wm_http_multipart_end(struct wm_http_multipart *parser);

WM_END_DECLS

#endif
