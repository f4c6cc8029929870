/* SPDX-License-Identifier: MIT */
/*
 * Sending and receiving packets of records: see inbox.h. A packet over
 * WM__PACKET_MAX travels as a sealed memory file whose descriptor is sent.
 * The kernel does not count a file that waits, only the bytes sent with it:
 * so these are as many as make the socket full before the files cost much.
 */
#include "config.h"

#include <sys/queue.h>
#include <sys/stat.h>

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include <workerman/log.h>

#include "framework/base/fd.h"
#include "framework/channel/inbox.h"

#define INBOX_BATCH  64 /* packets read in one turn, at most */
#define INBOX_WEIGHT 32 /* one byte sent for so many of a memory file */

/* Shared by the peers that still have to get it. */
struct packet {
	unsigned refs;
	int fd; /* of a big one; else -1 */
	struct wm_buf buf;
};

struct waiting {
	STAILQ_ENTRY(waiting) next;
	struct packet *packet;
};

struct peer {
	struct wm__inbox *inbox;
	uint32_t id;
	bool gone; /* nobody reads it */
	struct wm__io *io;
	STAILQ_HEAD(, waiting) queue;
	size_t queued; /* bytes */
	struct peer *next;
};

struct wm__inbox {
	struct wm_proc *proc;
	struct wm__io *io; /* our own inbox; null: none */
	bool reads;
	struct peer *peers;
	struct packet *open; /* collects this turn's records */
	char *read;          /* WM__PACKET_MAX bytes */
	void (*fn)(void *, const struct wm__record *);
	void *arg;
};

/* ---- packets ---- */

static struct packet *
packet_new(void)
{
	struct packet *packet = calloc(1, sizeof(*packet));

	if (packet != NULL) {
		packet->refs = 1;
		packet->fd = -1;
	}
	return packet;
}

static void
packet_unref(struct packet **packet)
{
	struct packet *p = *packet;

	*packet = NULL;
	if (p == NULL || --p->refs > 0)
		return;
	wm__fd_close(&p->fd);
	wm_buf_fini(&p->buf);
	free(p);
}

/* A big packet moves into a memory file. Returns 0 or a negative error. */
static int
packet_seal(struct packet *packet)
{
	size_t done = 0;

	if (packet->fd >= 0 || packet->buf.len <= WM__PACKET_MAX)
		return 0;
	if (wm__fd_memory("workerman-message", packet->buf.len, &packet->fd) <
	    0)
		return WM_E_SYSTEM;
	while (done < packet->buf.len) {
		ssize_t n = pwrite(packet->fd, packet->buf.data + done,
		    packet->buf.len - done, (off_t)done);

		if (n <= 0) {
			wm__fd_close(&packet->fd);
			return WM_E_SYSTEM;
		}
		done += (size_t)n;
	}
	return 0;
}

static int
packet_send(const struct packet *packet, int sock)
{
	size_t weight = packet->buf.len / INBOX_WEIGHT;

	if (packet->fd < 0)
		return wm__fd_send(sock, packet->buf.data, packet->buf.len,
		    NULL, 0);
	if (weight > WM__PACKET_MAX)
		weight = WM__PACKET_MAX;
	return wm__fd_send(sock, packet->buf.data, weight, &packet->fd, 1);
}

/* ---- peers ---- */

static void
peer_lost(struct peer *peer)
{
	wm__count(&peer->inbox->proc->counters->publish_lost, 1);
}

/* A packet may wait alone, however big it is. */
static void
peer_wait(struct peer *peer, struct packet *packet)
{
	struct waiting *w;

	if ((!STAILQ_EMPTY(&peer->queue) &&
		peer->queued + packet->buf.len > WM__INBOX_QUEUE) ||
	    (w = malloc(sizeof(*w))) == NULL) {
		peer_lost(peer);
		return;
	}
	w->packet = packet;
	packet->refs++;
	peer->queued += packet->buf.len;
	STAILQ_INSERT_TAIL(&peer->queue, w, next);
	wm__io_watch(peer->io, WM__WRITE);
}

