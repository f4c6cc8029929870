/* SPDX-License-Identifier: MIT */
/*
 * Asking a program image for its table: the image runs main() up to wm_main()
 * in a process group of its own, runs on_prepare, writes its answer to a pipe
 * and ends. It has WM__DESCRIBE_MS for that. The loop goes on meanwhile.
 */
#ifndef MASTER_DESCRIBE_H
#define MASTER_DESCRIBE_H

#include <stdbool.h>
#include <sys/types.h>

#define WM__DESCRIBE_MS 10000

struct wm__describe;
struct wm__image;
struct wm__loop;
struct wm__table;

/*
 * The end: the table, which the callee owns, or null and why not, one line.
 * The callee may free the describe.
 */
typedef void wm__describe_fn(struct wm__table *table, const char *why,
    void *arg);

struct wm__describe_options {
	struct wm__loop *loop;
	const struct wm__image *image;
	char *const *argv;
	int err; /* its standard error; -1: line by line to `line` */
	int cwd; /* -1: as the master's */
	void (*line)(const char *text, void *arg); /* null: to nobody */
	wm__describe_fn *done;
	void *arg;
};

/* Returns 0, WM_E_NOMEM or WM_E_SYSTEM (errno). `done` is called later. */
int wm__describe_start(const struct wm__describe_options *options,
    struct wm__describe **describe_r);

/* Tells of a dead child; true when it was this one. May call `done`. */
bool wm__describe_reaped(struct wm__describe *describe, pid_t pid,
    int wait_status);

/* Kills it if it still runs; `done` is not called any more. */
void wm__describe_free(struct wm__describe **describe);

#endif
