/* SPDX-License-Identifier: MIT */
/* Judges of what the system bounds: descriptors, processes, memory, queues. */
#ifndef CLI_CHECK_LIMITS_H
#define CLI_CHECK_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

#include "framework/cli/check.h"

/* Queued connections that the master asks for, per listening socket. */

/* Connections per process below which a word is in order. */
#define WM__CHECK_CONNECTIONS 1024

/* What the table needs, before any connection. */
struct wm__needs {
	uint64_t processes;    /* master and workers */
	uint64_t master_files; /* descriptors of the master */
	uint64_t reload_files; /* the same with old and new workers at once */
	uint64_t worker_files; /* of the worker that has most */
};

struct wm__needs wm__check_needs(const struct wm__table *table);

/* `limit` may be WM__SYSTEM_UNLIMITED in all of these. */
void wm__judge_files(const struct wm__needs *needs, uint64_t limit,
    struct wm__finding *f);

/* A row that sets its own limit (.nofile). */
struct wm__row_files {
	const char *worker;
	uint64_t wanted, needed; /* by the table; by its worker */
	uint64_t hard;           /* what there is */
	bool may_raise;          /* so that the hard limit does not matter */
};
void wm__judge_row_files(const struct wm__row_files *facts,
    struct wm__finding *f);

/* Descriptors of one worker of the row, before any connection. */
uint64_t wm__check_row_needs(const struct wm__table *table,
    const struct wm__row *row);

/* `cpus` of a row; `slot` is the first that could not be bound to its one,
   -1 if all could. */
void wm__judge_cpus(const char *worker, const char *cpus, long slot,
    struct wm__finding *f);

/* `mine` is what binds the user; `group` what the control group leaves. */
void wm__judge_processes(const struct wm__needs *needs, uint64_t mine,
    uint64_t group, struct wm__finding *f);

/* Bytes that can be had, and the value of vm.overcommit_memory; 0 and
   WM__SYSTEM_UNKNOWN when not known. */
void wm__judge_memory(const struct wm__needs *needs, uint64_t available,
    long long overcommit, struct wm__finding *f);

/* `pattern` is where core dumps go; "" when not known. */
void wm__judge_core(uint64_t limit, const char *pattern, struct wm__finding *f);

/* `most` is the longest queue that the kernel grants; WM__SYSTEM_UNKNOWN.
   `wanted` is 0 when nobody listens. */
void wm__judge_backlog(long long most, uint32_t wanted, struct wm__finding *f);

/* `most` is the largest buffer that the kernel grants, by that setting. */
void wm__judge_buffer(const char *setting, long long most, uint32_t wanted,
    struct wm__finding *f);

#endif
