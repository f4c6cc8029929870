/* SPDX-License-Identifier: MIT */
/*
 * wm_metrics(): any number of callers wait for one answer. Where the text
 * comes from is known to whoever set `ask`.
 */
#include "config.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <stdlib.h>
#include <string.h>

#include <workerman/error.h>

#include "framework/net/proc.h"
#include "framework/worker/metrics.h"

#define METRICS_MOST (64u << 20) /* bytes; whatever is longer is none */

struct wm__metrics {
	int (*ask)(struct wm_proc *);
	struct wm__timer *timer; /* runs while an answer is awaited */
	bool asked;
	size_t n;
	struct metrics_waiter {
		wm_metrics_fn *done;
		void *arg;
	} waiting[WM__METRICS_WAITING];
};

static void
metrics_late(void *arg)
{
	wm__metrics_answer(arg, NULL, 0);
}

int
wm__metrics_init(struct wm_proc *p, int (*ask)(struct wm_proc *))
{
	struct wm__metrics *m = calloc(1, sizeof(*m));

	if (m == NULL)
		return WM_E_NOMEM;
	m->ask = ask;
	m->timer = wm__timer_new(p->loop, metrics_late, p);
	p->metrics = m;
	if (m->timer == NULL) {
		wm__metrics_fini(p);
		return WM_E_NOMEM;
	}
	return 0;
}

/* Tells the first n of a copy of those who waited. */
static void
metrics_tell(struct wm_proc *p, const struct metrics_waiter *all, size_t n,
    const struct wm_span *text)
{
	for (size_t i = 0; i < n; i++)
		all[i].done(p, text->data, text->len, all[i].arg);
}

void
wm__metrics_fini(struct wm_proc *p)
{
	struct wm__metrics *m = p->metrics;

	if (m == NULL)
		return;
	p->metrics = NULL; /* whoever asks now is refused */
	metrics_tell(p, m->waiting, m->n, &(struct wm_span){ NULL, 0 });
	wm__timer_free(&m->timer);
	free(m);
}

int
wm_metrics(struct wm_proc *p, wm_metrics_fn *done, void *arg)
{
	struct wm__metrics *m = p->metrics;
	int failed = 0;

	if (m == NULL)
		return WM_E_UNSUPPORTED;
	if (m->n == WM__METRICS_WAITING)
		return WM_E_BUSY;
	if (!m->asked)
		failed = m->ask(p);
	if (failed < 0)
		return failed;
	if (!m->asked)
		wm__timer_start(m->timer, WM__METRICS_MS);
	m->asked = true;
	m->waiting[m->n++] = (struct metrics_waiter){ done, arg };
	return 0;
}

/* A caller may ask again at once: that is for the next answer. */
void
wm__metrics_answer(struct wm_proc *p, const char *text, size_t len)
{
	struct wm__metrics *m = p->metrics;
	struct metrics_waiter now[WM__METRICS_WAITING];
	size_t n = m->n;

	memcpy(now, m->waiting, n * sizeof(*now));
	m->n = 0;
	m->asked = false;
	wm__timer_stop(m->timer);
	metrics_tell(p, now, n, &(struct wm_span){ text, len });
}

/* The master is believed, but a text without its end would be read on. */
void
wm__metrics_answer_file(struct wm_proc *p, int fd)
{
	struct stat st;
	char *text = MAP_FAILED;
	size_t size = 0;

	if (fstat(fd, &st) == 0 && st.st_size > 0 &&
	    st.st_size < METRICS_MOST) {
		size = (size_t)st.st_size;
		text = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
	}
	if (text != MAP_FAILED && text[size - 1] == '\0')
		wm__metrics_answer(p, text, size - 1);
	else
		wm__metrics_answer(p, NULL, 0);
	if (text != MAP_FAILED)
		munmap(text, size);
}
