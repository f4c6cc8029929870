/* SPDX-License-Identifier: MIT */
/*
 * What `status` tells: every key of every kind of row, once. From this table
 * come the columns for people, the keys of --json, the names of --metrics and
 * their documentation in docs/STATUS.md.
 */
#ifndef IPC_FACTS_H
#define IPC_FACTS_H

#include <stddef.h>

/*	form      type in JSON         what it holds */
#define WM__FACT_FORM_TABLE(X)                                                 \
	X(WORD, "string")  /* text */                                          \
	X(COUNT, "number") /* an integer */                                    \
	X(BYTES, "number, bytes")                                              \
	X(MS, "number, milliseconds")   /* in metrics: seconds */              \
	X(PERMILLE, "number, permille") /* in metrics: a ratio of 1 */         \
	X(LOAD, "array of 3 numbers")   /* "0.10, 0.20, 0.30" */

enum wm__fact_form {
#define WM__FACT_ENUM(name, type) WM__FACT_##name,
	WM__FACT_FORM_TABLE(WM__FACT_ENUM)
#undef WM__FACT_ENUM
	    WM__FACT_FORMS
};

struct wm__fact {
	const char *key; /* in the row and in JSON; null ends a list */
	enum wm__fact_form form;
	const char *head;   /* of its column for people; null: no column */
	const char *brief;  /* the same where room is short; null: as head */
	char letter;        /* status -w sorts by it; 0: cannot */
	const char *metric; /* name there; ends in _total when it only grows */
	const char *help;
};

/* A kind of row. */
struct wm__fact_kind {
	const char *kind;  /* "process" in ROW process */
	const char *name;  /* in JSON, "processes" */
	const char *label; /* keys that are labels in metrics; null: none */
	const struct wm__fact *facts;
	const char *help;
};

/* Ends with a null kind. The first is "master", of which there is one row. */
extern const struct wm__fact_kind wm__fact_kinds[];

const struct wm__fact_kind *wm__facts_of(const char *kind);
const struct wm__fact *wm__fact_find(const struct wm__fact_kind *kind,
    const char *key);
const char *wm__fact_type(enum wm__fact_form form);

#endif
