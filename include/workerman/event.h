/* SPDX-License-Identifier: MIT */
/*
 * What happens in the master, for workers that ask for it by on_event: deaths
 * of workers, reloads, the stop. The master itself runs no application code.
 */
#ifndef WORKERMAN_EVENT_H
#define WORKERMAN_EVENT_H

#include <workerman/api.h>

WM_BEGIN_DECLS

/*	name           what                                             */
#define WM_EVENT_TABLE(X)                                                      \
	X(WORKER_EXIT)  /* a worker process ended, expected or not */          \
	X(RELOAD_BEGIN) /* a reload was begun */                               \
	X(RELOAD_END)   /* it ended: status 0, or it was refused */            \
	X(STOP)         /* the master was told to stop */

enum wm_event_kind {
#define WM_EVENT_ENUM(name) WM_EVENT_##name,
	WM_EVENT_TABLE(WM_EVENT_ENUM)
#undef WM_EVENT_ENUM
	    WM_EVENTS /* how many there are */
};

struct wm_event {
	enum wm_event_kind kind;
	const char *worker;  /* WORKER_EXIT: name of its row; else "" */
	unsigned slot;       /* WORKER_EXIT: within the row */
	long pid;            /* WORKER_EXIT */
	int status;          /* WORKER_EXIT: as wait(2) tells it; RELOAD_END: 0
				when the new program took over */
	unsigned generation; /* of the worker; of the program from now on */
	const char *text;    /* the same in words, one line */
};

/* "WORKER_EXIT", ...; static. */
WM_API const char *wm_event_word(enum wm_event_kind kind);

WM_END_DECLS

#endif
