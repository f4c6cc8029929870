/* SPDX-License-Identifier: MIT */
/* Listeners at run time: see opened.h. Accepting is net/listener.c's. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include <workerman/log.h>

#include "framework/net/listener.h"
#include "framework/net/listener_options.h"
#include "framework/net/preface.h"
#include "framework/worker/opened.h"
#include "framework/worker/run.h"
#include "framework/worker/service.h"

void
wm__opened_fini(struct wm__opened *opened)
{
	for (size_t i = 0; i < WM_LISTEN_MAX; i++)
		wm__service_free(&opened->all[i].service);
}

/* Whether a connection still has it; those that end in this turn, too. */
static bool
opened_is_used(const struct wm_proc *p, const struct wm__service *service)
{
	for (size_t i = 0; i < p->conns.size; i++)
		if (p->conns.slots[i] != NULL &&
		    p->conns.slots[i]->service == service)
			return true;
	return false;
}

/* A place that is free, or has become so; WM_LISTEN_MAX: there is none. */
static size_t
opened_place(struct wm_proc *p)
{
	struct wm__opened *opened = p->opened;
	size_t i;

	for (i = 0; i < WM_LISTEN_MAX; i++)
		if (opened->all[i].service == NULL)
			return i;
	for (i = 0; i < WM_LISTEN_MAX; i++)
		if (!opened->all[i].open &&
		    !opened_is_used(p, opened->all[i].service))
			break;
	if (i < WM_LISTEN_MAX)
		wm__service_free(&opened->all[i].service);
	return i;
}

/* The service for *url, which is bound to *fd_r. */
static int
opened_bind(struct wm_proc *p, const struct wm_listener *l,
    struct wm__service **service_r, int *fd_r, char *error, size_t error_size)
{
	struct wm__socket_options options;
	struct wm__service *service;
	const char *why = "";
	int failed;

	service = wm__service_of(p->opened->app, p, l, l->url, &why);
	if (service == NULL) {
		snprintf(error, error_size, "%s", why);
		return WM_E_INVALID;
	}
	failed =
	    wm__listener_options(l, &service->url, &options, error, error_size);
	service->url.options = &options;
	if (failed == 0)
		failed = wm__listen(&service->url, WM__BACKLOG, 1, fd_r, error,
		    error_size);
	service->url.options = NULL;
	if (failed < 0)
		wm__service_free(&service);
	*service_r = service;
	return failed;
}

int
wm_listen(struct wm_proc *p, const struct wm_listener *l)
{
	struct wm__opened *opened = p->opened;
	struct wm__service *service;
	char error[512] = "";
	size_t place;
	int fd, failed;

	if (opened == NULL || p->draining || p->handing)
		return WM_E_CLOSED;
	place = opened_place(p);
	if (place == WM_LISTEN_MAX)
		return WM_E_FULL;
	failed = opened_bind(p, l, &service, &fd, error, sizeof(error));
	if (failed < 0) {
		wm_log(WM_LOG_WARNING, "cannot listen on %s: %s", l->url,
		    error);
		return failed;
	}
	service->index = (unsigned)(WM__SERVICES_MAX + place);
	opened->all[place].service = service;
	failed = wm__listener_add_own(service, fd);
	opened->all[place].open = failed == 0;
	return failed < 0 ? failed : (int)service->index;
}

/* The place of an open listener; WM_LISTEN_MAX: there is no such. */
static size_t
opened_find(const struct wm_proc *p, int number)
{
	size_t i = (size_t)number - WM__SERVICES_MAX;

	return p->opened != NULL && number >= WM__SERVICES_MAX &&
		i < WM_LISTEN_MAX && p->opened->all[i].open ?
	    i :
	    WM_LISTEN_MAX;
}

int
wm_listen_close(struct wm_proc *p, int number)
{
	size_t i = opened_find(p, number);
	struct wm__service *service;

	if (i == WM_LISTEN_MAX)
		return WM_E_NOT_FOUND;
	service = p->opened->all[i].service;
	p->opened->all[i].open = false;
	wm__listener_return(service, 0);
	wm__preface_end(p, service);
	return 0;
}

char *
wm_listen_url(const struct wm_proc *p, int number, char *buf, size_t size)
{
	size_t i = opened_find(p, number);

	if (i == WM_LISTEN_MAX)
		snprintf(buf, size, "%s", "");
	else
		wm__url_format(&p->opened->all[i].service->url, buf, size);
	return buf;
}
