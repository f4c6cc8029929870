/* SPDX-License-Identifier: MIT */
/*
 * The description of a program's table, as it travels from the describe
 * process to the master: names and numbers, no pointers into the program.
 */
#ifndef IPC_TABLE_H
#define IPC_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <workerman/buf.h>

#include "framework/base/socket_options.h"

#define WM__NAME_MAX      63   /* bytes of an application or worker name */
#define WM__COUNT_MAX     1024 /* processes of a row */
#define WM__ROWS_MAX      256
#define WM__LISTENERS_MAX 64    /* of a row */
#define WM__WATCHDOG_MAX  86400 /* seconds */
#define WM__CPUS_MAX      4095  /* bytes of a list of CPUs */

/* The numbers of a row that struct wm_worker has by the same name. */
#define WM__ROW_NUMBERS(X)                                                     \
	X(reloadable)      /* enum wm_reloadable */                            \
	X(takeover)        /* enum wm_takeover */                              \
	X(drain_ms)        /* 0: the default */                                \
	X(drain_spread_ms) /* 0: the default */                                \
	X(nofile)          /* open files; 0: unchanged */                      \
	X(max_requests)    /* 0: never replaced for that */                    \
	X(max_memory)      /* bytes; likewise */                               \
	X(watchdog)        /* seconds without a turn; 0: for ever */

struct wm__row {
	char *name;
	uint32_t count;
#define WM__ROW_NUMBER(name) uint64_t name;
	WM__ROW_NUMBERS(WM__ROW_NUMBER)
#undef WM__ROW_NUMBER
	uint64_t events; /* it has on_event */
	char *cpus;      /* "0-3,5": where its processes run; null: anywhere */
	char *user;      /* null: unchanged */
	char *group;     /* null: the user's */
	char **urls;     /* n_urls canonical listener URLs */
	size_t n_urls;
	struct wm__socket_options *sockets; /* n_urls; null: all defaults */
};

struct wm__table {
	char *name;    /* of the application */
	char *version; /* "" if none */
	struct wm__row *rows;
	size_t n_rows;
};

/* 1 to WM__NAME_MAX letters, digits, '-' and '_', not beginning with '-'. */
bool wm__name_valid(const char *name);

/*
 * What a describe process answers: its table, or one line that says why it
 * has none. Both begin with WM__IPC_VERSION.
 */
void wm__table_encode(const struct wm__table *table, struct wm_buf *out);
void wm__table_encode_refusal(const char *why, struct wm_buf *out);

/*
 * Reads the answer back, trusting nothing. Returns 0; WM_E_VERSION,
 * WM_E_PROTOCOL, WM_E_NOMEM with one static line in *error_r; WM_E_POLICY for
 * a refusal, whose line then lies in `data`. Release with
 * wm__table_free(&t).
 */
int wm__table_decode(const void *data, size_t len, struct wm__table **table_r,
    const char **error_r);

void wm__table_free(struct wm__table **table);

/* Processes of all rows together. */
size_t wm__table_slots(const struct wm__table *table);

#endif
