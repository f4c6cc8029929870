/* SPDX-License-Identifier: MIT */
/*
 * The watchdog's judgement on one worker whose row asked for it: whether its
 * loop still turns, and what to do when it does not. It knows only times;
 * who looks, asks and kills is supervise's.
 *
 * A worker that is late is asked to die with SIGABRT, which makes it write
 * its crash page, and killed when it has not; one that has written it may
 * take its time to dump core. A process that somebody stopped or debugs is
 * left alone, and gets its whole time anew afterwards.
 */
#ifndef MASTER_WATCHDOG_H
#define MASTER_WATCHDOG_H

#include <stdbool.h>
#include <stdint.h>

#define WM__WATCHDOG_LOOK_MS 1000  /* from one look to the next */
#define WM__WATCHDOG_BEAT_MS 1000  /* from one heartbeat to the next */
#define WM__WATCHDOG_ASK_MS  2000  /* to write the page */
#define WM__WATCHDOG_CORE_MS 60000 /* to dump core */

/* What is remembered of a process; begin with zeroes. */
struct wm__watchdog {
	int64_t excused_ms; /* last seen stopped; 0: never */
	int64_t asked_ms;   /* told to die; 0: not yet */
	bool suspect;       /* was late at the last look */
};

/* What is seen at a look; all times on wm__clock_ms(). */
struct wm__watchdog_facts {
	int64_t now_ms;
	int64_t limit_ms; /* of its row */
	int64_t ready_ms; /* since when it serves */
	uint64_t beat_ms; /* its last heartbeat, as it says */
	bool stopped;     /* or traced; looked up only if it is late */
	bool written;     /* it has written its page */
};

enum wm__watchdog_verdict {
	WM__WATCHDOG_FINE,
	WM__WATCHDOG_ASK, /* send SIGABRT now */
	WM__WATCHDOG_KILL /* send SIGKILL now */
};

/* Whether the loop has not turned for longer than the limit. */
bool wm__watchdog_is_late(const struct wm__watchdog *watch,
    const struct wm__watchdog_facts *facts);

/*
 * One look. A late worker is asked at the second look in a row, so that one
 * which all processes overslept together does no harm.
 */
enum wm__watchdog_verdict wm__watchdog_judge(struct wm__watchdog *watch,
    const struct wm__watchdog_facts *facts);

#endif
