/* SPDX-License-Identifier: MIT */
/*
 * The listening sockets, by address: bound by the master and kept while some
 * table has the address, whoever serves it. An address has one socket for
 * each slot that ever served it; slot k of n serves those whose number is k
 * modulo n, so that none is left when there are fewer slots.
 */
#ifndef MASTER_SOCKETS_H
#define MASTER_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "framework/net/address.h"

struct wm__address {
	LIST_ENTRY(wm__address) link;
	unsigned refs;
	char *key;
	struct wm__url url; /* with the real port; its protocol is nobody's */
	uint32_t n;
	int *fds; /* n */
};

struct wm__sockets {
	LIST_HEAD(, wm__address) all; /* all zeroes: none */
};

/*
 * The address of listener `listener` of row `row` at `text`: one that is there
 * already, or bound now with `n` sockets. Released with wm__sockets_put().
 * Returns 0, or a negative enum wm_error (WM_E_BUSY: in use) and one line in
 * error.
 */
struct wm__sockets_want {
	const char *row;
	size_t listener;
	const char *text; /* canonical URL */
	uint32_t n;
};
int wm__sockets_get(struct wm__sockets *sockets,
    const struct wm__sockets_want *want, struct wm__address **address_r,
    char *error, size_t error_size);

/* Null is accepted. The last one closes; the file of a unix socket goes. */
void wm__sockets_put(struct wm__address **address);

/*
 * Lets an address have `n` sockets at least. A new one is given connections
 * at once: call it when somebody serves it. Returns as wm__sockets_get().
 */
int wm__address_grow(struct wm__address *address, uint32_t n, char *error,
    size_t error_size);

/* The URL with the real port, as `text` names the protocol. Returns buf. */
char *wm__address_url(const struct wm__address *address, const char *text,
    char *buf, size_t size);

/* Whether all its sockets are one queue, so that none can be left unserved. */
bool wm__address_is_shared(const struct wm__address *address);

#endif
