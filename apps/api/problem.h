/* SPDX-License-Identifier: MIT */
/* Errors as application/problem+json (RFC 9457). */
#ifndef API_PROBLEM_H
#define API_PROBLEM_H

#include <jansson.h>

#include <workerman/http.h>

/* Our own kinds of problem; the page at / explains them under these names. */
#define PROBLEM_MALFORMED "/#malformed-json"
#define PROBLEM_INVALID   "/#invalid-note"

struct problem {
	unsigned status;
	const char *type; /* null: "about:blank", the status says it all */
	char detail[256]; /* for people; "" for none */
	json_t *more;     /* object with members of that type, or null */
	const struct wm_http_header *headers; /* or null */
};

/* Answers the request `r` with it. problem->more is owned from here on. */
void problem_send(struct wm_conn *c, const struct wm_http_request *r,
    struct problem *problem);

/* The same for a status and a detail (or null) alone. */
void problem_plain(struct wm_conn *c, const struct wm_http_request *r,
    unsigned status, const char *detail);

#endif
