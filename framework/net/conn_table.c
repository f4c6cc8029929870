/* SPDX-License-Identifier: MIT */
/* The table of conn_table.h. Reads nothing of a connection but its id. */
#include "config.h"

#include <stdlib.h>

#include <workerman/conn.h>
#include <workerman/error.h>

#include "framework/net/conn_table.h"

#define TABLE_FIRST 64

/* Ids are consecutive numbers: spread them (Fibonacci hashing). */
static size_t
table_home(const struct wm__conn_table *t, uint64_t id)
{
	return (size_t)((id * UINT64_C(0x9e3779b97f4a7c15)) >> 20) &
	    (t->size - 1);
}

static size_t
table_slot(const struct wm__conn_table *t, uint64_t id)
{
	size_t i = table_home(t, id);

	while (t->slots[i] != NULL && wm_conn_id(t->slots[i]) != id)
		i = (i + 1) & (t->size - 1);
	return i;
}

static int
table_resize(struct wm__conn_table *t, size_t size)
{
	struct wm__conn_table old = *t;

	t->slots = calloc(size, sizeof(*t->slots));
	if (t->slots == NULL) {
		*t = old;
		return WM_E_NOMEM;
	}
	t->size = size;
	for (size_t i = 0; i < old.size; i++)
		if (old.slots[i] != NULL)
			t->slots[table_slot(t, wm_conn_id(old.slots[i]))] =
			    old.slots[i];
	free(old.slots);
	return 0;
}

int
wm__conn_table_add(struct wm__conn_table *t, struct wm_conn *c)
{
	if ((t->count + 1) * 3 > t->size * 2 &&
	    table_resize(t, t->size > 0 ? t->size * 2 : TABLE_FIRST) < 0)
		return WM_E_NOMEM;
	t->slots[table_slot(t, wm_conn_id(c))] = c;
	t->count++;
	return 0;
}

/* Closes the gap behind a removed entry, so that no tombstones are needed. */
static void
table_close_gap(struct wm__conn_table *t, size_t gap)
{
	size_t mask = t->size - 1;

	for (size_t i = (gap + 1) & mask; t->slots[i] != NULL;
	     i = (i + 1) & mask) {
		size_t home = table_home(t, wm_conn_id(t->slots[i]));

		if (((i - home) & mask) >= ((i - gap) & mask)) {
			t->slots[gap] = t->slots[i];
			t->slots[i] = NULL;
			gap = i;
		}
	}
}

void
wm__conn_table_remove(struct wm__conn_table *t, struct wm_conn *c)
{
	size_t i;

	if (t->size == 0)
		return;
	i = table_slot(t, wm_conn_id(c));
	if (t->slots[i] != c)
		return;
	t->slots[i] = NULL;
	t->count--;
	table_close_gap(t, i);
}

struct wm_conn *
wm__conn_table_find(const struct wm__conn_table *t, uint64_t id)
{
	return t->size > 0 ? t->slots[table_slot(t, id)] : NULL;
}

/* ---- a scan in pieces ---- */

/*
 * The cursor is a home, counted with its highest bit as the lowest one: when
 * the table has doubled, each home that was visited has become two that count
 * as visited, and each of the others two that do not. What moves between
 * slots keeps its home.
 */
static size_t
table_next_home(size_t home, size_t mask)
{
	size_t bit = (mask >> 1) + 1;

	while (bit != 0 && (home & bit) != 0) {
		home &= ~bit;
		bit >>= 1;
	}
	return home | bit;
}

/* All with that home. Returns how many slots it looked at. */
static size_t
table_visit(const struct wm__conn_table *t, size_t home,
    void (*fn)(struct wm_conn *, void *), void *arg)
{
	size_t looked = 1;

	for (size_t i = home; t->slots[i] != NULL;
	     i = (i + 1) & (t->size - 1)) {
		if (table_home(t, wm_conn_id(t->slots[i])) == home)
			fn(t->slots[i], arg);
		looked++;
	}
	return looked;
}

void
wm__conn_table_scan(const struct wm__conn_table *t, size_t *cursor, size_t n,
    void (*fn)(struct wm_conn *, void *), void *arg)
{
	if (t->size == 0)
		return;
	for (size_t looked = 0; looked < n;) {
		looked += table_visit(t, *cursor, fn, arg);
		*cursor = table_next_home(*cursor, t->size - 1);
		if (*cursor == 0)
			break;
	}
}

void
wm__conn_table_fini(struct wm__conn_table *t)
{
	free(t->slots);
	*t = (struct wm__conn_table){ NULL, 0, 0 };
}
