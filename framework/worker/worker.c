/* SPDX-License-Identifier: MIT */
/*
 * A worker under its master: reads what it inherits from the socket of
 * ipc.h, reports, obeys. What it does with connections is run.c's.
 */
#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#if defined(__linux__)
#include <sys/prctl.h>
#endif

#include <workerman/log.h>

#include "framework/base/crash.h"
#include "framework/base/fd.h"
#include "framework/base/log.h"
#include "framework/base/process.h"
#include "framework/base/running.h"
#include "framework/channel/channel.h"
#include "framework/ipc/control.h"
#include "framework/ipc/ipc.h"
#include "framework/net/listener.h"
#include "framework/worker/listing.h"
#include "framework/worker/handover.h"
#include "framework/worker/metrics.h"
#include "framework/worker/run.h"
#include "framework/worker/service.h"
#include "framework/worker/worker.h"

#define WORKER_LEAVE_MS    10000 /* when told by a signal, or orphaned */
#define WORKER_ORPHAN_EXIT 15    /* seconds for a blocked orphan */
#define WORKER_LISTENERS   256   /* shut down at once when orphaned */

struct link {                /* to the master */
	struct wm__worker w; /* first: run.c's callbacks find it so */
	const struct wm_app *app;
	char *title;
	size_t title_len;
	struct wm__io *io;
	uint32_t inbox; /* the id of its own */
	uint64_t max_requests, max_memory;
	bool retiring;           /* has asked to be replaced */
	bool begun;              /* WELCOME was read */
	bool ready;              /* BEGIN was read */
	struct wm__crash *crash; /* mapped to the end; null: none was given */
	char name[64];
};

static struct link worker_link;

/* Listening descriptors, for the handler of the master's death. */
static volatile sig_atomic_t worker_listeners[WORKER_LISTENERS];
static volatile sig_atomic_t worker_n_listeners;

static int
worker_refuse(const char *why)
{
	wm__ipc_send(WM__IPC_FD, WM__IPC_REFUSED, NULL, why, -1);
	return WM_E_INVALID;
}

/*
 * The master died while this process may be blocked in a callback: the ports
 * are given up at once, and the process ends should it never come back.
 * shutdown() rather than close(): see loop.h.
 */
static void
worker_orphaned(int signo)
{
	(void)signo;
	for (sig_atomic_t i = 0; i < worker_n_listeners; i++)
		shutdown((int)worker_listeners[i], SHUT_RDWR);
	alarm(WORKER_ORPHAN_EXIT);
}

static void
worker_watch_parent(void)
{
#if defined(__linux__)
	struct sigaction act = { .sa_handler = worker_orphaned,
		.sa_flags = SA_RESTART };

	sigaction(SIGUSR2, &act, NULL);
	prctl(PR_SET_PDEATHSIG, SIGUSR2);
#endif
}

/* ---- what ps shows ---- */

static void
worker_set_title(struct link *l)
{
	const struct wm_proc *p = &l->w.proc;

#if defined(__linux__)
	prctl(PR_SET_NAME, l->name);
#endif
	if (l->title == NULL || l->title_len < 2)
		return;
	memset(l->title, ' ', l->title_len);
	snprintf(l->title, l->title_len, "%s: worker %s g%u", l->app->name,
	    l->name, p->generation);
	l->title[strlen(l->title)] = ' ';
	l->title[l->title_len - 1] = '\0';
}

/* ---- worn out ---- */

static void
worker_retire(struct link *l, const char *why)
{
	l->retiring =
	    wm__ipc_send(WM__IPC_FD, WM__IPC_RETIRE, NULL, why, -1) == 0;
}

static void
worker_wear_out(struct link *l, const char *what, uint64_t n)
{
	char why[128];

	snprintf(why, sizeof(why), "%llu %s", (unsigned long long)n, what);
	worker_retire(l, why);
}

/* Once a second. */
static void
worker_tick(struct wm_proc *p)
{
	struct link *l = (struct link *)p; /* the first member's first */
	struct wm__process process;
	uint64_t requests = wm__counter(&p->counters->requests);

	if (l->retiring || l->w.leaving)
		return;
	if (l->max_requests > 0 && requests >= l->max_requests)
		worker_wear_out(l, "requests", requests);
	else if (l->max_memory > 0 && wm__process_look(getpid(), &process) &&
	    process.rss >= l->max_memory)
		worker_wear_out(l, "bytes of memory", process.rss);
}

