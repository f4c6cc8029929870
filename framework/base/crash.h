/* SPDX-License-Identifier: MIT */
/*
 * The crash page: what a worker that dies of a signal leaves behind. Memory
 * shared with the master, made by it before the worker, so that nothing need
 * be allocated, opened or asked for in a process that is falling apart.
 *
 * The worker fills in what it runs all the time (running.h), its modules at
 * the start, and the rest in a signal handler that does nothing else. The
 * reader believes nothing: a worker that crashed may be one that was broken
 * into.
 */
#ifndef BASE_CRASH_H
#define BASE_CRASH_H

#include <stdbool.h>
#include <stdint.h>

#include "framework/base/running.h"

#define WM__CRASH_VERSION 1
#define WM__CRASH_FRAMES  32
#define WM__CRASH_MODULES 64
#define WM__CRASH_NAME    40 /* bytes of a name with its end; more is cut */

enum wm__crash_stage {
	WM__CRASH_NONE,  /* no signal was handled */
	WM__CRASH_BEGUN, /* signal, address, core */
	WM__CRASH_TRACE, /* and the frames */
	WM__CRASH_DONE,  /* and the protocol: all */
	WM__CRASH_STAGES
};

/* A loaded program or library: what lies from start to end. */
struct wm__crash_module {
	uint64_t bias; /* address = bias + address in its file */
	uint64_t start, end;
	char name[WM__CRASH_NAME]; /* no folder; "": the program itself */
};

struct wm__crash {
	uint32_t version; /* WM__CRASH_VERSION */
	uint32_t size;    /* sizeof(struct wm__crash) */
	struct wm__running running;

	_Atomic uint32_t stage; /* enum wm__crash_stage */
	int32_t signo;
	int32_t code;        /* si_code: > 0 is the processor's */
	uint32_t elsewhere;  /* 1: in another thread than the loop's */
	uint64_t address;    /* that could not be accessed */
	uint64_t stack;      /* stack pointer; 0: not known */
	uint64_t core_limit; /* RLIMIT_CORE */
	uint32_t dumpable;   /* 1: the system may dump it */
	uint32_t writable;   /* 1: it may write where cores go */
	uint32_t n_frames;   /* innermost first */
	uint32_t n_modules;
	uint64_t frames[WM__CRASH_FRAMES];
	char protocol[WM__CRASH_NAME]; /* of the connection; "": none */
	struct wm__crash_module modules[WM__CRASH_MODULES];
};

/* Maps the page behind fd (at least one struct); the first one to do so
   makes its head. Null on failure. */
struct wm__crash *wm__crash_map(int fd);
void wm__crash_unmap(struct wm__crash **page);

/*
 * Copies the page and puts right what cannot be: counts and choices are in
 * their bounds, strings are terminated and printable ASCII. All zeroes when
 * the page is null or no such page at all.
 */
void wm__crash_read(const struct wm__crash *page, struct wm__crash *copy_r);

/* The module that an address lies in, or null. */
const struct wm__crash_module *wm__crash_module(const struct wm__crash *page,
    uint64_t address);

/*
 * From here on this process notes in `page` what it runs, and writes the rest
 * when it dies of SIGSEGV or its kin; what had been set up for such a signal
 * (by a sanitizer) is then called, else the signal has its own effect. The
 * page must stay. `protocol` names the protocol of a connection, or returns
 * null; it is called inside the signal handler and may only look.
 */
void wm__crash_install(struct wm__crash *page,
    const char *(*protocol)(uint64_t conn));

/* Writes down what is loaded now. */
void wm__crash_note_modules(struct wm__crash *page);

#endif
