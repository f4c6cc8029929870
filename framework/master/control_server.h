/* SPDX-License-Identifier: MIT */
/*
 * The master's end of the control socket: accepts, reads one request from
 * each connection, finds the command, sends the answer. What the commands do
 * is their owner's.
 */
#ifndef MASTER_CONTROL_SERVER_H
#define MASTER_CONTROL_SERVER_H

#include <stddef.h>

#include <workerman/buf.h>

#include "framework/ipc/control.h"

#define WM__CONTROL_MS 5000 /* to send a request, to take an answer */

struct wm__control_server;
struct wm__loop;
struct wm__request;
struct wm__rundir;

/* What a request waits for. */
enum wm__waits {
	WM__WAITS_NOT,
	WM__WAITS_STOP,
	WM__WAITS_RELOAD, /* the one that runs */
	WM__WAITS_NEXT    /* the one behind it */
};

struct wm__control_command {
	const char *name; /* null ends the table */
	/* Must end with wm__request_end() or wm__request_wait(). */
	void (*run)(struct wm__request *request, const char *line, void *arg);
};

/*
 * Binds NAME.sock in the run directory, in place of one that nobody answers
 * on. The table must live as long. Returns 0, WM_E_BUSY when somebody does
 * answer, WM_E_NOMEM, WM_E_SYSTEM, with one line in error.
 */
int wm__control_server_new(struct wm__control_server **server_r,
    struct wm__loop *loop, const struct wm__rundir *dir, char *error,
    size_t error_size);
void wm__control_server_set_commands(struct wm__control_server *server,
    const struct wm__control_command *commands, void *arg);

/* Stops to listen and removes the socket; requests that wait go on. */
void wm__control_server_close(struct wm__control_server *server);
void wm__control_server_free(struct wm__control_server **server);

/* To all requests that wait for it: the END line; a PROGRESS line. */
void wm__control_server_answer(struct wm__control_server *server,
    enum wm__waits what, enum wm__exit code, const char *text);
void wm__control_server_progress(struct wm__control_server *server,
    enum wm__waits what, const char *text);

/* Those who waited for `from` wait for `to`. */
void wm__control_server_promote(struct wm__control_server *server,
    enum wm__waits from, enum wm__waits to);

/* Where a command writes its ROW lines, each with its newline. */
struct wm_buf *wm__request_out(struct wm__request *request);

/* The request ends so; it is not to be used any more. */
void wm__request_end(struct wm__request *request, enum wm__exit code,
    const char *text);

/* The request waits for wm__control_server_answer(). */
void wm__request_wait(struct wm__request *request, enum wm__waits what,
    const char *progress);

#endif
