/* SPDX-License-Identifier: MIT */
/*
 * Talks to bench/reload_server over many connections, and says how long they
 * were silent: of every connection, the longest wait for an answer. Each asks
 * at its turn of a bounded rate, one question at a time; every answer must be
 * the right one, on the connection that it was asked on.
 *
 *	bench/reload_load [OPTION]... text|websocket PORT COMMAND...
 *
 *	-n N    connections, 1000
 *	-r N    questions a second, of all together, 20000
 *	-s N    seconds before the first COMMAND: the silence of this program
 *	        itself and of the machine, 2
 *	-k N    how often COMMAND runs, one after the other, 5; 0: until the
 *	        end of standard input, and no COMMAND
 *
 * COMMAND is to replace the workers: then all that have answered before are
 * awaited to end. Prints a row of the table that bench/reload heads. Exit
 * status 1: a connection was closed, or an answer was wrong.
 */
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PER_ADDRESS 20000 /* connections of one source address */
#define PIDS        256   /* processes that answer, at most */
#define ANSWER_MAX  64

struct talk {
	int fd;
	unsigned asked;      /* number of its question; 0: none open */
	int64_t since;       /* when it was asked, ns */
	int64_t quiet, busy; /* the longest wait before, and after COMMAND */
	char in[ANSWER_MAX];
	size_t n_in;
};

static bool websocket;
static size_t n_talks = 1000;
static unsigned rate = 20000, seconds = 2, times = 5;
static struct talk *talks;
static int epoll_fd;
static bool measures; /* COMMAND has run */
static unsigned number;
static uint64_t answers;
static struct {
	long pid; /* who has answered; 0: nobody */
	bool old; /* before COMMAND */
} pids[PIDS];

static void __attribute__((noreturn, format(printf, 1, 2)))
die(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fprintf(stderr, "reload_load: ");
	vfprintf(stderr, fmt, args);
	fputc('\n', stderr);
	va_end(args);
	exit(1);
}

static int64_t
now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* ---- connections ---- */

static void
shake_hands(int fd, const char *port)
{
	char text[1024];
	size_t len = 0;
	int n = snprintf(text, sizeof(text),
	    "GET / HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nUpgrade: websocket\r\n"
	    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
	    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
	    port);

	if (send(fd, text, (size_t)n, 0) != n)
		die("handshake: %s", strerror(errno));
	while (len < 4 || memcmp(text + len - 4, "\r\n\r\n", 4) != 0) {
		ssize_t got = recv(fd, text + len, sizeof(text) - 1 - len, 0);

		if (got <= 0)
			die("handshake: the server ended it");
		len += (size_t)got;
	}
	text[len] = '\0';
	if (strncmp(text, "HTTP/1.1 101 ", 13) != 0)
		die("handshake: %.60s", text);
}

static void
talk_open(size_t i, const char *port)
{
	struct talk *t = &talks[i];
	struct sockaddr_in to = { .sin_family = AF_INET }, from = to;
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = t };
	int one = 1;

	to.sin_port = htons((uint16_t)strtoul(port, NULL, 10));
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	from.sin_addr.s_addr =
	    htonl(INADDR_LOOPBACK + (uint32_t)(i / PER_ADDRESS));
	t->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
#if defined(IP_BIND_ADDRESS_NO_PORT)
	setsockopt(t->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one,
	    sizeof(one));
#endif
	setsockopt(t->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (t->fd < 0 ||
	    bind(t->fd, (struct sockaddr *)&from, sizeof(from)) < 0 ||
	    connect(t->fd, (struct sockaddr *)&to, sizeof(to)) < 0)
		die("connection %zu: %s", i, strerror(errno));
	if (websocket)
		shake_hands(t->fd, port);
	if (fcntl(t->fd, F_SETFL, O_NONBLOCK) < 0 ||
	    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, t->fd, &event) < 0)
		die("connection %zu: %s", i, strerror(errno));
}

