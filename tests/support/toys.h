/* SPDX-License-Identifier: MIT */
/*
 * Toy protocols. Each breaks the decoder contract in one way, or does one
 * thing that the core must cope with.
 */
#ifndef SUPPORT_TOYS_H
#define SUPPORT_TOYS_H

#include <workerman/protocol.h>

/* Break the contract at their first byte. */
extern const struct wm_protocol toy_idle;      /* WM_USED, used nothing */
extern const struct wm_protocol toy_empty;     /* WM_MESSAGE, used nothing */
extern const struct wm_protocol toy_forgetful; /* wants what it has */
extern const struct wm_protocol toy_overdrawn; /* used one byte too many */
extern const struct wm_protocol toy_inflating; /* raises the length */
extern const struct wm_protocol toy_nibbler;   /* uses a byte, wants more */
extern const struct wm_protocol toy_babbler;   /* an unknown answer */

/* Cost memory, if they could. */
extern const struct wm_protocol toy_mute;   /* WM_MORE for ever */
extern const struct wm_protocol toy_greedy; /* wants 2^63 bytes */

/* Byte n is the error -n. */
extern const struct wm_protocol toy_failing;

/* open refuses with WM_E_POLICY. */
extern const struct wm_protocol toy_refusing;

/*
 * Every byte is a message of one byte. Some do something first, in decode:
 *	c close, d destroy, p pause, s send "sent", w change to toy_counting
 */
extern const struct wm_protocol toy_acting;

/* Removes every '-' from the unread bytes, in place; '.' ends a message. */
extern const struct wm_protocol toy_squeezing;

/*
 * Messages end with '.'; at end of file the rest is one more, of which it
 * uses nothing. Counts its calls, in an unsigned at the start of its state.
 */
extern const struct wm_protocol toy_counting;

/*
 * Text lines. Its farewell says "bye WORD\n" and waits for the line "bye",
 * upon which it closes with WM_CLOSE_PEER. The line "slow" sets a deadline
 * of 3 s, which answers "late\n"; "hold" holds, "go" releases.
 */
extern const struct wm_protocol toy_polite;

/* Begins as text; the line "up" changes to toy_polite, others are "no\n". */
extern const struct wm_protocol toy_rising;

#endif
