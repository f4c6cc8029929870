/* SPDX-License-Identifier: MIT */
/*
 * Paths that a message does not take as a rule are kept out of the code that
 * every message runs through: the compiler lays them aside, and the common
 * path saves no registers for their sake.
 */
#ifndef BASE_HOT_H
#define BASE_HOT_H

#define WM__COLD __attribute__((cold, noinline))

#endif