/* A question is eight digits; the answer these, a blank, seven more. */
static void
talk_ask(struct talk *t, int64_t now)
{
	char text[32];
	int n;

	number = number % 99999999 + 1;
	if (websocket) /* masked with zeros */
		n = snprintf(text, sizeof(text), "\x81\x88%c%c%c%c%08u", 0, 0,
		    0, 0, number);
	else
		n = snprintf(text, sizeof(text), "%08u\n", number);
	t->asked = number;
	t->since = now;
	if (send(t->fd, text, (size_t)n, MSG_NOSIGNAL) != n)
		die("a connection was closed: %s", strerror(errno));
}

static void
note_pid(long pid)
{
	size_t i = 0;

	while (i < PIDS && pids[i].pid != pid && pids[i].pid != 0)
		i++;
	if (i == PIDS)
		die("more than %d processes answer", PIDS);
	pids[i].pid = pid;
}

static void
talk_answer(struct talk *t, const char *text)
{
	int64_t wait = now_ns() - t->since;
	char digits[9] = "";

	memcpy(digits, text, 8);
	if (strtoul(digits, NULL, 10) != t->asked || text[8] != ' ')
		die("asked %u, answered '%.16s'", t->asked, text);
	note_pid(strtol(text + 9, NULL, 10));
	t->asked = 0;
	t->n_in = 0;
	answers++;
	if (measures && wait > t->busy)
		t->busy = wait;
	if (!measures && wait > t->quiet)
		t->quiet = wait;
}

static void
talk_hear(struct talk *t)
{
	size_t want = websocket ? 18 : 17;
	ssize_t n = recv(t->fd, t->in + t->n_in, ANSWER_MAX - t->n_in, 0);

	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0)
		die("a connection was closed: %s",
		    n < 0 ? strerror(errno) : "end of file");
	t->n_in += (size_t)n;
	if (t->asked == 0 || t->n_in > want)
		die("%zu bytes that nobody asked for: %02x %02x '%.16s'",
		    t->n_in, (unsigned char)t->in[0], (unsigned char)t->in[1],
		    t->in);
	if (t->n_in < want)
		return;
	if (websocket && memcmp(t->in, "\x81\x10", 2) != 0)
		die("no answer, but a frame %02x", (unsigned char)t->in[0]);
	t->in[want] = '\0';
	talk_answer(t, t->in + (websocket ? 2 : 0));
}

/* ---- talking ---- */

/* Those whose turn has come since `begun`; who still waits is left out. */
static void
ask_due(int64_t begun, uint64_t *turn)
{
	int64_t now = now_ns();
	uint64_t due = (uint64_t)(now - begun) / (1000000000u / rate);

	if (due - *turn > n_talks) /* late: it is made up for by nobody */
		*turn = due - n_talks;
	for (; *turn < due; ++*turn) {
		struct talk *t = &talks[*turn % n_talks];

		if (t->asked == 0)
			talk_ask(t, now);
	}
}

/* Talks on until `done` says so, or the nanoseconds have passed. */
static void
talk(bool (*done)(void), int64_t ns)
{
	static int64_t begun;
	static uint64_t turn;
	struct epoll_event events[256];
	int64_t until = now_ns() + ns;

	if (begun == 0)
		begun = now_ns();
	while (done != NULL ? !done() : now_ns() < until) {
		int n = epoll_wait(epoll_fd, events, 256, 1);

		for (int i = 0; i < n; i++)
			talk_hear(events[i].data.ptr);
		ask_due(begun, &turn);
		if (done != NULL && now_ns() > until)
			die("the old workers do not end");
	}
}

static bool
all_answered(void)
{
	for (size_t i = 0; i < n_talks; i++)
		if (talks[i].asked != 0)
			return false;
	return true;
}

static void
answers_only(void)
{
	struct epoll_event events[256];
	int64_t until = now_ns() + 60000000000;

	while (!all_answered()) {
		int n = epoll_wait(epoll_fd, events, 256, 1);

		for (int i = 0; i < n; i++)
			talk_hear(events[i].data.ptr);
		if (now_ns() > until)
			die("an answer is missing");
	}
}

/* ---- the reload ---- */

static pid_t command_pid;

