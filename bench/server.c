/* SPDX-License-Identifier: MIT */
/*
 * The server that is measured: what a user would write, on the public
 * interface, with all limits, timeouts and counters on.
 *
 *	bench/server PROTO PORT WORKERS WWW
 *
 * PROTO is http, ws, line or frame. Listens on 127.0.0.1 only. http: GET
 * /plaintext, /json, /s and /b (the files WWW/s and WWW/b), POST /echo.
 * ws: /ws echoes, /chat is one room. line and frame echo.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <workerman/workerman.h>

#define GREETING "Hello, World!"
#define ROOM     "room"

/* A file that is served from memory. */
static struct page {
	const char *path;
	char *body;
	size_t len;
} pages[] = { { "/s", NULL, 0 }, { "/b", NULL, 0 } };

#define N_PAGES (sizeof(pages) / sizeof(*pages))

static const char *www = ".";

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

static int
load_pages(struct wm_proc *p)
{
	(void)p;
	for (size_t i = 0; i < N_PAGES; i++)
		if (page_load(&pages[i]) < 0)
			return -1;
	return 0;
}

static void
free_pages(struct wm_proc *p)
{
	(void)p;
	for (size_t i = 0; i < N_PAGES; i++)
		free(pages[i].body);
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
	void (*run)(struct wm_conn *, const struct wm_msg *);
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

	for (size_t i = 0; i < sizeof(routes) / sizeof(*routes); i++)
		if (wm_http_method(r) == routes[i].method &&
		    wm_http_path_is(r, routes[i].path)) {
			routes[i].run(c, m);
			return;
		}
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
on_upgrade(struct wm_conn *c, const struct wm_msg *m)
{
	bool chat = wm_http_path_is(wm_http_request(m), "/chat");
	struct wm_websocket_accept how = { .handlers = chat ? &chat_handlers :
							      &echo_handlers };

	if (!chat && !wm_http_path_is(wm_http_request(m), "/ws"))
		wm_http_error(c, 404, NULL);
	else if (wm_websocket_accept(c, m, &how) == 0 && chat)
		wm_subscribe(c, ROOM);
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

static const struct service *
find_service(const char *proto)
{
	for (size_t i = 0; i < sizeof(services) / sizeof(*services); i++)
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
	char url[64], dir[4096];
	struct wm_worker workers[] = {
		{ .name = "bench",
		    .listen = url,
		    .count = (unsigned)strtoul(argv[3], NULL, 10),
		    .limits = &limits,
		    .on_worker_start = load_pages,
		    .on_worker_stop = free_pages,
		    .on_message = service->on_message },
		{ .name = NULL },
	};
	struct wm_app app = { .name = "bench", .workers = workers };
	char *args[] = { argv[0], (char[]){ "start" }, (char[]){ "-q" },
		(char[]){ "--run-dir" }, dir, NULL };

	snprintf(url, sizeof(url), "%s://127.0.0.1:%s", service->scheme,
	    argv[2]);
	name_run_dir(dir, sizeof(dir), argv[2]);
	return wm_main(&app, 5, args);
}

int
main(int argc, char **argv)
{
	const struct service *service =
	    argc >= 5 ? find_service(argv[1]) : NULL;

	if (service == NULL) {
		fprintf(stderr,
		    "usage: %s http|ws|line|frame PORT WORKERS WWW\n",
		    argc > 0 ? argv[0] : "server");
		return 2;
	}
	www = argv[4];
	return run(service, argv);
}
