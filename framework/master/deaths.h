/* SPDX-License-Identifier: MIT */
/*
 * The register of deaths: the last few workers that died unbidden, for
 * `status`.
 */
#ifndef MASTER_DEATHS_H
#define MASTER_DEATHS_H

#include <stddef.h>
#include <stdint.h>

#include <workerman/buf.h>

#include "framework/ipc/table.h"

#define WM__DEATHS_KEPT 8

struct wm__autopsy;

struct wm__death_note {
	char worker[WM__NAME_MAX + 1]; /* the row's name */
	uint32_t slot;                 /* within the row */
	long pid;
	uint32_t generation;
	int64_t at;     /* seconds since 1970 */
	int64_t age_ms; /* it lived */
	uint64_t lost;  /* connections */
	char cause[192];
	char core[256];       /* "": none was due */
	const char *callback; /* static; "-": none */
	uint64_t conn;        /* its id; 0: none */
	char protocol[40];    /* of the connection; "": none */
};

struct wm__deaths {
	struct wm__death_note notes[WM__DEATHS_KEPT];
	uint64_t n; /* ever noted; the last ones are kept */
};

/* Keeps a note. What the autopsy found is filled in here. */
void wm__deaths_add(struct wm__deaths *deaths,
    const struct wm__death_note *note, const struct wm__autopsy *autopsy);

/* "ROW death ..." for each that is kept, the oldest first. */
void wm__deaths_rows(const struct wm__deaths *deaths, struct wm_buf *out);

#endif
