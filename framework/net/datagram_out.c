/* SPDX-License-Identifier: MIT */
/*
 * Datagrams on their way out: collected in a turn, handed to the kernel by
 * one call for all of a socket. A network may lose any of them, so none is
 * kept for a kernel that is short of room.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "framework/base/mmsg.h"
#include "framework/net/datagram.h"
#include "framework/net/datagrams.h"

#define OUT_BATCH 64
#define OUT_BYTES (256u << 10)
#define OUT_MOST4 65507 /* bytes of one: 65,535 with its headers */
#define OUT_MOST6 65527

struct wm__datagrams_out {
	struct wm_proc *p;
	int fd; /* of all */
	unsigned n;
	struct wm_buf bytes;
	size_t at[OUT_BATCH];
	struct sockaddr_storage to[OUT_BATCH];
	union wm__local_room room[OUT_BATCH];
	struct iovec parts[OUT_BATCH];
	struct wm__mmsg messages[OUT_BATCH];
};

struct wm__datagrams_out *
wm__datagrams_out_new(struct wm_proc *p)
{
	struct wm__datagrams_out *out = calloc(1, sizeof(*out));

	if (out != NULL)
		out->p = p;
	return out;
}

void
wm__datagrams_out_free(struct wm__datagrams_out **out)
{
	if (*out != NULL)
		wm_buf_fini(&(*out)->bytes);
	free(*out);
	*out = NULL;
}

static void
out_count(struct wm__datagrams_out *out, unsigned from, unsigned to)
{
	struct wm__counters *counters = out->p->counters;
	uint64_t bytes = 0;

	for (unsigned i = from; i < to; i++)
		bytes += out->parts[i].iov_len;
	wm__count(&counters->datagrams_out, to - from);
	wm__count(&counters->bytes_out, bytes);
}

/* Whether the kernel is short of room for all, not displeased with one. */
static bool
out_is_full(int error)
{
	return error == EAGAIN || error == ENOBUFS || error == ENOMEM;
}

static void
out_send(struct wm__datagrams_out *out)
{
	unsigned done = 0, lost = 0, skip;
	int n;

	while (done < out->n) {
		n = wm__sendmmsg(out->fd, out->messages + done, out->n - done);
		if (n > 0) {
			out_count(out, done, done + (unsigned)n);
			done += (unsigned)n;
		} else if (errno != EINTR) {
			skip = out_is_full(errno) ? out->n - done : 1;
			lost += skip;
			done += skip;
		}
	}
	wm__count(&out->p->counters->datagrams_dropped, lost);
}

void
wm__datagrams_flush(struct wm_proc *p)
{
	struct wm__datagrams_out *out =
	    p->datagrams != NULL ? p->datagrams->out : NULL;

	if (out == NULL || out->n == 0)
		return;
	for (unsigned i = 0; i < out->n; i++)
		out->parts[i].iov_base = out->bytes.data + out->at[i];
	out_send(out);
	out->n = 0;
	out->bytes.len = 0;
}

int
wm__datagrams_put(struct wm__datagrams_out *out, const struct wm__route *route,
    const void *data, size_t len)
{
	bool v6 = route->to.ss_family == AF_INET6;
	struct msghdr *m;

	if (len > (v6 ? OUT_MOST6 : OUT_MOST4))
		return WM_E_TOO_BIG;
	if (out->n == OUT_BATCH || out->bytes.len + len > OUT_BYTES ||
	    out->fd != route->fd)
		wm__datagrams_flush(out->p);
	out->at[out->n] = out->bytes.len;
	wm_buf_put(&out->bytes, data, len);
	wm_buf_put(&out->bytes, "", 1); /* so that there is a first byte */
	if (out->bytes.failed) {
		out->bytes.len = out->at[out->n];
		out->bytes.failed = false;
		return WM_E_NOMEM;
	}
	if (out->n == 0)
		wm__loop_again(out->p->loop);
	out->fd = route->fd;
	out->to[out->n] = route->to;
	out->parts[out->n].iov_len = len;
	m = &out->messages[out->n].msg_hdr;
	*m = (struct msghdr){ .msg_name = &out->to[out->n],
		.msg_namelen = route->to_len,
		.msg_iov = &out->parts[out->n],
		.msg_iovlen = 1 };
	wm__local_write(m, &out->room[out->n], &route->from);
	out->n++;
	return WM_SENT;
}
