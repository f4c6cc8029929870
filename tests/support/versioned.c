/* SPDX-License-Identifier: MIT */
/*
 * The program that the reload tests replace. What it is stands in a marked
 * constant, which the tests overwrite in copies of the file: a program of
 * another version, with another table, or with a fault, in milliseconds and
 * without a compiler. Words, separated by blanks:
 *
 *	v=N app=NAME           its version and name
 *	journal=FILE           a line for every callback of a worker
 *	ledger=FILE            byte N counts how often message N was handled
 *	main=WHAT prepare=WHAT start=WHAT at=ROW/SLOT
 *	                       the fault: there, of all workers or of that one
 *	gate=FILE              the fault "wait": says its pid in FILE.waits, and
 *	                       goes on when FILE exists
 *	row=NAME               a row begins; for it:
 *	  url=URL count=N user=NAME message=BYTES problems drain=MS spread=MS
 *	  keep                 not reloadable
 *	  exclusive lock=FILE  never two at once: the start takes the lock
 *	  open=URL             a listener of the process's own
 *	  mode=OCTAL backlog=N buffer=BYTES device=NAME proxy=NETWORK
 *	                       of the last url
 *	  repeat               a repeating timer writes into the journal
 *	  events               on_event writes into the journal
 *
 * Messages are text; of a request, its path. A number is answered with itself
 * and who answers; the other words are below.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <workerman/workerman.h>

#define PLAN_SIZE   2048
#define LEDGER_SIZE (64u << 20)
#define ROWS        16
#define URLS        8
#define ANSWER_FD   3 /* where a described program answers */

/* volatile: read from the file that runs, not from the compiler's memory */
static const volatile char plan[PLAN_SIZE] = "@@VERSIONED-PLAN@@ v=0 row=text "
					     "url=text://127.0.0.1:0 ";

/* What a row has beyond struct wm_worker. */
struct row {
	struct wm_listener listeners[URLS + 1];
	struct wm_limits limits;
	size_t n_urls;
	const char *lock, *open;
	bool repeats;
};

static char words[PLAN_SIZE];
static const char *version = "0", *name = "versioned";
static const char *journal, *ledger_path;
static const char *fault_main = "", *fault_prepare = "", *fault_start = "";
static const char *fault_at, *gate = "";
static struct row rows[ROWS];
static struct wm_worker workers[ROWS + 1];
static size_t n_rows;
static volatile unsigned char *ledger;
static const char *proxies[2];
static const struct wm_http_options problems = { .problems = true };

/* ---- what is written down ---- */

