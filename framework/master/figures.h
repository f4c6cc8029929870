/* SPDX-License-Identifier: MIT */
/*
 * The metrics that workers ask for. The text is rendered at most every
 * WM__FIGURES_MS, however many ask and however often.
 */
#ifndef MASTER_FIGURES_H
#define MASTER_FIGURES_H

#include <stdint.h>

#define WM__FIGURES_MS 100

struct wm__child;
struct wm_buf;

/* `rows` appends the rows of `status`; fd is -1 at first. */
struct wm__figures {
	void (*rows)(struct wm_buf *out, void *arg);
	void *arg;
	int fd;        /* of the last text; -1: none */
	int64_t at_ms; /* when it was rendered */
};

/* Sends the worker its answer, if it is there to hear it. */
void wm__figures_send(struct wm__figures *figures,
    const struct wm__child *child);

void wm__figures_fini(struct wm__figures *figures);

#endif
