/* SPDX-License-Identifier: MIT */
/*
 * `start --watch`: a reload whenever the program's file was replaced and has
 * come to rest. For development: with every change, without asking.
 */
#ifndef MASTER_WATCH_H
#define MASTER_WATCH_H

#define WM__WATCH_REST_MS 200  /* without another change */
#define WM__WATCH_LOOK_MS 1000 /* between two looks without any event */

struct wm__image;
struct wm__loop;
struct wm__watch;

/* `changed` is called for every file at the path of the image that is another
   than the image. Null: out of memory. */
struct wm__watch *wm__watch_new(struct wm__loop *loop,
    const struct wm__image *image, void (*changed)(void *arg), void *arg);
void wm__watch_free(struct wm__watch **watch);

#endif
