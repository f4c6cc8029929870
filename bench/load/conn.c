/* SPDX-License-Identifier: MIT */
/*
 * The life of a connection, and its bytes.
 */
#include <string.h>
#include <sys/epoll.h>

#include "conn.h"
#include "die.h"
#include "run.h"
#include "workload.h"

static void
watch(const struct run *run, struct conn *c, int how, bool write)
{
	struct epoll_event e = { .events = EPOLLIN | (write ? EPOLLOUT : 0),
		.data.ptr = c };

	if (epoll_ctl(run->epoll, how, c->link.fd, &e) < 0)
		die_errno("epoll_ctl");
	c->armed = write;
}

void
conn_start(struct run *run, struct conn *c)
{
	c->stage = STAGE_CONNECTING;
	c->out_len = c->out_sent = 0;
	c->ear.head_len = 0;
	c->ear.in_body = false;
	link_connect(&c->link, run->port,
	    run->workload->manner == MANNER_CHURN);
	watch(run, c, EPOLL_CTL_ADD, true);
}

void
conn_close(struct conn *c)
{
	link_close(&c->link);
}

static void
put(struct conn *c, const void *bytes, size_t len)
{
	if (c->out_len + len > c->out_size) {
		c->out_size = c->out_len + len;
		c->out = die_realloc(c->out, c->out_size);
	}
	memcpy(c->out + c->out_len, bytes, len);
	c->out_len += len;
}

void
conn_ask(struct run *run, struct conn *c)
{
	const struct script *s = &run->script;
	unsigned char stamp[STAMP_LEN], *at;

	put(c, s->request, s->request_len);
	if (s->payload.stamped) {
		payload_stamp(stamp, c->id, c->asked);
		at = c->out + c->out_len - s->request_len + s->stamp_at;
		for (size_t i = 0; i < STAMP_LEN; i++)
			at[i] = stamp[i] ^ (s->mask ? s->mask[i % 4] : 0);
	}
	c->asked_at[c->asked++ % run->workload->depth] = run->report.now;
	run->asked++;
}

void
conn_flush(struct run *run, struct conn *c)
{
	while (c->out_sent < c->out_len) {
		ssize_t n = link_write(&c->link, c->out + c->out_sent,
		    c->out_len - c->out_sent);

		if (n == LINK_AGAIN) {
			if (!c->armed)
				watch(run, c, EPOLL_CTL_MOD, true);
			return;
		}
		c->out_sent += (size_t)n;
	}
	c->out_len = c->out_sent = 0;
	if (c->armed)
		watch(run, c, EPOLL_CTL_MOD, false);
}

/* The transport is there. */
static void
connected(struct run *run, struct conn *c)
{
	if (run->script.opening == NULL) {
		c->stage = STAGE_OPEN;
		run_opened(run, c);
	} else {
		c->stage = STAGE_OPENING;
		put(c, run->script.opening, run->script.opening_len);
	}
	conn_flush(run, c);
}

static void
shake(struct run *run, struct conn *c)
{
	if (link_shake(&c->link))
		connected(run, c);
	else if (c->armed)
		watch(run, c, EPOLL_CTL_MOD, false);
}

static void
begin(struct run *run, struct conn *c)
{
	link_connected(&c->link);
	if (!run->workload->tls) {
		connected(run, c);
		return;
	}
	link_tls(&c->link);
	c->stage = STAGE_SHAKING;
	shake(run, c);
}

/* Returns how many bytes were used, or all when the connection was closed. */
static size_t
hear(struct run *run, struct conn *c, const unsigned char *bytes, size_t len)
{
	const struct dialect *d = run->workload->dialect;
	unsigned char stamp[STAMP_LEN] = { 0 };
	bool room = run->workload->manner == MANNER_ROOM, done;
	size_t used;

	if (c->stage == STAGE_OPENING) {
		used = d->hear_opening(&c->ear, bytes, len, &done);
		if (done) {
			c->stage = STAGE_OPEN;
			run_opened(run, c);
		}
		return used;
	}
	if (c->answered == (room ? run->all[0].asked : c->asked))
		die("%zu bytes that nobody asked for", len);
	if (run->script.payload.stamped)
		payload_stamp(stamp, room ? 0 : c->id, c->answered);
	used = d->hear(&run->script, &c->ear, stamp, bytes, len, &done);
	if (!done)
		return used;
	run_answered(run, c);
	if (c->link.fd < 0 && used < len)
		die("%zu bytes behind the answer", len - used);
	return used;
}

static void
conn_read(struct run *run, struct conn *c)
{
	for (;;) {
		ssize_t n = link_read(&c->link, run->buffer, RUN_BUFFER);
		size_t used = 0, len = (size_t)n;
		int fd = c->link.fd;

		if (n == LINK_AGAIN)
			return;
		if (n == 0)
			die("the server closed connection %u", c->id);
		if (run->report.counting)
			run->report.bytes += len;
		while (used < len)
			used += hear(run, c, run->buffer + used, len - used);
		if (c->link.fd != fd || c->stage == STAGE_CONNECTING)
			return; /* a new one */
		conn_flush(run, c);
		if (c->link.tls == NULL && len < RUN_BUFFER)
			return; /* epoll tells if there is more */
	}
}

void
conn_ready(struct run *run, struct conn *c, unsigned events)
{
	if (c->stage == STAGE_CONNECTING) {
		begin(run, c);
		return;
	}
	if (c->stage == STAGE_SHAKING) {
		shake(run, c);
		return;
	}
	if (events & EPOLLOUT)
		conn_flush(run, c);
	if (events & ~(unsigned)EPOLLOUT)
		conn_read(run, c);
}
