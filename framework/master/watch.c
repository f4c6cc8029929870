/* SPDX-License-Identifier: MIT */
/*
 * See watch.h. The system's events only make it look at once: it looks every
 * second anyway, because a folder may be replaced together with the file.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "framework/base/fd.h"
#include "framework/base/filewatch.h"
#include "framework/master/image.h"
#include "framework/master/watch.h"
#include "framework/net/loop.h"

struct wm__watch {
	struct wm__loop *loop;
	char *path;
	void (*changed)(void *);
	void *arg;
	struct wm__timer *timer;
	int fd;
	struct wm__io *io;
	struct wm__fileid known; /* what was told, or runs */
	struct wm__fileid seen;  /* what lay there at the last look */
};

static void watch_on_event(int fd, unsigned what, void *arg);

static void
watch_close(struct wm__watch *w)
{
	wm__io_free(&w->io);
	wm__fd_close(&w->fd);
}

/* Watches the folders as they are now: a link may lead elsewhere. */
static void
watch_open(struct wm__watch *w)
{
	watch_close(w);
	w->fd = wm__filewatch_open(w->path);
	if (w->fd >= 0)
		w->io = wm__io_new(w->loop, w->fd, watch_on_event, w);
	if (w->io == NULL || wm__io_watch(w->io, WM__READ) < 0)
		watch_close(w);
}

static void
watch_on_event(int fd, unsigned what, void *arg)
{
	struct wm__watch *w = arg;

	(void)what;
	wm__filewatch_read(fd);
	wm__timer_start(w->timer, WM__WATCH_REST_MS);
}

/* What is new and was the same at two looks has come to rest. */
static void
watch_look(void *arg)
{
	struct wm__watch *w = arg;
	struct wm__fileid id;
	unsigned next = WM__WATCH_LOOK_MS;

	if (wm__fileid_of(w->path, &id) && !wm__fileid_same(&id, &w->known)) {
		if (wm__fileid_same(&id, &w->seen)) {
			w->known = id;
			watch_open(w);
			w->changed(w->arg);
		} else {
			next = WM__WATCH_REST_MS;
		}
		w->seen = id;
	}
	wm__timer_start(w->timer, next);
}

struct wm__watch *
wm__watch_new(struct wm__loop *loop, const struct wm__image *image,
    void (*changed)(void *arg), void *arg)
{
	struct wm__watch *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return NULL;
	w->loop = loop;
	w->fd = -1;
	w->changed = changed;
	w->arg = arg;
	w->path = strdup(image->path);
	w->timer = wm__timer_new(loop, watch_look, w);
	if (w->path == NULL || w->timer == NULL) {
		wm__watch_free(&w);
		return NULL;
	}
	if (!wm__fileid_of_fd(image->fd, &w->known))
		wm__fileid_of(image->path, &w->known);
	w->seen = w->known;
	watch_open(w);
	wm__timer_start(w->timer, WM__WATCH_LOOK_MS);
	return w;
}

void
wm__watch_free(struct wm__watch **watch)
{
	struct wm__watch *w = *watch;

	*watch = NULL;
	if (w == NULL)
		return;
	watch_close(w);
	wm__timer_free(&w->timer);
	free(w->path);
	free(w);
}
