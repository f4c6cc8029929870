/* SPDX-License-Identifier: MIT */
/*
 * The server that is measured: what a user would write, on the public
 * interface, with all limits, timeouts and counters on.
 *
 *	bench/server PROTO PORT WORKERS WWW [NAME=VALUE]...
 *	bench/server protocols    prints each PROTO
 *
 * PROTO is http, ws, line or frame. Listens on 127.0.0.1 only. http: GET
 * /plaintext, /json, /s and /b (the files WWW/s and WWW/b), POST /echo.
 * ws: /ws echoes, /chat is one room. line and frame echo. With 0 WORKERS
 * this very process serves, without a master: for valgrind and strace.
 *
 * What a larger application has beside that, to see that it costs nothing:
 *	routes=N    paths that nobody asks for
 *	timers=N    that are due in an hour
 *	topics=N    that each connection of /chat is subscribed to
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <workerman/workerman.h>

#include "routes.h"

#define GREETING "Hello, World!"
#define ROOM     "room"
#define HOUR     3600000u /* ms */

/* A file that is served from memory. */
static struct page {
	const char *path;
	char *body;
	size_t len;
} pages[] = { { "/s", NULL, 0 }, { "/b", NULL, 0 } };

#define N_PAGES (sizeof(pages) / sizeof(*pages))

static const char *www = ".";

static unsigned long more_routes, more_timers, more_topics;

static const struct amount {
	const char *name;
	unsigned long *value;
} amounts[] = {
	{ "routes=", &more_routes },
	{ "timers=", &more_timers },
	{ "topics=", &more_topics },
};

static int
page_load(struct page *page)
{
	char path[4096];
	long len = -1;
	FILE *f;

	snprintf(path, sizeof(path), "%s%s", www, page->path);
	f = fopen(path, "rb");
	if (f == NULL)
		return 0; /* answered with 404 */
	if (fseek(f, 0, SEEK_END) == 0)
		len = ftell(f);
	rewind(f);
	if (len > 0)
		page->body = malloc((size_t)len);
	if (page->body != NULL)
		page->len = fread(page->body, 1, (size_t)len, f);
	fclose(f);
	return page->len == (size_t)len ? 0 : -1;
}

/* ---- http ---- */

static void
answer(struct wm_conn *c, const char *type, const void *body, size_t len)
{
	wm_http_respond(c,
	    &(struct wm_http_response){ .content_type = type,
		.body = body,
		.body_len = len });
}

static void
get_plaintext(struct wm_conn *c, const struct wm_msg *m)
{
	(void)m;
	answer(c, "text/plain", GREETING, sizeof(GREETING) - 1);
}

static void
get_json(struct wm_conn *c, const struct wm_msg *m)
{
	char body[64];
	int len =
	    snprintf(body, sizeof(body), "{\"message\":\"%s\"}", GREETING);

	(void)m;
	answer(c, "application/json", body, (size_t)len);
}

static void
post_echo(struct wm_conn *c, const struct wm_msg *m)
{
	answer(c, "application/octet-stream", m->data, m->len);
}

static void
get_page(struct wm_conn *c, const struct wm_msg *m)
{
	for (size_t i = 0; i < N_PAGES; i++)
		if (wm_http_path_is(wm_http_request(m), pages[i].path) &&
		    pages[i].body != NULL) {
			answer(c, "application/octet-stream", pages[i].body,
			    pages[i].len);
			return;
		}
	wm_http_error(c, 404, NULL);
}

static const struct route {
	enum wm_http_method method;
	const char *path;
	route_fn *fn;
} routes[] = {
	{ WM_HTTP_GET, "/plaintext", get_plaintext },
	{ WM_HTTP_GET, "/json", get_json },
	{ WM_HTTP_GET, "/s", get_page },
	{ WM_HTTP_GET, "/b", get_page },
	{ WM_HTTP_POST, "/echo", post_echo },
};

static void
on_request(struct wm_conn *c, const struct wm_msg *m)
{
	const struct wm_http_request *r = wm_http_request(m);
	route_fn *fn = routes_find(wm_http_method(r), wm_http_path(r));

	if (fn != NULL)
		fn(c, m);
	else
		wm_http_error(c, 404, NULL);
}

/* ---- WebSocket, on an http listener so that paths decide ---- */

static void
echo(struct wm_conn *c, const struct wm_msg *m)
{
	wm_conn_send_msg(c, m);
}

static void
say(struct wm_conn *c, const struct wm_msg *m)
{
	wm_publish(wm_conn_proc(c), ROOM, m->data, m->len, m->flags);
}

static const struct wm_handlers echo_handlers = { .on_message = echo };
static const struct wm_handlers chat_handlers = { .on_message = say };

static void
enter(struct wm_conn *c)
{
	char topic[64];

	wm_subscribe(c, ROOM);
	for (unsigned long i = 0; i < more_topics; i++) {
		snprintf(topic, sizeof(topic), "of-%llu-%lu",
		    (unsigned long long)wm_conn_id(c), i);
		wm_subscribe(c, topic);
	}
}