static bool
command_ended(void)
{
	int status;
	pid_t pid = waitpid(command_pid, &status, WNOHANG);

	if (pid == 0)
		return false;
	if (pid < 0 || status != 0)
		die("the command failed");
	return true;
}

static bool
old_have_ended(void)
{
	for (size_t i = 0; i < PIDS; i++)
		if (pids[i].old && kill((pid_t)pids[i].pid, 0) == 0)
			return false;
	return true;
}

static bool
input_ended(void)
{
	struct pollfd p = { .fd = STDIN_FILENO, .events = POLLIN };

	return poll(&p, 1, 0) != 0;
}

static double
ms_since(int64_t since)
{
	return (double)(now_ns() - since) / 1e6;
}

/* How long the command took, and until no old worker was left. */
static void
reload(char **command, double *command_ms, double *moved_ms)
{
	int64_t begun = now_ns();

	for (size_t i = 0; i < PIDS; i++)
		pids[i].old =
		    pids[i].pid != 0 && kill((pid_t)pids[i].pid, 0) == 0;
	command_pid = fork();
	if (command_pid == 0) {
		int null = open("/dev/null", O_WRONLY);

		dup2(null, STDOUT_FILENO);
		execv(command[0], command);
		_exit(127);
	}
	talk(command_ended, 60000000000);
	*command_ms = ms_since(begun);
	talk(old_have_ended, 60000000000);
	*moved_ms = ms_since(begun);
}

/* ---- figures ---- */

static int
compare(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* p50, p99 and the longest, in ms. */
static void
print_silence(bool busy)
{
	int64_t *all = calloc(n_talks, sizeof(*all));

	if (all == NULL)
		die("out of memory");
	for (size_t i = 0; i < n_talks; i++)
		all[i] = busy ? talks[i].busy : talks[i].quiet;
	qsort(all, n_talks, sizeof(*all), compare);
	printf(" %7.1f %7.1f %7.1f", (double)all[n_talks / 2] / 1e6,
	    (double)all[n_talks - 1 - n_talks / 100] / 1e6,
	    (double)all[n_talks - 1] / 1e6);
	free(all);
}

static void
measure(char **command)
{
	double command_ms = 0, moved_ms = 0, c, m;

	talk(NULL, (int64_t)seconds * 1000000000);
	measures = true;
	if (times == 0)
		talk(input_ended, INT64_MAX / 2);
	for (unsigned i = 0; i < times; i++) {
		reload(command, &c, &m);
		command_ms = c > command_ms ? c : command_ms;
		moved_ms = m > moved_ms ? m : moved_ms;
		talk(NULL, 300000000);
	}
	answers_only();
	printf("%-9s %6zu %7.0f %7.0f", websocket ? "websocket" : "text",
	    n_talks, command_ms, moved_ms);
	print_silence(true);
	print_silence(false);
	printf(" %9llu\n", (unsigned long long)answers);
}

static unsigned
option(const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (*end != '\0' || n > 1000000)
		die("'%s' is no number", text);
	return (unsigned)n;
}

int
main(int argc, char **argv)
{
	struct rlimit files;
	int opt;

	while ((opt = getopt(argc, argv, "+n:r:s:k:")) != -1)
		switch (opt) {
		case 'n':
			n_talks = option(optarg);
			break;
		case 'r':
			rate = option(optarg);
			break;
		case 's':
			seconds = option(optarg);
			break;
		case 'k':
			times = option(optarg);
			break;
		default:
			return 2;
		}
	if (argc - optind < 2 || n_talks == 0 || rate == 0 ||
	    (times > 0 && argc - optind < 3))
		die("usage: [-n N] [-r N] [-s N] [-k N] text|websocket PORT "
		    "COMMAND...");
	websocket = strcmp(argv[optind], "websocket") == 0;
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	talks = calloc(n_talks, sizeof(*talks));
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (talks == NULL || epoll_fd < 0)
		die("%s", strerror(errno));
	for (size_t i = 0; i < n_talks; i++)
		talk_open(i, argv[optind + 1]);
	measure(argv + optind + 2);
	return 0;
}
