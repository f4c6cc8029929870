/* SPDX-License-Identifier: MIT */
/*
 * The command `connections`: asks the workers, each over a stream of its own,
 * and passes on what they say, as fast as the client takes it:
 *
 *	ROW connection   one for each, as connections.h names its columns
 *	ROW missing      a process that said not all: pid, worker, slot, why
 *
 * A worker has WM__LISTING_MS to begin and for each further piece; one that
 * in this time has not even taken an earlier question is not asked again
 * until it has.
 */
#ifndef MASTER_CONNECTIONS_H
#define MASTER_CONNECTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define WM__LISTING_MS 1000

struct wm__connections;
struct wm__loop;
struct wm__request;

/* A process that can be asked: it has had its BEGIN. */
struct wm__listed {
	int sock; /* of ipc.h */
	pid_t pid;
	uint32_t incarnation; /* tells it from an earlier one of its pid */
	const char *worker;
	uint32_t slot;
};

/*
 * Where the processes come from: fills in the one number `i`, false when there
 * is no such; one that cannot be asked has sock -1.
 */
typedef bool wm__listed_fn(void *arg, size_t i, struct wm__listed *listed_r);

/* Returns 0 or WM_E_NOMEM. */
int wm__connections_new(struct wm__connections **connections_r,
    struct wm__loop *loop, wm__listed_fn *next, void *arg);

/* All requests must have ended. */
void wm__connections_free(struct wm__connections **connections);

/* Answers a request; the line has filter= and close=. */
void wm__connections_run(struct wm__connections *connections,
    struct wm__request *request, const char *line);

#endif
