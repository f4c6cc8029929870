/* SPDX-License-Identifier: MIT */
/* Generations: see generation.h. Which one counts is transaction.c's. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <workerman/error.h>
#include <workerman/log.h>

#include "framework/ipc/table.h"
#include "framework/master/generation.h"
#include "framework/master/identity.h"

static void
generation_free(struct wm__generation *g)
{
	size_t n = g->table != NULL ? g->table->n_rows : 0;

	for (size_t i = 0; i < n; i++) {
		wm__generation_release(g, i);
		if (g->bound != NULL)
			free(g->bound[i]);
		if (g->identities != NULL)
			wm__identity_fini(&g->identities[i]);
	}
	free(g->bound);
	free(g->identities);
	wm__table_free(&g->table);
	wm__image_fini(&g->image);
	free(g);
}

/* The users of the table's rows. */
static int
generation_identify(struct wm__generation *g, char *error, size_t error_size)
{
	char why[256];

	for (size_t i = 0; i < g->table->n_rows; i++) {
		const struct wm__row *row = &g->table->rows[i];
		int failed = wm__identity_init(&g->identities[i], row->user,
		    row->group, why, sizeof(why));

		if (failed == 0)
			continue;
		snprintf(error, error_size, "worker %s: %s", row->name, why);
		return failed;
	}
	return 0;
}

/* Room for the addresses of every row. */
static int
generation_room(struct wm__generation *g)
{
	size_t n = g->table->n_rows;

	g->identities = calloc(n, sizeof(*g->identities));
	g->bound = calloc(n, sizeof(*g->bound));
	if (g->identities == NULL || g->bound == NULL)
		return WM_E_NOMEM;
	for (size_t i = 0; i < n; i++) {
		g->bound[i] =
		    calloc(g->table->rows[i].n_urls + 1, sizeof(**g->bound));
		if (g->bound[i] == NULL)
			return WM_E_NOMEM;
	}
	return 0;
}

int
wm__generation_new(struct wm__image *image, struct wm__table *table,
    struct wm__generation **generation_r, char *error, size_t error_size)
{
	struct wm__generation *g = calloc(1, sizeof(*g));
	int failed = WM_E_NOMEM;

	if (g == NULL) {
		wm__image_fini(image);
		wm__table_free(&table);
		snprintf(error, error_size, "out of memory");
		return failed;
	}
	g->refs = 1;
	g->image = *image;
	image->fd = -1;
	g->table = table;
	snprintf(error, error_size, "out of memory");
	failed = generation_room(g);
	if (failed == 0)
		failed = generation_identify(g, error, error_size);
	if (failed == 0)
		*generation_r = g;
	else
		generation_free(g);
	return failed;
}

struct wm__generation *
wm__generation_ref(struct wm__generation *generation)
{
	generation->refs++;
	return generation;
}

void
wm__generation_unref(struct wm__generation **generation)
{
	struct wm__generation *g = *generation;

	*generation = NULL;
	if (g != NULL && --g->refs == 0)
		generation_free(g);
}

int
wm__generation_bind(struct wm__generation *g, struct wm__sockets *sockets,
    char *error, size_t error_size)
{
	char why[512];
	int failed = 0;

	for (size_t i = 0; i < g->table->n_rows && failed == 0; i++) {
		const struct wm__row *row = &g->table->rows[i];

		for (size_t k = 0; k < row->n_urls && failed == 0; k++) {
			const struct wm__sockets_want want = { row->name, k,
				row->urls[k], row->count,
				row->sockets != NULL ? &row->sockets[k] :
						       NULL };

			failed = wm__sockets_get(sockets, &want,
			    &g->bound[i][k], why, sizeof(why));
		}
		if (failed < 0)
			snprintf(error, error_size, "worker %s: %s", row->name,
			    why);
	}
	for (size_t i = 0; failed < 0 && i < g->table->n_rows; i++)
		wm__generation_release(g, i);
	return failed;
}

void
wm__generation_adopt(const struct wm__generation *g)
{
	const char *stays;

	for (size_t i = 0; i < g->table->n_rows; i++) {
		const struct wm__row *row = &g->table->rows[i];

		for (size_t k = 0; row->sockets != NULL && k < row->n_urls;
		     k++) {
			stays = g->bound[i][k] != NULL ?
			    wm__address_change(g->bound[i][k],
				&row->sockets[k]) :
			    NULL;
			if (stays != NULL)
				wm_log(WM_LOG_WARNING,
				    "worker %s: %s: %s until a restart",
				    row->name, row->urls[k], stays);
		}
	}
}

void
wm__generation_release(struct wm__generation *g, size_t row)
{
	if (g->bound == NULL || g->bound[row] == NULL)
		return;
	for (size_t k = 0; k < g->table->rows[row].n_urls; k++)
		wm__sockets_put(&g->bound[row][k]);
}

size_t
wm__generation_abandon(struct wm__generation *g, size_t row)
{
	size_t n = 0;

	for (size_t k = 0; k < g->table->rows[row].n_urls; k++)
		if (g->bound[row][k] != NULL && g->bound[row][k]->refs == 1) {
			wm__sockets_put(&g->bound[row][k]);
			n++;
		}
	return n;
}

const struct wm__row *
wm__generation_row(const struct wm__generation *g, const char *name,
    size_t *index_r)
{
	for (size_t i = 0; i < g->table->n_rows; i++)
		if (strcmp(g->table->rows[i].name, name) == 0) {
			*index_r = i;
			return &g->table->rows[i];
		}
	return NULL;
}

int
wm__generation_listener(const struct wm__generation *g, size_t row,
    const struct wm__address *address)
{
	for (size_t k = 0; k < g->table->rows[row].n_urls; k++)
		if (g->bound[row][k] == address)
			return (int)k;
	return -1;
}
