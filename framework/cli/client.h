/* SPDX-License-Identifier: MIT */
/* The command line's end of the control socket. */
#ifndef CLI_CLIENT_H
#define CLI_CLIENT_H

#include <sys/types.h>

#include <workerman/buf.h>

#define WM__CLIENT_MS 5000 /* a master answers within this time */

struct wm__rundir;

struct wm__client {
	int fd;
	int watch; /* readable when the master has ended; or -1 */
	struct wm_buf in;
	char why[256]; /* the text of the last END line */
};

/*
 * Connects. Returns 0; WM_E_NOT_FOUND when no master runs; WM_E_TIMEOUT when
 * one runs but does not answer; WM_E_POLICY when it belongs to somebody else.
 */
int wm__client_open(struct wm__client *client, const struct wm__rundir *dir);
void wm__client_close(struct wm__client *client);

/*
 * Sends a request line (without its newline) and reads the answer: ROW lines
 * go to `rows`, each with its newline; `progress`, unless null, is called for
 * PROGRESS lines. The first line must come within WM__CLIENT_MS, each other
 * one within `ms`. Returns the exit status that the master says, or
 * WM__EXIT_NO_ANSWER when it is silent or gone.
 */
int wm__client_ask(struct wm__client *client, const char *request, int ms,
    struct wm_buf *rows, void (*progress)(const char *text));

/* Waits for the end of the master's process. Returns 0 or WM_E_TIMEOUT. */
int wm__client_wait(struct wm__client *client, int ms);

#endif
