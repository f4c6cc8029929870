/* SPDX-License-Identifier: MIT */
/*
 * The worker's answer to CONNECTIONS (connections.h): a piece in each turn of
 * the loop, as fast as the master takes it, so that the connections that are
 * listed do not notice.
 */
#ifndef WORKER_LISTING_H
#define WORKER_LISTING_H

#include <stdint.h>

struct wm__listing;
struct wm__worker;

/*
 * Answers on the stream `fd`, which it owns: all connections that the words
 * of `filter` mean, or only the one with the id `close_id`, which is closed.
 * Does nothing when whoever asked has given up already.
 */
void wm__listing_start(struct wm__worker *w, int fd, const char *filter,
    uint64_t close_id);

/* Breaks off all answers. */
void wm__listings_fini(struct wm__worker *w);

#endif
