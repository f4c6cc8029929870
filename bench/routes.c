/* SPDX-License-Identifier: MIT */
/*
 * Routes: open addressing, at most half full.
 */
#include <stdlib.h>
#include <string.h>

#include "routes.h"

static struct route {
	char *path; /* null: free */
	size_t len;
	enum wm_http_method method;
	route_fn *fn;
} * slots;

static size_t n_routes, n_slots;

/* FNV-1a. */
static uint32_t
hash(enum wm_http_method method, const char *path, size_t len)
{
	uint32_t h = 2166136261u ^ (uint32_t)method;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)path[i]) * 16777619u;
	return h;
}

/* The route, or the free slot where it belongs. */
static struct route *
find(enum wm_http_method method, const char *path, size_t len)
{
	size_t i = hash(method, path, len) & (n_slots - 1);

	while (slots[i].path != NULL &&
	    (slots[i].len != len || slots[i].method != method ||
		memcmp(slots[i].path, path, len) != 0))
		i = (i + 1) & (n_slots - 1);
	return &slots[i];
}

static int
grow(void)
{
	struct route *old = slots;
	size_t n = n_slots;
	struct route *larger = calloc(n > 0 ? 2 * n : 16, sizeof(*larger));

	if (larger == NULL)
		return -1;
	slots = larger;
	n_slots = n > 0 ? 2 * n : 16;
	for (size_t i = 0; i < n; i++)
		if (old[i].path != NULL)
			*find(old[i].method, old[i].path, old[i].len) = old[i];
	free(old);
	return 0;
}

int
routes_add(enum wm_http_method method, const char *path, route_fn *fn)
{
	size_t len = strlen(path);
	struct route *r;

	if (2 * (n_routes + 1) > n_slots && grow() < 0)
		return -1;
	r = find(method, path, len);
	if (r->path == NULL) {
		r->path = strdup(path);
		n_routes++;
	}
	r->len = len;
	r->method = method;
	r->fn = fn;
	return r->path != NULL ? 0 : -1;
}

route_fn *
routes_find(enum wm_http_method method, struct wm_span path)
{
	const struct route *r =
	    n_slots > 0 ? find(method, path.data, path.len) : NULL;

	return r != NULL && r->path != NULL ? r->fn : NULL;
}

void
routes_free(void)
{
	for (size_t i = 0; i < n_slots; i++)
		free(slots[i].path);
	free(slots);
	slots = NULL;
	n_routes = n_slots = 0;
}