static int
worker_ask_metrics(struct wm_proc *p)
{
	(void)p;
	return wm__ipc_send(WM__IPC_FD, WM__IPC_METRICS, NULL, NULL, -1);
}

/* ---- messages ---- */

static void
worker_yielded(void *arg)
{
	(void)arg;
	wm__ipc_send(WM__IPC_FD, WM__IPC_YIELDED, NULL, NULL, -1);
}

static int
worker_welcome(struct link *l, const struct wm__ipc *m)
{
	const struct wm__ipc_welcome *hello = &m->u.welcome;
	const struct wm_worker *row = wm__row_find(l->app, m->text);
	struct wm_proc *p = &l->w.proc;
	const char *reason = "";

	if (row == NULL)
		return worker_refuse("the program has no worker of that name");
	if (wm__worker_init(&l->w, l->app, row, hello->backend, &reason) < 0)
		return worker_refuse(reason);
	l->begun = true;
	l->w.handover = wm__handover_new(&l->w, worker_yielded, l);
	if (l->w.handover == NULL)
		return worker_refuse("out of memory");
	l->inbox = hello->inbox;
	l->max_requests = hello->max_requests;
	l->max_memory = hello->max_memory;
	p->tick_hook = worker_tick;
	if (wm__metrics_init(p, worker_ask_metrics) < 0)
		return worker_refuse("out of memory");
	p->slot = hello->slot;
	p->count = hello->count;
	p->generation = hello->generation;
	p->incarnation = hello->incarnation;
	snprintf(l->name, sizeof(l->name), "%.40s/%u", row->name, p->slot);
	wm__log_set_name(l->name);
	worker_set_title(l);
	return 0;
}

static int
worker_listener(struct link *l, struct wm__ipc *m)
{
	const char *reason = "";
	int fd = m->fd;

	m->fd = -1;
	if (!l->ready && worker_n_listeners < WORKER_LISTENERS)
		worker_listeners[worker_n_listeners++] = fd;
	if (wm__worker_listen(&l->w, m->u.listener.listener, m->text, fd,
		m->u.listener.socket, &reason) < 0) {
		wm_log(WM_LOG_ERROR, "%s: %s", m->text, reason);
		return l->ready ? 0 : worker_refuse(reason);
	}
	return 0;
}

static int
worker_counters(struct link *l, const struct wm__ipc *m)
{
	struct wm__counters *page = wm__counters_map(m->fd);

	if (page == NULL)
		return worker_refuse("the counter page cannot be mapped");
	wm__proc_set_counters(&l->w.proc, page);
	return 0;
}

/* For the signal handler: the protocol of a connection, one that is being
   closed too, or null. */
static const char *
worker_protocol(uint64_t id)
{
	struct wm_conn *c = wm__conn_table_find(&worker_link.w.proc.conns, id);

	return c != NULL ? wm_conn_protocol(c)->name : NULL;
}

static int
worker_crash(struct link *l, const struct wm__ipc *m)
{
	if (l->crash != NULL)
		return WM_E_PROTOCOL;
	l->crash = wm__crash_map(m->fd);
	if (l->crash == NULL)
		return worker_refuse("the crash page cannot be mapped");
	wm__crash_install(l->crash, worker_protocol);
	return 0;
}

/* Descriptors change hands: the message's is then no longer its own. */
static int
worker_take_fd(struct wm__ipc *m)
{
	int fd = m->fd;

	m->fd = -1;
	return fd;
}

/* The daemon's log was reopened: this is the new file. */
static void
worker_log(const struct wm__ipc *m)
{
	if (dup2(m->fd, STDOUT_FILENO) < 0 || dup2(m->fd, STDERR_FILENO) < 0)
		wm_log(WM_LOG_ERROR, "the reopened log cannot be used");
}

/* Its own inbox is no peer's: it would hear everything twice. */
static int
worker_peer(struct link *l, struct wm__ipc *m)
{
	if (m->u.inbox.id == l->inbox)
		return 0;
	return wm__channel_add_peer(&l->w.proc, m->u.inbox.id,
	    worker_take_fd(m));
}

