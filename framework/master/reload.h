/* SPDX-License-Identifier: MIT */
/*
 * Reloads one after another: one at a time; those that are asked for while
 * one runs become one more behind it. None is ignored, and whoever asked may
 * be gone when it ends.
 */
#ifndef MASTER_RELOAD_H
#define MASTER_RELOAD_H

#include <stdbool.h>
#include <stdint.h>

#include <workerman/buf.h>

struct wm__control_command;
struct wm__master;
struct wm__request;

/* Of the last reload; all zeroes: there was none. */
struct wm__reload {
	unsigned count;     /* how many have ended */
	bool running;       /* one is in progress */
	bool again;         /* another one was asked for meanwhile */
	bool refused;       /* the last one changed nothing */
	int64_t began_ms;   /* on the clock */
	int64_t took_ms;    /* the last one */
	int64_t ended_time; /* seconds since 1970 */
	char why[512];      /* it was refused */
};

/* Asks for one, as a signal does. */
void wm__reload_ask(struct wm__master *m);

/* Begins the one that was asked for during the start, if any. */
void wm__reload_resume(struct wm__master *m);

/* The control command: the requester hears each step and the end. */
void wm__reload_on_request(struct wm__request *request, const char *line,
    void *master);

/* Appends the last one's result to a line of rows. */
void wm__reload_report(const struct wm__reload *reload, struct wm_buf *out);

#endif
