/* SPDX-License-Identifier: MIT */
/*
 * The terminal behind standard output: what it can show, and for `status -w`
 * a screen of its own with single keys.
 */
#ifndef CLI_TERMINAL_H
#define CLI_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

#define WM__TERMINAL_WIDTH  80 /* where it does not tell */
#define WM__TERMINAL_HEIGHT 24

/* Whether standard output is a terminal; whether it may be coloured, too
   (NO_COLOR is unset or empty, TERM is not dumb). */
bool wm__terminal_is(void);
bool wm__terminal_colour(void);

/* Columns and lines; 0, 0 when standard output is no terminal. */
void wm__terminal_size(size_t *width_r, size_t *height_r);

/*
 * Takes the screen: what was on it comes back with wm__terminal_give(). Keys
 * come singly and unseen, when standard input is a terminal, too. A signal
 * that ends the process gives the screen back first; one that stops it does
 * so until it goes on. There is only one.
 */
void wm__terminal_take(void);
void wm__terminal_give(void);

/*
 * A key within `ms`: its character; 0 when time has passed or the screen has
 * changed; -1 when no key will ever come (once; then only time passes).
 */
int wm__terminal_key(int ms);

#endif