static void
peer_send(struct peer *peer, struct packet *packet)
{
	int error;

	if (!STAILQ_EMPTY(&peer->queue)) {
		peer_wait(peer, packet);
		return;
	}
	error = packet_send(packet, wm__io_fd(peer->io));
	if (error == WM_E_FULL)
		peer_wait(peer, packet);
	else if (error == WM_E_CLOSED)
		peer->gone = true; /* no loss: nobody was there to hear */
	else if (error < 0)
		peer_lost(peer);
}

static void
peer_drop_first(struct peer *peer)
{
	struct waiting *w = STAILQ_FIRST(&peer->queue);

	STAILQ_REMOVE_HEAD(&peer->queue, next);
	peer->queued -= w->packet->buf.len;
	packet_unref(&w->packet);
	free(w);
}

static void
peer_writable(int fd, unsigned what, void *arg)
{
	struct peer *peer = arg;

	(void)what;
	while (!STAILQ_EMPTY(&peer->queue)) {
		int error = packet_send(STAILQ_FIRST(&peer->queue)->packet, fd);

		if (error == WM_E_FULL)
			return;
		if (error < 0 && error != WM_E_CLOSED)
			peer_lost(peer);
		peer_drop_first(peer);
	}
	wm__io_watch(peer->io, 0);
}

static void
peer_free(struct peer *peer)
{
	int fd = wm__io_fd(peer->io);

	while (!STAILQ_EMPTY(&peer->queue))
		peer_drop_first(peer);
	wm__io_free(&peer->io);
	close(fd);
	free(peer);
}

int
wm__inbox_add_peer(struct wm__inbox *inbox, uint32_t id, int fd)
{
	struct peer *peer = calloc(1, sizeof(*peer));

	wm__fd_set_nonblock(fd);
	if (peer != NULL)
		peer->io =
		    wm__io_new(inbox->proc->loop, fd, peer_writable, peer);
	if (peer == NULL || peer->io == NULL) {
		free(peer);
		close(fd);
		return WM_E_NOMEM;
	}
	peer->inbox = inbox;
	peer->id = id;
	STAILQ_INIT(&peer->queue);
	peer->next = inbox->peers;
	inbox->peers = peer;
	return 0;
}

static void
inbox_remove(struct wm__inbox *inbox,
    bool (*match)(const struct peer *, uint32_t), uint32_t id)
{
	struct peer **link = &inbox->peers;

	while (*link != NULL) {
		struct peer *peer = *link;

		if (match(peer, id)) {
			*link = peer->next;
			peer_free(peer);
		} else {
			link = &peer->next;
		}
	}
}

static bool
peer_is(const struct peer *peer, uint32_t id)
{
	return peer->id == id;
}

static bool
peer_is_gone(const struct peer *peer, uint32_t id)
{
	(void)id;
	return peer->gone;
}

void
wm__inbox_forget(struct wm__inbox *inbox, uint32_t id)
{
	inbox_remove(inbox, peer_is, id);
}

/* ---- posting ---- */

void
wm__inbox_flush(struct wm__inbox *inbox)
{
	struct packet *packet = inbox->open;

	if (packet == NULL)
		return;
	inbox->open = NULL;
	for (struct peer *peer = inbox->peers; peer != NULL; peer = peer->next)
		if (packet_seal(packet) == 0)
			peer_send(peer, packet);
		else
			peer_lost(peer);
	packet_unref(&packet);
	inbox_remove(inbox, peer_is_gone, 0);
}

bool
wm__inbox_is_flushed(const struct wm__inbox *inbox)
{
	for (const struct peer *peer = inbox->peers; peer != NULL;
	     peer = peer->next)
		if (!STAILQ_EMPTY(&peer->queue))
			return false;
	return inbox->open == NULL;
}

int
wm__inbox_post(struct wm__inbox *inbox, const struct wm__record *r)
{
	size_t before, size = wm__record_size(r);

	if (inbox->peers == NULL)
		return 0;
	if (inbox->open != NULL && inbox->open->buf.len + size > WM__PACKET_MAX)
		wm__inbox_flush(inbox);
	if (inbox->open == NULL)
		inbox->open = packet_new();
	if (inbox->open == NULL)
		return WM_E_NOMEM;
	before = inbox->open->buf.len;
	wm__record_put(&inbox->open->buf, r);
	if (inbox->open->buf.failed) {
		inbox->open->buf.failed = false;
		inbox->open->buf.len = before;
		return WM_E_NOMEM;
	}
	return 0;
}

/* ---- receiving ---- */

