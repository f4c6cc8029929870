/* SPDX-License-Identifier: MIT */
/*
 * The application of the http tests: writes down what it was asked, and
 * answers in the way that a test chose.
 */
#ifndef HTTP_APP_H
#define HTTP_APP_H

#include "fake_conn.h"

#define GOOD(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"

struct http_app {
	struct wm_buf transcript; /* "GET /path [body]\n" per request */
	unsigned delivered;
	struct wm_http_response response; /* what it answers */
	bool defer;                       /* take a ticket instead */
	bool silent;                      /* do nothing */
	void (*act)(struct wm_conn *, const struct wm_msg *); /* or this */
	struct wm_http_ticket tickets[64]; /* of deferred requests */
	unsigned ntickets;
	int rc; /* of the last answer */
};

extern struct http_app app;
extern const struct fake_setup http_setup; /* http, app, no limits */

/* Forgets the transcript and answers 200 with "ok" again. */
void app_reset(void);

/* cmocka's: app_reset() before, everything freed behind. */
int app_setup(void **state);
int app_teardown(void **state);

/* A connection to the app that was fed this. */
struct wm_conn *app_fed(const char *text);

/* Answers the ticket with 200 and `text`. */
int app_answer(unsigned ticket, const char *text);

/* The statuses sent so far, "200 400": checks on the way that each answer
   has a Date and a Content-Length that is true. */
const char *app_statuses(const struct wm_conn *c);

/* How often `text` was sent. */
unsigned app_sent(const struct wm_conn *c, const char *text);

/* Whether a request's line is in the transcript. */
bool app_was_asked(const char *line);

#endif