static void
note(const struct wm_proc *p, const char *what)
{
	struct timespec now;
	char line[256];
	int fd, len;

	if (journal == NULL)
		return;
	clock_gettime(CLOCK_MONOTONIC, &now);
	len = snprintf(line, sizeof(line), "%lld.%06ld %s %s/%u v%s %ld\n",
	    (long long)now.tv_sec, now.tv_nsec / 1000, what, wm_proc_name(p),
	    wm_proc_slot(p), version, (long)getpid());
	fd = open(journal, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
	if (fd < 0 || write(fd, line, (size_t)len) != len)
		wm_log(WM_LOG_ERROR, "%s: %s", journal, strerror(errno));
	if (fd >= 0)
		close(fd);
}

static void
count_message(unsigned long number)
{
	void *map;
	int fd;

	if (ledger_path == NULL || number >= LEDGER_SIZE)
		return;
	if (ledger == NULL) {
		fd = open(ledger_path, O_RDWR | O_CLOEXEC);
		map = mmap(NULL, LEDGER_SIZE, PROT_READ | PROT_WRITE,
		    MAP_SHARED, fd, 0);
		if (fd < 0 || map == MAP_FAILED)
			abort();
		close(fd);
		ledger = map;
	}
	__atomic_fetch_add(&ledger[number], 1, __ATOMIC_RELAXED);
}

/* ---- faults ---- */

/* Tells by a file, put in place whole, who waits; until the gate is there. */
static void
wait_at_gate(void)
{
	const struct timespec moment = { 0, 5000000 };
	char waits[512], whole[544];
	FILE *file;

	snprintf(waits, sizeof(waits), "%s.waits", gate);
	snprintf(whole, sizeof(whole), "%s.%ld", waits, (long)getpid());
	file = fopen(whole, "w");
	if (file == NULL)
		abort();
	fprintf(file, "%ld", (long)getpid());
	if (fclose(file) != 0 || rename(whole, waits) < 0)
		abort();
	while (access(gate, F_OK) < 0)
		nanosleep(&moment, NULL);
}

static void
fault(const char *what)
{
	if (strcmp(what, "wait") == 0)
		wait_at_gate();
	if (strcmp(what, "crash") == 0)
		abort();
	if (strcmp(what, "exit") == 0)
		exit(9);
	if (strcmp(what, "end") == 0)
		exit(0);
	if (strcmp(what, "hang") == 0)
		for (;;)
			pause();
}

static void *
idle_thread(void *arg)
{
	pause();
	return arg;
}

/* A description as a master of another version would write it. */
static void
answer_other_ipc(unsigned char ipc_version)
{
	const unsigned char bytes[] = { ipc_version, 0, 0, 0, 1, 0, 0, 0, 0 };

	if (write(ANSWER_FD, bytes, sizeof(bytes)) < 0)
		exit(1);
	exit(0);
}

static void
fault_in_main(void)
{
	pthread_t thread;

	if (wm_role() != WM_ROLE_DESCRIBE)
		return;
	fault(fault_main);
	if (strcmp(fault_main, "thread") == 0)
		pthread_create(&thread, NULL, idle_thread, NULL);
	if (strcmp(fault_main, "child") == 0 && fork() == 0)
		_exit(0);
	if (strcmp(fault_main, "socket") == 0 &&
	    socket(AF_INET, SOCK_STREAM, 0) < 0)
		exit(1);
	if (strcmp(fault_main, "older") == 0)
		answer_other_ipc(1);
	if (strcmp(fault_main, "newer") == 0)
		answer_other_ipc(200);
	if (strcmp(fault_main, "says") == 0)
		fprintf(stderr, "a word from the new program\n");
}

static int
on_prepare(const struct wm_app *app)
{
	(void)app;
	fault(fault_prepare);
	return strcmp(fault_prepare, "refuse") == 0 ? -1 : 0;
}

/* ---- a worker ---- */

static const struct row *
row_of(const struct wm_proc *p)
{
	return wm_proc_data(p);
}

static void
on_repeat(struct wm_proc *p, void *arg)
{
	(void)arg;
	note(p, "repeat");
}

/* Takes the lock, which the process keeps until its end. */
static int
take_lock(const struct wm_proc *p)
{
	const char *path = row_of(p)->lock;
	int fd;

	if (path == NULL)
		return 0;
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	note(p, "two-at-once");
	return -1;
}

static int
on_worker_start(struct wm_proc *p)
{
	char me[128];

	snprintf(me, sizeof(me), "%s/%u", wm_proc_name(p), wm_proc_slot(p));
	note(p, "start");
	if (take_lock(p) < 0)
		return -1;
	if (fault_at == NULL || strcmp(fault_at, me) == 0) {
		fault(fault_start);
		if (strcmp(fault_start, "refuse") == 0)
			return -1;
	}
	if (row_of(p)->repeats)
		wm_timer_every(p, 1, on_repeat, NULL);
	return 0;
}

static void
on_worker_active(struct wm_proc *p)
{
	const struct wm_listener own = { .url = row_of(p)->open };

	note(p, "active");
	if (own.url != NULL && wm_listen(p, &own) < 0)
		note(p, "deaf");
}

static void
on_worker_reload(struct wm_proc *p)
{
	note(p, "reload");
}

static void
on_worker_stop(struct wm_proc *p)
{
	note(p, "stop");
}

static void
on_event(struct wm_proc *p, const struct wm_event *e)
{
	char text[160];

	snprintf(text, sizeof(text), "event:%s:%d", wm_event_word(e->kind),
	    e->status);
	note(p, text);
}

/* ---- messages ---- */

static void
answer(struct wm_conn *c, const char *text)
{
	wm_conn_send(c, text, strlen(text));
}

/* Who answers: words that a client can look for. */
static char *
identify(const struct wm_proc *p, const char *text, char *line, size_t size)
{
	snprintf(line, size, "%s v=%s pid=%ld row=%s/%u gen=%u", text, version,
	    (long)getpid(), wm_proc_name(p), wm_proc_slot(p),
	    wm_proc_generation(p));
	return line;
}

/* Answers that are owed; kept until the end, when some are owed still. */
static struct later {
	struct wm_http_ticket ticket;
	struct later *next;
} * laters;

static void
on_due(struct wm_proc *p, void *arg)
{
	const struct later *later = arg;
	char line[512];
	struct wm_http_response response = {
		.body = identify(p, "late", line, sizeof(line)),
	};

	response.body_len = strlen(line);
	wm_http_answer(p, later->ticket, &response);
}

/* "later MS": the answer is given then. */
static void
answer_later(struct wm_conn *c, unsigned long ms)
{
	struct later *later = calloc(1, sizeof(*later));

	if (later == NULL)
		abort();
	later->ticket = wm_http_defer(c);
	later->next = laters;
	laters = later;
	wm_timer_once(wm_conn_proc(c), ms, on_due, later);
}

static void
answer_facts(struct wm_conn *c)
{
	char text[128];

	snprintf(text, sizeof(text), "uid=%ld gid=%ld message=%zu",
	    (long)getuid(), (long)getgid(), (size_t)wm_conn_limits(c)->message);
	answer(c, text);
}

static void
obey(struct wm_conn *c, const char *text)
{
	char line[512];

	if (strcmp(text, "crash") == 0)
		abort();
	if (strncmp(text, "later-", 6) == 0) {
		answer_later(c, strtoul(text + 6, NULL, 10));
		return;
	}
	if (strncmp(text, "block-", 6) == 0)
		usleep((useconds_t)strtoul(text + 6, NULL, 10) * 1000);
	if (strcmp(text, "facts") == 0) {
		answer_facts(c);
		return;
	}
	if (strcmp(text, "peer") == 0) {
		answer(c, wm_conn_peer(c, line, sizeof(line)));
		return;
	}
	if (strspn(text, "0123456789") > 0)
		count_message(strtoul(text, NULL, 10));
	answer(c, identify(wm_conn_proc(c), text, line, sizeof(line)));
}

static void
on_message(struct wm_conn *c, const struct wm_msg *m)
{
	const struct wm_http_request *r = wm_http_request(m);
	struct wm_span path = { m->data, m->len };
	char text[256];

	if (r != NULL) {
		path = wm_http_path(r);
		path.data++; /* the slash */
		path.len--;
	}
	snprintf(text, sizeof(text), "%.*s",
	    path.len < sizeof(text) ? (int)path.len : (int)sizeof(text) - 1,
	    path.data);
	text[strcspn(text, "\r\n")] = '\0'; /* raw */
	obey(c, text);
}

/* ---- the table ---- */

static void
begin_row(const char *row_name)
{
	struct row *row = &rows[n_rows];

	if (n_rows == ROWS)
		abort();
	workers[n_rows++] = (struct wm_worker){
		.name = row_name,
		.listeners = row->listeners,
		.limits = &row->limits,
		.data = row,
		.on_worker_start = on_worker_start,
		.on_worker_active = on_worker_active,
		.on_worker_reload = on_worker_reload,
		.on_worker_stop = on_worker_stop,
		.on_message = on_message,
	};
}

/* An option of the row's last listener. */
static bool
read_listener_word(struct row *row, const char *key, const char *value)
{
	struct wm_listener *l =
	    &row->listeners[row->n_urls > 0 ? row->n_urls - 1 : 0];

	if (strcmp(key, "mode") == 0)
		l->mode = (unsigned)strtoul(value, NULL, 8);
	else if (strcmp(key, "backlog") == 0)
		l->backlog = (unsigned)strtoul(value, NULL, 10);
	else if (strcmp(key, "buffer") == 0)
		l->receive_buffer = (unsigned)strtoul(value, NULL, 10);
	else if (strcmp(key, "device") == 0)
		l->device = value;
	else if (strcmp(key, "proxy") == 0) {
		proxies[0] = value;
		l->proxies = proxies;
	} else
		return false;
	return true;
}

static void
read_row_word(const char *key, const char *value)
{
	struct row *row = &rows[n_rows - 1];
	struct wm_worker *w = &workers[n_rows - 1];
	unsigned long number = strtoul(value, NULL, 10);

	if (strcmp(key, "url") == 0 && row->n_urls < URLS)
		row->listeners[row->n_urls++].url = value;
	else if (strcmp(key, "count") == 0)
		w->count = (unsigned)number;
	else if (strcmp(key, "user") == 0)
		w->user = value;
	else if (strcmp(key, "message") == 0)
		row->limits.message = number;
	else if (strcmp(key, "problems") == 0)
		row->listeners[0].options = &problems;
	else if (strcmp(key, "drain") == 0)
		w->drain_ms = (uint32_t)number;
	else if (strcmp(key, "spread") == 0)
		w->drain_spread_ms = (uint32_t)number;
	else if (strcmp(key, "keep") == 0)
		w->reloadable = WM_NOT_RELOADABLE;
	else if (strcmp(key, "exclusive") == 0)
		w->takeover = WM_EXCLUSIVE;
	else if (strcmp(key, "lock") == 0)
		row->lock = value;
	else if (strcmp(key, "open") == 0)
		row->open = value;
	else if (strcmp(key, "repeat") == 0)
		row->repeats = true;
	else if (strcmp(key, "events") == 0)
		w->on_event = on_event;
	else if (!read_listener_word(row, key, value))
		abort();
}

static void
read_word(const char *key, const char *value)
{
	static const struct {
		const char *key;
		const char **to;
	} strings[] = { { "v", &version }, { "app", &name },
		{ "journal", &journal }, { "ledger", &ledger_path },
		{ "main", &fault_main }, { "prepare", &fault_prepare },
		{ "start", &fault_start }, { "at", &fault_at },
		{ "gate", &gate } };

	for (size_t i = 0; i < sizeof(strings) / sizeof(*strings); i++)
		if (strcmp(strings[i].key, key) == 0) {
			*strings[i].to = value;
			return;
		}
	if (strcmp(key, "row") == 0)
		begin_row(value);
	else
		read_row_word(key, value);
}

static void
read_plan(void)
{
	char *word, *value;

	for (size_t i = 0; i < PLAN_SIZE - 1; i++)
		words[i] = plan[i];
	word = strtok(words, " ");
	for (word = strtok(NULL, " "); word != NULL; word = strtok(NULL, " ")) {
		value = strchr(word, '=');
		if (value != NULL)
			*value++ = '\0';
		read_word(word, value != NULL ? value : "");
	}
}

int
main(int argc, char **argv)
{
	static struct wm_app app = { .workers = workers,
		.on_prepare = on_prepare };

	read_plan();
	app.name = name;
	app.version = version;
	fault_in_main();
	return wm_main(&app, argc, argv);
}
