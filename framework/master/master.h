/* SPDX-License-Identifier: MIT */
/*
 * The master: the process that `start` becomes. It owns the listening
 * sockets, the run directory, inboxes and counter pages, and watches over the
 * workers. It runs no application code and reads no client's bytes.
 */
#ifndef MASTER_MASTER_H
#define MASTER_MASTER_H

#include <stdbool.h>
#include <stdint.h>

#include <workerman/buf.h>

#define WM__STOP_FAST_MS     10000
#define WM__STOP_GRACEFUL_MS 60000

struct wm__master_options {
	const char *name;  /* of the application; begins error lines */
	char *const *argv; /* what describe and the workers get, too */
	const char *run_dir;
	const char *log;     /* absolute; null: the terminal, not a daemon's */
	const char *backend; /* event loop; "" for the default */
	bool daemon;
	bool watch; /* reload when the program's file was replaced */
	uint64_t backoff_max_ms; /* most before a birth; 0: the policy's */
	/* Makes the text that is shown after a start from the rows of
	   report.h, each ended by a newline; null: quiet. */
	void (*banner)(char *rows, struct wm_buf *out);
};

/*
 * Starts, serves until it is told to stop, returns the exit status of the
 * process. For a daemon it also returns in the process that was typed, as
 * soon as all workers are ready or the start has failed. One line on
 * standard error says why a start failed.
 */
int wm__master_run(const struct wm__master_options *options);

#endif
