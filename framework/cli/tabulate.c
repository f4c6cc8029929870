/* SPDX-License-Identifier: MIT */
/*
 * Validation of what a program says about itself. All that can be known
 * without opening a socket is judged here, so that the error comes before
 * anything has happened.
 */
#include "config.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <workerman/app.h>
#include <workerman/error.h>

#include "framework/base/process.h"
#include "framework/cli/options.h"
#include "framework/cli/tabulate.h"
#include "framework/ipc/table.h"
#include "framework/net/address.h"
#include "framework/net/listener_options.h"
#include "framework/net/protocols.h"

struct tabulation {
	const struct wm_app *app;
	const struct wm__options *options;
	struct wm__table *table;
	char *error;
	size_t error_size;
};

static int tabulate_error(struct tabulation *t, const char *fmt, ...)
    WM_PRINTF(2, 3);

static int
tabulate_error(struct tabulation *t, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(t->error, t->error_size, fmt, args);
	va_end(args);
	return WM_E_INVALID;
}

static int
tabulate_copy(struct tabulation *t, char **to, const char *from)
{
	*to = from != NULL ? strdup(from) : NULL;
	if (from == NULL || *to != NULL)
		return 0;
	tabulate_error(t, "out of memory");
	return WM_E_NOMEM;
}

/* ---- listeners ---- */

/* What a row's listener `i` is after --listen; null when it has no such. */
static const char *
tabulate_url(const struct tabulation *t, const struct wm_worker *w, size_t i)
{
	const struct wm__options *o = t->options;
	const char *url = NULL;

	if (w->listeners != NULL)
		url = w->listeners[i].url;
	else if (i == 0)
		url = w->listen;
	for (size_t k = 0; url != NULL && k < o->n_listen; k++)
		if (o->listen[k].index == i &&
		    strcmp(o->listen[k].name, w->name) == 0)
			url = o->listen[k].value;
	return url;
}

static size_t
tabulate_count_listeners(const struct wm_worker *w)
{
	size_t n = 0;

	if (w->listeners == NULL)
		return w->listen != NULL ? 1 : 0;
	while (n <= WM__LISTENERS_MAX && w->listeners[n].url != NULL)
		n++;
	return n;
}

/* A socket in the run directory, ./NAME, gets its whole path. */
static const char *
tabulate_place(const char *text, char *buf, size_t size)
{
	const char *sep = strstr(text, "://"), *dir = wm_run_dir();

	if (sep == NULL || dir == NULL || strncmp(sep + 3, "./", 2) != 0)
		return text;
	snprintf(buf, size, "%.*s%s%s", (int)(sep + 3 - text), text, dir,
	    sep + 4);
	return buf;
}

/* Those of listener `i`; all defaults of a row that has but a URL. */
static int
tabulate_sockets(struct tabulation *t, const struct wm_worker *w, size_t i,
    const struct wm__url *url, struct wm__socket_options *options_r)
{
	char why[160];

	if (w->listeners == NULL ||
	    wm__listener_options(&w->listeners[i], url, options_r, why,
		sizeof(why)) == 0)
		return 0;
	return tabulate_error(t, "worker %s: %s: %s", w->name,
	    tabulate_url(t, w, i), why);
}

/* Listener `i` of a row. */
static int
tabulate_listener(struct tabulation *t, const struct wm_worker *w, size_t i,
    struct wm__row *row)
{
	const char *text = tabulate_url(t, w, i);
	char place[PATH_MAX + WM__URL_MAX];
	const struct wm_protocol *protocol;
	struct wm__url url;
	const char *why;
	char canonical[WM__URL_MAX + 32];

	text = tabulate_place(text, place, sizeof(place));
	if (wm__url_parse(text, &url, &why) < 0)
		return tabulate_error(t, "worker %s: %s: %s", w->name, text,
		    why);
	protocol = wm__protocol_find(t->app->protocols, url.protocol);
	if (protocol == NULL)
		return tabulate_error(t, "worker %s: %s: no such protocol: %s",
		    w->name, text, url.protocol);
	if (url.transport == WM__UDP && !(protocol->flags & WM_P_DATAGRAM))
		return tabulate_error(t,
		    "worker %s: %s: the protocol %s is not one for datagrams",
		    w->name, text, url.protocol);
	if (tabulate_sockets(t, w, i, &url, &row->sockets[i]) < 0)
		return WM_E_INVALID;
	return tabulate_copy(t, &row->urls[i],
	    wm__url_format(&url, canonical, sizeof(canonical)));
}

