/* SPDX-License-Identifier: MIT */
/* Rows of connections, piece by piece. Who may ask is the master's business,
   which connections are meant filter.c's. */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <workerman/log.h>

#include "framework/base/fd.h"
#include "framework/ipc/connections.h"
#include "framework/ipc/control.h"
#include "framework/ipc/filter.h"
#include "framework/net/conn.h"
#include "framework/worker/listing.h"
#include "framework/worker/run.h"

#define LISTING_PIECE 128 /* places of the table looked at in a turn */

struct wm__listing {
	struct wm__listing *next, **prev;
	struct wm_proc *p;
	int fd;
	struct wm__io *io;
	struct wm__filter filter;
	size_t cursor;
	bool over; /* all is in `out` */
	struct wm_buf out;
};

static const char *const listing_keys[] = {
#define LISTING_KEY(key, heading, kind) #key,
	WM__CONNECTION_TABLE(LISTING_KEY)
#undef LISTING_KEY
};

static void
listing_free(struct wm__listing *l)
{
	*l->prev = l->next;
	if (l->next != NULL)
		l->next->prev = l->prev;
	wm__io_free(&l->io);
	wm__fd_close(&l->fd);
	wm_buf_fini(&l->out);
	free(l);
}

/* ---- a row ---- */

static void
listing_row(const struct wm_conn *c, const struct wm__filter_view *view,
    struct wm_buf *out)
{
	bool v6 = view->foreign[0] == '[';
	bool v4 = !v6 && view->foreign[0] != 'u';

#define LISTING_WORD(key, value)                                               \
	wm__control_put(out, listing_keys[WM__CONNECTION_##key], value)
#define LISTING_NUMBER(key, value)                                             \
	wm__control_put_number(out, listing_keys[WM__CONNECTION_##key], value)
	LISTING_NUMBER(id, wm_conn_id(c));
	LISTING_WORD(trans, v4 || v6 ? "tcp" : "unix");
	LISTING_WORD(protocol, view->protocol);
	LISTING_NUMBER(ipv4, v4);
	LISTING_NUMBER(ipv6, v6);
	LISTING_NUMBER(recv_q, wm_conn_unread(c));
	LISTING_NUMBER(send_q, wm_conn_unsent(c));
	LISTING_NUMBER(bytes_r, wm_conn_bytes_in(c));
	LISTING_NUMBER(bytes_w, wm_conn_bytes_out(c));
	LISTING_NUMBER(requests, wm_conn_messages(c));
	LISTING_NUMBER(age, wm_conn_age(c));
	LISTING_NUMBER(idle, wm_conn_idle(c));
	LISTING_WORD(tls, "-");
	LISTING_WORD(state, wm__stage_word(view->stage));
	LISTING_WORD(local, view->local);
	LISTING_WORD(foreign, view->foreign);
#undef LISTING_WORD
#undef LISTING_NUMBER
	wm_buf_put(out, "\n", 1);
}

/* Its row, if it is meant. */
static void
listing_tell(struct wm_conn *c, void *arg)
{
	struct wm__listing *l = arg;
	char local[WM_ADDRESS_MAX], foreign[WM_ADDRESS_MAX];
	struct wm__filter_view view;

	if (wm_conn_find(l->p, wm_conn_id(c)) == NULL)
		return; /* it has ended */
	if (c->asleep && !c->moving)
		return; /* where it comes from tells of it */
	view = (struct wm__filter_view){
		.protocol = wm_conn_protocol(c)->name,
		.stage = wm__conn_stage(c),
		.local = wm_conn_local(c, local, sizeof(local)),
		.foreign = wm_conn_peer(c, foreign, sizeof(foreign)),
	};
	if (wm__filter_has(&l->filter, &view))
		listing_row(c, &view, &l->out);
}

/* ---- pieces ---- */

static void
listing_piece(struct wm__listing *l)
{
	wm__conn_table_scan(&l->p->conns, &l->cursor, LISTING_PIECE,
	    listing_tell, l);
	l->over = l->cursor == 0;
	if (l->over)
		wm_buf_puts(&l->out, ".\n");
	else if (l->out.len == 0)
		wm_buf_puts(&l->out, "\n"); /* still at it */
}

/* What the master takes; the rest when it takes more. */
static void
listing_ready(int fd, unsigned what, void *arg)
{
	struct wm__listing *l = arg;
	ssize_t n;

	(void)what;
	if (l->out.len == 0)
		listing_piece(l);
	n = l->out.failed ?
	    -1 :
	    send(fd, l->out.data, l->out.len, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n < 0 && !l->out.failed && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0)
		wm_buf_consume(&l->out, (size_t)n);
	if (n < 0 || (l->over && l->out.len == 0))
		listing_free(l);
}

/* ---- begin and end ---- */

/* Whoever was told that there is no answer must not be surprised later. */
static bool
listing_is_abandoned(int fd)
{
	char byte;

	return recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

static struct wm__listing *
listing_new(struct wm__worker *w, int fd, const char *filter)
{
	int max = wm__loop_max_fd(w->proc.loop);
	struct wm__listing *l = calloc(1, sizeof(*l));
	char error[256];

	if (l == NULL) {
		close(fd);
		return NULL;
	}
	l->p = &w->proc;
	l->fd = fd;
	l->next = w->listings;
	l->prev = &w->listings;
	if (l->next != NULL)
		l->next->prev = &l->next;
	w->listings = l;
	if (wm__filter_parse(&l->filter, filter, error, sizeof(error)) == 0 &&
	    (max == 0 || fd < max))
		l->io = wm__io_new(l->p->loop, fd, listing_ready, l);
	if (l->io != NULL && wm__io_watch(l->io, WM__WRITE) == 0)
		return l;
	listing_free(l);
	return NULL;
}

void
wm__listing_start(struct wm__worker *w, int fd, const char *filter,
    uint64_t close_id)
{
	struct wm__listing *l = listing_new(w, fd, filter);
	struct wm_conn *c;

	if (l == NULL)
		return;
	if (listing_is_abandoned(fd)) {
		listing_free(l);
		return;
	}
	if (close_id == 0)
		return;
	c = wm_conn_find(l->p, close_id);
	if (c != NULL) {
		listing_tell(c, l);
		wm_log(WM_LOG_INFO, "connection %llu is closed by command",
		    (unsigned long long)close_id);
		wm_conn_close(c);
	}
	l->over = true;
	wm_buf_puts(&l->out, ".\n");
}

void
wm__listings_fini(struct wm__worker *w)
{
	while (w->listings != NULL)
		listing_free(w->listings);
}