static void
on_upgrade(struct wm_conn *c, const struct wm_msg *m)
{
	bool chat = wm_http_path_is(wm_http_request(m), "/chat");
	struct wm_websocket_accept how = { .handlers = chat ? &chat_handlers :
							      &echo_handlers };

	if (!chat && !wm_http_path_is(wm_http_request(m), "/ws"))
		wm_http_error(c, 404, NULL);
	else if (wm_websocket_accept(c, m, &how) == 0 && chat)
		enter(c);
}

/* ---- the worker ---- */

static void
too_late(struct wm_proc *p, void *arg)
{
	(void)p;
	(void)arg;
}

static int
add_routes(void)
{
	char path[64];

	for (size_t i = 0; i < sizeof(routes) / sizeof(*routes); i++)
		if (routes_add(routes[i].method, routes[i].path, routes[i].fn) <
		    0)
			return -1;
	for (unsigned long i = 0; i < more_routes; i++) {
		snprintf(path, sizeof(path), "/things/of/kind/%lu", i);
		if (routes_add(WM_HTTP_GET, path, get_plaintext) < 0)
			return -1;
	}
	return 0;
}

static int
on_start(struct wm_proc *p)
{
	for (size_t i = 0; i < N_PAGES; i++)
		if (page_load(&pages[i]) < 0)
			return -1;
	for (unsigned long i = 0; i < more_timers; i++)
		if (wm_timer_once(p, HOUR + i, too_late, NULL) == 0)
			return -1;
	return add_routes();
}

static void
on_stop(struct wm_proc *p)
{
	(void)p;
	for (size_t i = 0; i < N_PAGES; i++)
		free(pages[i].body);
	routes_free();
}

/* ---- the table ---- */

static const struct service {
	const char *proto, *scheme;
	void (*on_message)(struct wm_conn *, const struct wm_msg *);
} services[] = {
	{ "http", "http", on_request },
	{ "ws", "http", on_upgrade },
	{ "line", "text", echo },
	{ "frame", "frame", echo },
};

#define N_SERVICES (sizeof(services) / sizeof(*services))

static const struct service *
find_service(const char *proto)
{
	for (size_t i = 0; i < N_SERVICES; i++)
		if (strcmp(services[i].proto, proto) == 0)
			return &services[i];
	return NULL;
}

/* Its own run directory, so that several run side by side. */
static void
name_run_dir(char *dir, size_t size, const char *port)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(dir, size, "%s/workerman-bench-%s-%lu",
	    tmp != NULL ? tmp : "/tmp", port, (unsigned long)getpid());
}

static int
run(const struct service *service, char **argv)
{
	static const struct wm_limits limits = { .unsent = 16u << 20 };
	unsigned count = (unsigned)strtoul(argv[3], NULL, 10);
	char url[64], dir[4096];
	struct wm_worker workers[] = {
		{ .name = "bench",
		    .listen = url,
		    .count = count,
		    .limits = &limits,
		    .on_worker_start = on_start,
		    .on_worker_stop = on_stop,
		    .on_message = service->on_message },
		{ .name = NULL },
	};
	struct wm_app app = { .name = "bench", .workers = workers };
	char *master[] = { argv[0], (char[]){ "start" }, (char[]){ "-q" },
		(char[]){ "--run-dir" }, dir, NULL };
	char *single[] = { argv[0], (char[]){ "--single" }, (char[]){ "bench" },
		(char[]){ "-q" }, (char[]){ "--run-dir" }, dir, NULL };

	snprintf(url, sizeof(url), "%s://127.0.0.1:%s", service->scheme,
	    argv[2]);
	name_run_dir(dir, sizeof(dir), argv[2]);
	return count > 0 ? wm_main(&app, 5, master) : wm_main(&app, 6, single);
}

static bool
read_amount(const char *arg)
{
	char *end;

	for (size_t i = 0; i < sizeof(amounts) / sizeof(*amounts); i++) {
		const struct amount *a = &amounts[i];
		size_t len = strlen(a->name);

		if (strncmp(arg, a->name, len) == 0) {
			*a->value = strtoul(arg + len, &end, 10);
			return end != arg + len && *end == '\0';
		}
	}
	return false;
}

static int
usage(void)
{
	fputs("usage: server PROTO PORT WORKERS WWW [routes=N] [timers=N] "
	      "[topics=N]\n"
	      "       server protocols\n",
	    stderr);
	return 2;
}

int
main(int argc, char **argv)
{
	const struct service *service =
	    argc >= 5 ? find_service(argv[1]) : NULL;

	if (argc == 2 && strcmp(argv[1], "protocols") == 0) {
		for (size_t i = 0; i < N_SERVICES; i++)
			puts(services[i].proto);
		return 0;
	}
	if (service == NULL)
		return usage();
	for (int i = 5; i < argc; i++)
		if (!read_amount(argv[i]))
			return usage();
	www = argv[4];
	return run(service, argv);
}
