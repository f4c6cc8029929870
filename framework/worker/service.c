/* SPDX-License-Identifier: MIT */
/* Rows and services: see service.h. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "framework/net/limits.h"
#include "framework/net/protocols.h"
#include "framework/worker/service.h"

const struct wm_worker *
wm__row_find(const struct wm_app *app, const char *name)
{
	const struct wm_worker *row = app->workers;

	while (row->name != NULL && strcmp(row->name, name) != 0)
		row++;
	return row->name != NULL ? row : NULL;
}

const struct wm_listener *
wm__row_listener(const struct wm_worker *row, size_t i,
    struct wm_listener *shorthand)
{
	if (row->listen != NULL) {
		if (i == 0) {
			*shorthand = (struct wm_listener){ .url = row->listen };
			return shorthand;
		}
		i--;
	}
	for (size_t k = 0; row->listeners != NULL; k++) {
		if (row->listeners[k].url == NULL)
			break;
		if (k == i)
			return &row->listeners[k];
	}
	return NULL;
}

static void
service_set_handlers(struct wm__service *s, const struct wm_listener *l)
{
	const struct wm_worker *row = s->proc->row;

	if (l != NULL && l->handlers != NULL) {
		s->handlers = *l->handlers;
		return;
	}
	s->handlers = (struct wm_handlers){
		.on_connect = row->on_connect,
		.on_message = row->on_message,
		.on_close = row->on_close,
		.on_error = row->on_error,
		.on_buffer_full = row->on_buffer_full,
		.on_buffer_drain = row->on_buffer_drain,
	};
}

struct wm__service *
wm__service_of(const struct wm_app *app, struct wm_proc *p,
    const struct wm_listener *l, const char *url, const char **error_r)
{
	struct wm__service *s = calloc(1, sizeof(*s));

	*error_r = "out of memory";
	if (s == NULL)
		return NULL;
	s->proc = p;
	if (wm__url_parse(url, &s->url, error_r) < 0) {
		free(s);
		return NULL;
	}
	s->protocol = wm__protocol_find(app->protocols, s->url.protocol);
	if (s->protocol == NULL) {
		*error_r = "the listener's protocol is not known";
		free(s);
		return NULL;
	}
	if (s->url.transport == WM__UDP) {
		if (!(s->protocol->flags & WM_P_DATAGRAM)) {
			*error_r = "the protocol is not one for datagrams";
			free(s);
			return NULL;
		}
		s->in_flags = WM_IN_DATAGRAM;
	}
	s->limits = wm__limits_default;
	wm__limits_add(&s->limits, p->row->limits);
	wm__limits_add(&s->limits, l != NULL ? l->limits : NULL);
	s->options = l != NULL ? l->options : NULL;
	s->proxies = l != NULL ? l->proxies : NULL;
	service_set_handlers(s, l);
	return s;
}

struct wm__service *
wm__service_new(const struct wm_app *app, struct wm_proc *p, size_t i,
    const char *url, const char **error_r)
{
	struct wm_listener shorthand;
	const struct wm_listener *l = wm__row_listener(p->row, i, &shorthand);
	struct wm__service *s = wm__service_of(app, p, l, url, error_r);

	if (s != NULL)
		s->index = (unsigned)i;
	return s;
}

void
wm__service_free(struct wm__service **service)
{
	free(*service);
	*service = NULL;
}
