/* SPDX-License-Identifier: MIT */
/*
 * Connections by id: open addressing with linear probing, a power of two of
 * slots, at most two thirds full. Sixteen bytes or so per connection, where
 * a chained table would cost a quarter of the connection itself.
 */
#ifndef NET_CONN_TABLE_H
#define NET_CONN_TABLE_H

#include <stddef.h>
#include <stdint.h>

struct wm_conn;

struct wm__conn_table {
	struct wm_conn **slots;
	size_t size;  /* slots; 0 or a power of two */
	size_t count; /* connections */
};

/* Returns 0 or WM_E_NOMEM. The id must not be in the table. */
int wm__conn_table_add(struct wm__conn_table *t, struct wm_conn *c);
void wm__conn_table_remove(struct wm__conn_table *t, struct wm_conn *c);
struct wm_conn *wm__conn_table_find(const struct wm__conn_table *t,
    uint64_t id);

/*
 * Calls fn for the next few connections, about `n`, in no special order, from
 * *cursor (0: the first) on; the cursor is then 0 again behind the last. Who
 * is in the table from the first call to the last one is met exactly once,
 * whoever comes, goes, or makes the table grow meanwhile. fn changes nothing.
 */
void wm__conn_table_scan(const struct wm__conn_table *t, size_t *cursor,
    size_t n, void (*fn)(struct wm_conn *, void *), void *arg);

void wm__conn_table_fini(struct wm__conn_table *t);

#endif
