/* SPDX-License-Identifier: MIT */
/* The sockets of sockets.h; how one is bound is net/listen.c's. */
#include "config.h"

#include <sys/un.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <workerman/error.h>

#include "framework/base/fd.h"
#include "framework/ipc/table.h"
#include "framework/master/sockets.h"

#define SOCKETS_BACKLOG 4096

static int
sockets_bind(struct wm__bound *bound, const char *text, char *error,
    size_t error_size)
{
	const char *why;
	int failed = wm__url_parse(text, &bound->url, &why);

	if (failed < 0) {
		snprintf(error, error_size, "%s: %s", text, why);
		return failed;
	}
	bound->fds = calloc(bound->n, sizeof(*bound->fds));
	if (bound->fds == NULL) {
		snprintf(error, error_size, "%s: out of memory", text);
		return WM_E_NOMEM;
	}
	failed = wm__listen(&bound->url, SOCKETS_BACKLOG, bound->n, bound->fds,
	    error, error_size);
	if (failed < 0) {
		free(bound->fds);
		bound->fds = NULL;
		return failed;
	}
	wm__url_format(&bound->url, bound->text, sizeof(bound->text));
	return 0;
}

/* Binds what a row listens to. */
static int
sockets_bind_row(struct wm__sockets *sockets, const struct wm__row *row,
    uint32_t index, char *error, size_t error_size)
{
	char why[512];

	for (size_t i = 0; i < row->n_urls; i++) {
		struct wm__bound *bound = &sockets->all[sockets->n];
		int failed;

		bound->row = index;
		bound->listener = (uint32_t)i;
		bound->n = row->count;
		failed = sockets_bind(bound, row->urls[i], why, sizeof(why));
		if (failed < 0) {
			snprintf(error, error_size, "worker %s: %s", row->name,
			    why);
			return failed;
		}
		sockets->n++;
	}
	return 0;
}

int
wm__sockets_init(struct wm__sockets *sockets, const struct wm__table *table,
    char *error, size_t error_size)
{
	size_t n = 0;
	int failed = 0;

	*sockets = (struct wm__sockets){ 0 };
	for (size_t i = 0; i < table->n_rows; i++)
		n += table->rows[i].n_urls;
	if (n == 0)
		return 0;
	sockets->all = calloc(n, sizeof(*sockets->all));
	if (sockets->all == NULL) {
		snprintf(error, error_size, "out of memory");
		return WM_E_NOMEM;
	}
	for (size_t i = 0; i < table->n_rows && failed == 0; i++)
		failed = sockets_bind_row(sockets, &table->rows[i], (uint32_t)i,
		    error, error_size);
	if (failed < 0)
		wm__sockets_fini(sockets);
	return failed;
}

static void
bound_fini(struct wm__bound *bound)
{
	const struct sockaddr_un *un =
	    (const struct sockaddr_un *)&bound->url.address;

	if (bound->url.transport == WM__UNIX)
		unlink(un->sun_path);
	for (uint32_t i = 0; i < bound->n; i++)
		wm__fd_close(&bound->fds[i]);
	free(bound->fds);
}

void
wm__sockets_fini(struct wm__sockets *sockets)
{
	for (size_t i = 0; i < sockets->n; i++)
		bound_fini(&sockets->all[i]);
	free(sockets->all);
	*sockets = (struct wm__sockets){ 0 };
}

const struct wm__bound *
wm__sockets_find(const struct wm__sockets *sockets, uint32_t row,
    uint32_t listener)
{
	for (size_t i = 0; i < sockets->n; i++)
		if (sockets->all[i].row == row &&
		    sockets->all[i].listener == listener)
			return &sockets->all[i];
	return NULL;
}

bool
wm__bound_is_shared(const struct wm__bound *bound)
{
	return bound->url.transport == WM__UNIX;
}
