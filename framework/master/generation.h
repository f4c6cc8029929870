/* SPDX-License-Identifier: MIT */
/*
 * A generation: one program image with the table that it described, and what
 * the master made of that table - users looked up, addresses bound. Shared by
 * the slots and processes that run it; gone with the last of them.
 */
#ifndef MASTER_GENERATION_H
#define MASTER_GENERATION_H

#include <stddef.h>
#include <stdint.h>

#include "framework/master/image.h"
#include "framework/master/sockets.h"

struct wm__identity;
struct wm__row;
struct wm__table;

struct wm__generation {
	unsigned refs;
	uint32_t number; /* 1 after start */
	struct wm__image image;
	struct wm__table *table;
	struct wm__identity *identities; /* one per row */
	struct wm__address ***bound;     /* [row][listener]; null: given up */
};

/*
 * Takes image and table (also on failure) and looks up the users. Returns 0,
 * or a negative enum wm_error and one line in error.
 */
int wm__generation_new(struct wm__image *image, struct wm__table *table,
    struct wm__generation **generation_r, char *error, size_t error_size);
struct wm__generation *wm__generation_ref(struct wm__generation *generation);
void wm__generation_unref(struct wm__generation **generation);

/*
 * Binds what its table listens to and nobody bound before. Returns 0, or a
 * negative enum wm_error and one line in error that names worker and address;
 * nothing new is bound then.
 */
int wm__generation_bind(struct wm__generation *generation,
    struct wm__sockets *sockets, char *error, size_t error_size);

/* Its addresses get the options that its table says, those that were bound
   before, too. */
void wm__generation_adopt(const struct wm__generation *generation);

/* Gives the addresses of one row up. */
void wm__generation_release(struct wm__generation *generation, size_t row);

/* Likewise those that no other generation has. Returns how many. */
size_t wm__generation_abandon(struct wm__generation *generation, size_t row);

/* The row of that name, and its index; null when there is none. */
const struct wm__row *
wm__generation_row(const struct wm__generation *generation, const char *name,
    size_t *index_r);

/* The listener of a row that is at the address; -1 when none is. */
int wm__generation_listener(const struct wm__generation *generation, size_t row,
    const struct wm__address *address);

#endif
