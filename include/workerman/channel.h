/* SPDX-License-Identifier: MIT */
/*
 * Publish and subscribe between all workers of one master, whatever their
 * name. A message reaches every subscriber of its topic, in this process and
 * in the others, once and in the order in which its publisher sent it.
 */
#ifndef WORKERMAN_CHANNEL_H
#define WORKERMAN_CHANNEL_H

#include <workerman/api.h>

WM_BEGIN_DECLS

struct wm_proc;
struct wm_conn;

#define WM_TOPIC_MAX 255 /* bytes of a topic's name */

/*
 * From now on the connection is sent, through its protocol's encoder, what is
 * published on `topic` (1 to WM_TOPIC_MAX bytes). Ends with the connection.
 * Subscribing twice is once. Returns 0, WM_E_INVALID, WM_E_CLOSED or
 * WM_E_NOMEM.
 */
WM_API int wm_subscribe(struct wm_conn *c, const char *topic);

/* Returns 0, or WM_E_NOT_FOUND when it was not subscribed. */
WM_API int wm_unsubscribe(struct wm_conn *c, const char *topic);

/*
 * Sends `len` bytes to every subscriber of `topic`, the caller's own
 * connections among them. `flags` are wm_msg.flags of the subscribers'
 * protocol (WM_WEBSOCKET_BINARY ...), 0 for its default. The data is copied.
 * Returns 0; WM_E_INVALID for a bad topic, WM_E_TOO_BIG over 16 MiB,
 * WM_E_NOMEM. A worker too slow to take its copy loses it, counted in
 * `publish_lost`.
 */
WM_API int wm_publish(struct wm_proc *p, const char *topic, const void *data,
    size_t len, unsigned flags);

/*
 * The worker's own subscription: fn(p, topic, data, len, arg) for each
 * message, those that this process published among them. One function per
 * topic; a null fn ends it. Returns 0, WM_E_INVALID or WM_E_NOMEM.
 */
typedef void wm_channel_fn(struct wm_proc *p, const char *topic,
    const void *data, size_t len, void *arg);
WM_API int wm_channel_listen(struct wm_proc *p, const char *topic,
    wm_channel_fn *fn, void *arg);

/* Connections of this process that are subscribed to `topic`. */
WM_API size_t wm_channel_count(struct wm_proc *p, const char *topic);

WM_END_DECLS

#endif