/* A message before BEGIN. Returns 0 or a negative error. */
static int
worker_inherit(struct link *l, struct wm__ipc *m)
{
	if (m->type == WM__IPC_WELCOME && !l->begun)
		return worker_welcome(l, m);
	if (!l->begun)
		return WM_E_PROTOCOL;
	switch (m->type) {
	case WM__IPC_LISTENER:
		return worker_listener(l, m);
	case WM__IPC_INBOX:
		return wm__channel_set_inbox(&l->w.proc, worker_take_fd(m));
	case WM__IPC_PEER:
		return worker_peer(l, m);
	case WM__IPC_COUNTERS:
		return worker_counters(l, m);
	case WM__IPC_CRASH:
		return worker_crash(l, m);
	case WM__IPC_LOG:
		worker_log(m);
		return 0;
	case WM__IPC_BEGIN:
		l->ready = true;
		return 0;
	default:
		return WM_E_PROTOCOL;
	}
}

static void
worker_return(struct link *l, const struct wm__ipc_listener *m)
{
	struct wm__service *service =
	    m->listener < WM__SERVICES_MAX ? l->w.services[m->listener] : NULL;

	if (service != NULL)
		wm__listener_return(service, m->socket);
}

static void
worker_event(struct link *l, struct wm__ipc *m)
{
	struct wm_proc *p = &l->w.proc;
	const struct wm_event event = {
		.kind = (enum wm_event_kind)m->u.event.kind,
		.worker = m->u.event.worker,
		.slot = m->u.event.slot,
		.pid = m->u.event.pid,
		.status = m->u.event.status,
		.generation = m->u.event.generation,
		.text = m->text,
	};
	struct wm__outer outer;

	m->u.event.worker[sizeof(m->u.event.worker) - 1] = '\0';
	if (p->row->on_event == NULL || m->u.event.kind >= WM_EVENTS)
		return;
	outer = wm__running_begin(WM__RUNNING_EVENT, 0);
	p->row->on_event(p, &event);
	wm__running_end(outer);
}

/* One of the callbacks that say nothing more than that. */
static void
worker_call(struct wm_proc *p, enum wm__running_what what,
    void (*fn)(struct wm_proc *))
{
	struct wm__outer outer;

	if (fn == NULL)
		return;
	outer = wm__running_begin(what, 0);
	fn(p);
	wm__running_end(outer);
}

static void
worker_stop(struct link *l, const struct wm__ipc_stop *stop)
{
	if (stop->mode != WM__STOP_REPLACED) {
		wm__worker_leave(&l->w, stop->mode == WM__STOP_GRACEFUL,
		    stop->ms);
		return;
	}
	wm__handover_leave(l->w.handover);
	wm__worker_yield(&l->w, stop->ms, stop->spread_ms);
}

/* A message while serving. */
static void
worker_obey(struct link *l, struct wm__ipc *m)
{
	struct wm_proc *p = &l->w.proc;

	switch (m->type) {
	case WM__IPC_ACCEPT:
		wm__listener_accept(p);
		wm__handover_accept(l->w.handover);
		break;
	case WM__IPC_TAKE:
		wm__handover_take(l->w.handover, worker_take_fd(m), &m->u.link);
		break;
	case WM__IPC_GIVE:
		wm__handover_give(l->w.handover, worker_take_fd(m), &m->u.link);
		break;
	case WM__IPC_LISTENER:
		if (!l->w.leaving)
			worker_listener(l, m);
		break;
	case WM__IPC_PEER:
		worker_peer(l, m);
		break;
	case WM__IPC_FORGET:
		if (m->u.inbox.id != l->inbox)
			wm__channel_forget(p, m->u.inbox.id);
		break;
	case WM__IPC_RETURN:
		worker_return(l, &m->u.listener);
		break;
	case WM__IPC_ACTIVE:
		wm__worker_active(&l->w);
		break;
	case WM__IPC_RELOAD:
		worker_call(p, WM__RUNNING_WORKER_RELOAD,
		    p->row->on_worker_reload);
		break;
	case WM__IPC_EVENT:
		worker_event(l, m);
		break;
	case WM__IPC_LOG:
		worker_log(m);
		break;
	case WM__IPC_FIGURES:
		wm__metrics_answer_file(p, m->fd);
		break;
	case WM__IPC_STOP:
		worker_stop(l, &m->u.stop);
		break;
	case WM__IPC_CONNECTIONS:
		wm__listing_start(&l->w, worker_take_fd(m), m->text,
		    m->u.connections.close);
		break;
	default:
		wm_log(WM_LOG_WARNING, "unexpected message %s from the master",
		    wm__ipc_type_name(m->type));
	}
}