static void
inbox_lost(struct wm__inbox *inbox)
{
	wm__count(&inbox->proc->counters->publish_lost, 1);
}

static void
inbox_read_packet(struct wm__inbox *inbox, const char *data, size_t len)
{
	struct wm__record r;
	size_t pos = 0;
	int got;

	while ((got = wm__record_get(data, len, &pos, &r)) > 0)
		inbox->fn(inbox->arg, &r);
	if (got == 0)
		return;
	inbox_lost(inbox);
	wm_log(WM_LOG_ERROR, "inbox: a packet is malformed");
}

static void
inbox_read_big(struct wm__inbox *inbox, int fd)
{
	struct stat st;
	char *data = NULL;
	size_t len = 0, max = 2 * (size_t)WM__MESSAGE_MAX;

	if (fstat(fd, &st) == 0 && st.st_size > 0 && (size_t)st.st_size <= max)
		data = malloc((size_t)st.st_size);
	while (data != NULL && len < (size_t)st.st_size) {
		ssize_t n =
		    pread(fd, data + len, (size_t)st.st_size - len, (off_t)len);

		if (n <= 0)
			break;
		len += (size_t)n;
	}
	if (len > 0)
		inbox_read_packet(inbox, data, len);
	else
		inbox_lost(inbox);
	free(data);
}

/* A packet that cannot be received whole, for want of a descriptor say, is
   lost, and the next one is read; a broken socket is left alone. */
static bool
inbox_failed(struct wm__inbox *inbox, ssize_t error)
{
	if (error == WM_E_FULL)
		return false;
	if (error == WM_E_TOO_BIG || (error < 0 && errno == EMFILE)) {
		inbox_lost(inbox);
		return true;
	}
	wm__io_watch(inbox->io, 0); /* the master is gone */
	return false;
}

/* Returns whether there may be another packet. */
static bool
inbox_read_one(struct wm__inbox *inbox, int sock)
{
	size_t n_fds = 0;
	int fd = -1;
	ssize_t n =
	    wm__fd_recv(sock, inbox->read, WM__PACKET_MAX, &fd, 1, &n_fds);

	if (n <= 0)
		return inbox_failed(inbox, n);
	if (n_fds == 1)
		inbox_read_big(inbox, fd);
	else
		inbox_read_packet(inbox, inbox->read, (size_t)n);
	wm__fd_close(&fd);
	return true;
}

static void
inbox_readable(int sock, unsigned what, void *arg)
{
	struct wm__inbox *inbox = arg;

	(void)what;
	for (int i = 0; i < INBOX_BATCH && inbox->reads; i++)
		if (!inbox_read_one(inbox, sock))
			break;
}

int
wm__inbox_read_from(struct wm__inbox *inbox, int fd)
{
	wm__fd_set_nonblock(fd);
	inbox->io = wm__io_new(inbox->proc->loop, fd, inbox_readable, inbox);
	if (inbox->io == NULL) {
		close(fd);
		return WM_E_NOMEM;
	}
	return 0;
}

void
wm__inbox_read(struct wm__inbox *inbox, bool on)
{
	inbox->reads = on;
	if (inbox->io != NULL)
		wm__io_watch(inbox->io, on ? WM__READ : 0);
}

struct wm__inbox *
wm__inbox_new(struct wm_proc *p, void (*fn)(void *, const struct wm__record *),
    void *arg)
{
	struct wm__inbox *inbox = calloc(1, sizeof(*inbox));

	if (inbox != NULL)
		inbox->read = malloc(WM__PACKET_MAX);
	if (inbox == NULL || inbox->read == NULL) {
		free(inbox);
		return NULL;
	}
	inbox->proc = p;
	inbox->fn = fn;
	inbox->arg = arg;
	return inbox;
}

void
wm__inbox_free(struct wm__inbox **inbox)
{
	struct wm__inbox *i = *inbox;

	*inbox = NULL;
	if (i == NULL)
		return;
	while (i->peers != NULL) {
		struct peer *peer = i->peers;

		i->peers = peer->next;
		peer_free(peer);
	}
	if (i->io != NULL) {
		int fd = wm__io_fd(i->io);

		wm__io_free(&i->io);
		close(fd);
	}
	packet_unref(&i->open);
	free(i->read);
	free(i);
}