static int
tabulate_listeners(struct tabulation *t, const struct wm_worker *w,
    struct wm__row *row)
{
	size_t n = tabulate_count_listeners(w);

	if (w->listen != NULL && w->listeners != NULL)
		return tabulate_error(t,
		    "worker %s has both .listen and .listeners", w->name);
	if (n > WM__LISTENERS_MAX)
		return tabulate_error(t, "worker %s has over %d listeners",
		    w->name, WM__LISTENERS_MAX);
	if (n == 0)
		return 0;
	row->urls = calloc(n, sizeof(*row->urls));
	row->sockets = calloc(n, sizeof(*row->sockets));
	if (row->urls == NULL || row->sockets == NULL)
		return tabulate_error(t, "out of memory");
	for (size_t i = 0; i < n; i++) {
		int failed = tabulate_listener(t, w, i, row);

		if (failed < 0)
			return failed;
		row->n_urls++;
	}
	return 0;
}

/* ---- rows ---- */

static int
tabulate_count(struct tabulation *t, const struct wm_worker *w,
    struct wm__row *row)
{
	unsigned long n = w->count > 0 ? w->count : 1;

	for (size_t i = 0; i < t->options->n_count; i++) {
		const struct wm__override *o = &t->options->count[i];
		char *end;

		if (strcmp(o->name, w->name) != 0)
			continue;
		n = strtoul(o->value, &end, 10);
		if (*o->value < '0' || *o->value > '9' || *end != '\0')
			return tabulate_error(t,
			    "worker %s: not a number: --count %s=%s", w->name,
			    w->name, o->value);
	}
	if (n < 1 || n > WM__COUNT_MAX)
		return tabulate_error(t,
		    "worker %s: count must be 1 to %d, not %lu", w->name,
		    WM__COUNT_MAX, n);
	row->count = (uint32_t)n;
	return 0;
}

/* What concerns the life of its processes. */
static int
tabulate_life(struct tabulation *t, const struct wm_worker *w,
    struct wm__row *row)
{
	if ((unsigned)w->reloadable > WM_NOT_RELOADABLE ||
	    (unsigned)w->takeover > WM_EXCLUSIVE)
		return tabulate_error(t,
		    "worker %s: reloadable or takeover is none of its values",
		    w->name);
	if (w->cpus != NULL && wm__process_check_cpus(w->cpus) < 0)
		return tabulate_error(t,
		    "worker %s: cpus \"%.80s\" is no list like 0-3,8", w->name,
		    w->cpus);
	if (w->watchdog > WM__WATCHDOG_MAX)
		return tabulate_error(t,
		    "worker %s: watchdog must be 0 to %d seconds, not %u",
		    w->name, WM__WATCHDOG_MAX, w->watchdog);
	if (w->cpus != NULL && strlen(w->cpus) > WM__CPUS_MAX)
		return tabulate_error(t,
		    "worker %s: cpus is longer than %d bytes", w->name,
		    WM__CPUS_MAX);
#define TABULATE_NUMBER(name) row->name = (uint64_t)w->name;
	WM__ROW_NUMBERS(TABULATE_NUMBER)
#undef TABULATE_NUMBER
	row->events = w->on_event != NULL;
	return w->cpus != NULL ? tabulate_copy(t, &row->cpus, w->cpus) : 0;
}

static int
tabulate_row(struct tabulation *t, const struct wm_worker *w)
{
	struct wm__row *row = &t->table->rows[t->table->n_rows];
	int failed;

	if (!wm__name_valid(w->name))
		return tabulate_error(t,
		    "worker \"%.80s\": a name has 1 to %d letters, digits, "
		    "'-' or '_'",
		    w->name, WM__NAME_MAX);
	for (size_t i = 0; i < t->table->n_rows; i++)
		if (strcmp(t->table->rows[i].name, w->name) == 0)
			return tabulate_error(t, "two workers have the name %s",
			    w->name);
	t->table->n_rows++;
	if ((failed = tabulate_copy(t, &row->name, w->name)) < 0 ||
	    (failed = tabulate_copy(t, &row->user, w->user)) < 0 ||
	    (failed = tabulate_copy(t, &row->group, w->group)) < 0 ||
	    (failed = tabulate_count(t, w, row)) < 0 ||
	    (failed = tabulate_life(t, w, row)) < 0)
		return failed;
	return tabulate_listeners(t, w, row);
}