static void
worker_readable(int fd, unsigned what, void *arg)
{
	struct link *l = arg;
	struct wm__ipc m;
	int got;

	(void)what;
	while ((got = wm__ipc_recv(fd, &m)) > 0) {
		worker_obey(l, &m);
		wm__fd_close(&m.fd);
	}
	if (got == WM_E_FULL)
		return;
	wm__io_watch(l->io, 0);
	wm_log(WM_LOG_WARNING, "the master is gone: leaving");
	wm__worker_leave(&l->w, false, WORKER_LEAVE_MS);
}

/*
 * SIGTERM to one worker replaces it: it serves until its successor is there.
 * A second one is for when none comes.
 */
static void
worker_term(int signo, void *arg)
{
	struct link *l = arg; /* the first member's */

	(void)signo;
	if (l->w.proc.accepting && !l->retiring && !l->w.leaving)
		worker_retire(l, "by SIGTERM");
	else
		wm__worker_leave(&l->w, false, WORKER_LEAVE_MS);
}

/* ---- the whole ---- */

static int
worker_set_up(struct link *l)
{
	struct wm__ipc m;
	int got, error = 0;

	while (!l->ready && error == 0) {
		got = wm__ipc_recv(WM__IPC_FD, &m);
		if (got <= 0)
			return got == 0 ? WM_E_CLOSED : got;
		error = worker_inherit(l, &m);
		wm__fd_close(&m.fd);
	}
	return error;
}

static void
worker_signals(struct link *l)
{
	wm__worker_ignore(SIGINT); /* the terminal's: the master's business */
	wm__worker_ignore(SIGHUP);
	wm__worker_ignore(SIGQUIT);
	wm__worker_ignore(SIGUSR1);
	worker_watch_parent();
	wm__worker_on_signal(&l->w, SIGTERM, worker_term);
}

static int
worker_start(struct link *l)
{
	worker_signals(l);
	l->io = wm__io_new(l->w.proc.loop, WM__IPC_FD, worker_readable, l);
	if (l->io == NULL)
		return worker_refuse("out of memory");
	if (wm__worker_begin(&l->w) < 0)
		return worker_refuse("on_worker_start refused");
	if (l->crash != NULL) /* it may have loaded some more */
		wm__crash_note_modules(l->crash);
	wm__fd_set_nonblock(WM__IPC_FD);
	wm__io_watch(l->io, WM__READ);
	return wm__ipc_send(WM__IPC_FD, WM__IPC_READY, NULL, NULL, -1);
}

static void
worker_end(struct link *l)
{
	struct wm__counters *page = NULL;

	if (!l->begun)
		return;
	if (l->w.proc.counters != &l->w.proc.own_counters)
		page = l->w.proc.counters;
	wm__io_free(&l->io);
	wm__handover_free(&l->w.handover);
	wm__worker_fini(&l->w);
	wm__counters_unmap(&page);
}

int
wm__worker_main(const struct wm_app *app, char *title, size_t title_len)
{
	struct link *l = &worker_link;
	int error;

	*l =
	    (struct link){ .app = app, .title = title, .title_len = title_len };
	wm__fd_set_cloexec(WM__IPC_FD, 1);
	error = worker_set_up(l);
	if (error == 0)
		error = worker_start(l);
	if (error == 0)
		wm__worker_serve(&l->w);
	else if (error == WM_E_VERSION)
		worker_refuse("the master speaks another version: restart");
	worker_end(l);
	if (error < 0)
		return WM__EXIT_MISSING;
	return l->w.late ? WM__EXIT_KILLED : WM__EXIT_OK;
}
