/* SPDX-License-Identifier: MIT */
/*
 * One recv into a buffer that all share, one send. No limits, no deadlines,
 * no counters: what is left when a server does nothing but the system calls.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "peer.h"
#include "secure.h"

#define BATCH 64 /* connections accepted at a time */

static const struct loop *loop;
static const struct talk *talk;
static unsigned char buffer[PEER_SLACK + PEER_BUFFER + PEER_SLACK];

void
peer_setup(const struct loop *how, const struct talk *what)
{
	loop = how;
	talk = what;
}

static void
peer_new(int fd)
{
	struct peer *p = calloc(1, sizeof(*p) + talk->state_size);

	if (p == NULL || (secure_on() && (p->tls = secure_new(fd)) == NULL)) {
		free(p);
		close(fd);
		return;
	}
	p->fd = fd;
	p->shaken = p->tls == NULL;
	loop->watch(p);
}

void
peer_accept(int listener)
{
	for (int i = 0; i < BATCH; i++) {
		int fd =
		    accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0)
			return;
		peer_new(fd);
	}
}

static void
peer_free(struct peer *p)
{
	if (talk->close != NULL)
		talk->close(p);
	loop->forget(p);
	secure_free(p->tls);
	close(p->fd);
	free(p->copied);
	free(p);
}

void
peer_drop(struct peer *p)
{
	p->dead = true;
}

/* Bytes taken; 0 when there is no room now, or never again. */
static size_t
push(struct peer *p, const unsigned char *bytes, size_t len)
{
	ssize_t n = p->tls != NULL ? secure_write(p->tls, bytes, len) :
				     send(p->fd, bytes, len, MSG_NOSIGNAL);

	return n > 0 ? (size_t)n : 0;
}

static size_t
push_all(struct peer *p, const unsigned char *bytes, size_t len)
{
	size_t done = push(p, bytes, len), n = done;

	/* OpenSSL takes a record at a time. */
	while (p->tls != NULL && n > 0 && done < len) {
		n = push(p, bytes + done, len - done);
		done += n;
	}
	return done;
}

static void
keep(struct peer *p, const unsigned char *bytes, size_t len)
{
	size_t all = p->unsent_len + len;

	if (all > p->copied_size || p->unsent != p->copied) {
		unsigned char *copy = malloc(all);

		if (copy == NULL)
			abort();
		memcpy(copy, p->unsent, p->unsent_len);
		free(p->copied);
		p->unsent = p->copied = copy;
		p->copied_size = all;
	}
	memcpy(p->copied + p->unsent_len, bytes, len);
	p->unsent_len = all;
}

static void
wait_for_room(struct peer *p)
{
	if (!p->armed)
		loop->arm(p, true);
	p->armed = true;
}

void
peer_send(struct peer *p, const void *data, size_t len)
{
	const unsigned char *bytes = data;
	size_t done = p->unsent_len == 0 ? push_all(p, bytes, len) : 0;

	if (done == len)
		return;
	if (p->unsent_len == 0)
		p->unsent = bytes; /* of which keep() copies nothing */
	keep(p, bytes + done, len - done);
	wait_for_room(p);
}

void
peer_send_static(struct peer *p, const void *data, size_t len)
{
	const unsigned char *bytes = data;
	size_t done;

	if (p->unsent_len > 0) {
		peer_send(p, data, len);
		return;
	}
	done = push_all(p, bytes, len);
	if (done == len)
		return;
	p->unsent = bytes + done;
	p->unsent_len = len - done;
	wait_for_room(p);
}

void
peer_writable(struct peer *p)
{
	size_t done = push_all(p, p->unsent, p->unsent_len);

	p->unsent += done;
	p->unsent_len -= done;
	if (p->unsent_len > 0)
		return;
	free(p->copied);
	p->copied = NULL;
	p->copied_size = 0;
	p->unsent = NULL;
	p->armed = false;
	loop->arm(p, false);
}

/* Whether there may be more without another event. */
static bool
hear(struct peer *p)
{
	unsigned char *bytes = buffer + PEER_SLACK;
	ssize_t n = p->tls != NULL ? secure_read(p->tls, bytes, PEER_BUFFER) :
				     recv(p->fd, bytes, PEER_BUFFER, 0);

	if (n == 0 || (n < 0 && errno != EAGAIN))
		p->dead = true;
	if (n <= 0)
		return false;
	talk->hear(p, bytes, (size_t)n);
	return p->tls != NULL && !p->dead && secure_pending(p->tls);
}

void
peer_readable(struct peer *p)
{
	if (!p->shaken) {
		int done = secure_shake(p->tls);

		p->shaken = done > 0;
		p->dead = done < 0;
	}
	if (p->shaken)
		while (hear(p))
			;
	if (p->dead)
		peer_free(p);
}