/* ---- what concerns several rows ---- */

static bool
tabulate_has_port(const char *url)
{
	size_t len = strlen(url);

	return len < 2 || strcmp(url + len - 2, ":0") != 0;
}

/* The same address, whatever the protocol. */
static bool
tabulate_same(const char *a, const char *b)
{
	char at[WM__URL_MAX + 32], bt[WM__URL_MAX + 32];

	return strcmp(wm__url_place(a, at, sizeof(at)),
		   wm__url_place(b, bt, sizeof(bt))) == 0 &&
	    tabulate_has_port(a);
}

/* Whether another listener has the address of row `r`'s listener `u`. */
static int
tabulate_unique(struct tabulation *t, size_t r, size_t u)
{
	const struct wm__row *row = &t->table->rows[r];

	for (size_t i = 0; i <= r; i++) {
		const struct wm__row *other = &t->table->rows[i];
		size_t n = i == r ? u : other->n_urls;

		for (size_t k = 0; k < n; k++)
			if (tabulate_same(row->urls[u], other->urls[k]))
				return tabulate_error(t,
				    "workers %s and %s both listen on %s",
				    other->name, row->name,
				    strstr(row->urls[u], "://") + 3);
	}
	return 0;
}

/* Every override must have met its row. */
static int
tabulate_check_override(struct tabulation *t, const struct wm__override *o,
    const char *option, bool listener)
{
	const struct wm_worker *w = wm__tabulate_find(t->app, o->name);

	if (w == NULL)
		return tabulate_error(t, "%s: there is no worker %s", option,
		    o->name);
	if (listener && o->index >= tabulate_count_listeners(w))
		return tabulate_error(t, "%s: worker %s has no listener %u",
		    option, o->name, o->index);
	return 0;
}

static int
tabulate_check_options(struct tabulation *t)
{
	const struct wm__options *o = t->options;
	int failed = 0;

	for (size_t i = 0; i < o->n_listen && failed == 0; i++)
		failed =
		    tabulate_check_override(t, &o->listen[i], "--listen", true);
	for (size_t i = 0; i < o->n_count && failed == 0; i++)
		failed =
		    tabulate_check_override(t, &o->count[i], "--count", false);
	return failed;
}

static int
tabulate_all(struct tabulation *t)
{
	const struct wm_app *app = t->app;
	size_t n = 0;
	int failed;

	while (app->workers != NULL && app->workers[n].name != NULL)
		n++;
	if (n == 0 || n > WM__ROWS_MAX)
		return tabulate_error(t,
		    "the program has %zu workers, 1 to %d are possible", n,
		    WM__ROWS_MAX);
	t->table->rows = calloc(n, sizeof(*t->table->rows));
	if (t->table->rows == NULL)
		return tabulate_error(t, "out of memory");
	if ((failed = tabulate_copy(t, &t->table->name, app->name)) < 0 ||
	    (failed = tabulate_copy(t, &t->table->version,
		 app->version != NULL ? app->version : "")) < 0)
		return failed;
	failed = tabulate_check_options(t);
	for (size_t i = 0; i < n && failed == 0; i++)
		failed = tabulate_row(t, &app->workers[i]);
	for (size_t i = 0; failed == 0 && i < t->table->n_rows; i++)
		for (size_t k = 0; failed == 0 && k < t->table->rows[i].n_urls;
		     k++)
			failed = tabulate_unique(t, i, k);
	return failed;
}

int
wm__tabulate(const struct wm_app *app, const struct wm__options *options,
    struct wm__table **table_r, char *error, size_t error_size)
{
	struct tabulation t = { .app = app,
		.options = options,
		.error = error,
		.error_size = error_size };
	int failed;

	t.table = calloc(1, sizeof(*t.table));
	if (t.table == NULL) {
		tabulate_error(&t, "out of memory");
		return WM_E_NOMEM;
	}
	failed = tabulate_all(&t);
	if (failed < 0)
		wm__table_free(&t.table);
	*table_r = t.table;
	return failed;
}

const struct wm_worker *
wm__tabulate_find(const struct wm_app *app, const char *name)
{
	const struct wm_worker *w = app->workers;

	for (; w != NULL && w->name != NULL; w++)
		if (strcmp(w->name, name) == 0)
			return w;
	return NULL;
}
