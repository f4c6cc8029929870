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
#include <sys/types.h>

#include "framework/net/address.h"

struct wm__address {
	LIST_ENTRY(wm__address) link;
	unsigned refs;
	char *key;
	struct wm__url url; /* with the real port; its protocol is nobody's */
	struct wm__socket_options options; /* the url's */
	uint32_t n;
	int *fds; /* n */
	/* The file of a unix socket, so that it is known again. */
	dev_t device;
	ino_t inode;
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
	const struct wm__socket_options *options; /* null: the defaults */
};
int wm__sockets_get(struct wm__sockets *sockets,
    const struct wm__sockets_want *want, struct wm__address **address_r,
    char *error, size_t error_size);

/*
 * Its sockets get the options, as far as they are others. Returns null, or one
 * static line that says what stays as it was.
 */
const char *wm__address_change(struct wm__address *address,
    const struct wm__socket_options *options);

/* Null is accepted. The last one closes; the file of a unix socket goes, if it
   is still the same. */
void wm__sockets_put(struct wm__address **address);

/* Closes all of them; the addresses stay, and have no sockets: the server
   stops, and who comes now is refused rather than kept waiting. */
void wm__sockets_close(struct wm__sockets *sockets);

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
