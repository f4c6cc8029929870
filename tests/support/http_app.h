/* SPDX-License-Identifier: MIT */
/*
 * The application of the http tests, behind a wire: writes down what it was
 * asked, and answers in the way that a test chose.
 */
#ifndef HTTP_APP_H
#define HTTP_APP_H

#include <workerman/workerman.h>

#include "framework/kit/wire.h"

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
extern const struct wm_handlers app_handlers;

/* Forgets the transcript and answers 200 with "ok" again. */
void app_reset(void);

/* cmocka's: app_reset() before, everything freed behind. */
int app_setup(void **state);
int app_teardown(void **state);

/* An http connection to the app (limits may be null), and one that was fed
   this. */
struct wire *app_open(const struct wm_limits *limits);
struct wire *app_fed(const char *text);

/* One read that finds this, and the end of its turn. */
void app_feed(struct wire *w, const char *text);

/* ways_each() of ways.h with the app, which forgets behind each way. */
void app_each_way(const char *data, size_t len,
    void (*check)(struct wire *, void *), void *arg);

/* Answers the ticket with 200 and `text`, and ends the turn. */
int app_answer(struct wire *w, unsigned ticket, const char *text);

/* The statuses sent so far, "200 400": checks on the way that each answer
   has a Date and a Content-Length that is true. */
const char *app_statuses(struct wire *w);

/* How often `text` was sent. */
unsigned app_sent(struct wire *w, const char *text);

/* Whether a request's line is in the transcript. */
bool app_was_asked(const char *line);

#endif
