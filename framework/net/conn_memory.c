/* SPDX-License-Identifier: MIT */
/*
 * The memory of a connection: one piece that holds the state of its service's
 * protocol, the struct, and the application's data. The state is in front:
 * so nothing is lost to alignment when there is no data, as a rule.
 */
#include "config.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "framework/net/conn.h"
#include "framework/net/limits.h"

/* Rounds up to what any object may be aligned to. */
static size_t
memory_align(size_t size)
{
	size_t most = _Alignof(max_align_t);

	return (size + most - 1) / most * most;
}

/* Bytes in front of the struct. */
static size_t
memory_room(const struct wm__service *service)
{
	return memory_align(service->protocol->state_size);
}

struct wm_conn *
wm__conn_alloc(struct wm__service *service)
{
	size_t data = service->proc->row->conn_data_size;
	size_t room = memory_room(service), size = sizeof(struct wm_conn);
	struct wm_conn *c;
	char *bytes;

	if (data > 0)
		size = memory_align(size) + data;
	bytes = calloc(1, room + size);
	if (bytes == NULL)
		return NULL;
	c = (struct wm_conn *)(void *)(bytes + room);
	c->service = service;
	return c;
}

void
wm__conn_release(struct wm_conn *c)
{
	char *bytes = (char *)c - memory_room(c->service);

	wm__conn_drop_limits(c);
	free(bytes);
}

void *
wm_conn_data(struct wm_conn *c)
{
	return c->service->proc->row->conn_data_size > 0 ?
	    (char *)c + memory_align(sizeof(*c)) :
	    NULL;
}

/* Another protocol than the service's may need more than there is room. */
static bool
memory_fits(const struct wm_conn *c, const struct wm_protocol *protocol)
{
	return protocol->state_size <= memory_room(c->service);
}

void *
wm__conn_state_new(struct wm_conn *c, const struct wm_protocol *protocol)
{
	char *room = (char *)c - memory_room(c->service);

	if (memory_fits(c, protocol))
		return memset(room, 0, protocol->state_size);
	return calloc(1, protocol->state_size);
}

void
wm__conn_state_free(struct wm_conn *c)
{
	if (!memory_fits(c, c->protocol))
		free(c->state);
	c->state = NULL;
}
