/* SPDX-License-Identifier: MIT */
/*
 * The names of a program's functions, from the symbol table of its image.
 * Without libelf, or when the image is stripped or cannot be read, there are
 * none.
 */
#ifndef MASTER_SYMBOLS_H
#define MASTER_SYMBOLS_H

#include <stddef.h>
#include <stdint.h>

struct wm__image;
struct wm__symbols;

/* Opens the table; null when there is none. */
struct wm__symbols *wm__symbols_open(const struct wm__image *image);
void wm__symbols_close(struct wm__symbols **symbols);

/*
 * The function that an address of the file lies in; null when not known. The
 * name lives until the close.
 */
const char *wm__symbols_find(struct wm__symbols *symbols, uint64_t address);

#endif
