/* SPDX-License-Identifier: MIT */
/*
 * Which connections are meant: words KEY=VALUE. Of several words with one key
 * any may hold, of different keys all must.
 *
 *	worker=NAME or NAME/SLOT
 *	protocol=NAME      the present one: http before a WebSocket handshake
 *	state=WORD         of framework/base/stage.h
 *	address=ADDRESS    local or foreign: 192.0.2.1, 192.0.2.0/24, 10.1.,
 *	                   192.0.2.1:80, [2001:db8::1]:80, 2001:db8::/32,
 *	                   :80 (that port), /run/socket
 *
 * One parser for the command line, which says what is wrong, for the master,
 * which needs the workers, and for the worker, which does the rest.
 */
#ifndef IPC_FILTER_H
#define IPC_FILTER_H

#include <stdbool.h>
#include <stddef.h>

#include "framework/base/stage.h"

#define WM__FILTER_TERMS 16
#define WM__FILTER_VALUE 128  /* bytes of a value, its NUL included */
#define WM__FILTER_TEXT  2560 /* bytes of all words, their NUL included */

#define WM__FILTER_TABLE(X)                                                    \
	X(WORKER, "worker")                                                    \
	X(PROTOCOL, "protocol") X(STATE, "state") X(ADDRESS, "address")

enum wm__filter_key {
#define WM__FILTER_ENUM(name, word) WM__FILTER_##name,
	WM__FILTER_TABLE(WM__FILTER_ENUM)
#undef WM__FILTER_ENUM
	    WM__FILTER_KEYS
};

enum wm__filter_how {    /* an address is compared */
	WM__FILTER_NET,  /* by the first bits of its host */
	WM__FILTER_PORT, /* by its end, from the last ':' on */
	WM__FILTER_WHOLE,
	WM__FILTER_BEGIN /* by its first characters */
};

struct wm__filter_term {
	enum wm__filter_key key;
	char value[WM__FILTER_VALUE];
	long slot; /* of a worker; -1: any */
	enum wm__filter_how how;
	int family; /* of a network */
	unsigned bits;
	unsigned char net[16];
};

struct wm__filter { /* zeroed: every connection is meant */
	struct wm__filter_term terms[WM__FILTER_TERMS];
	size_t n;
};

/* A connection, as the filter sees it. */
struct wm__filter_view {
	const char *protocol;
	enum wm__stage stage;
	const char *local, *foreign; /* as wm_conn_peer() writes them */
};

/* Adds a word. Returns 0, or WM_E_INVALID with one line in error. */
int wm__filter_add(struct wm__filter *f, const char *word, char *error,
    size_t error_size);

/* All words of a text, one in each line, into an empty filter. */
int wm__filter_parse(struct wm__filter *f, const char *text, char *error,
    size_t error_size);

/* Whether connections of that process may be meant. */
bool wm__filter_has_process(const struct wm__filter *f, const char *worker,
    unsigned slot);

/* Whether that connection of such a process is. */
bool wm__filter_has(const struct wm__filter *f,
    const struct wm__filter_view *view);

/* The word of a stage. */
const char *wm__stage_word(enum wm__stage stage);

#endif
