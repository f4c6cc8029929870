/* SPDX-License-Identifier: MIT */
/* The application of the http tests: see http_app.h. */
#include "tests/support/http_app.h"
#include "tests/support/unit.h"
#include "tests/support/ways.h"

struct http_app app;

static void
on_message(struct wm_conn *c, const struct wm_msg *m)
{
	const struct wm_http_request *r = wm_http_request(m);
	struct wm_span target;

	assert_non_null(r);
	target = wm_http_target(r);
	wm_buf_puts(&app.transcript, wm_http_method_name(wm_http_method(r)));
	wm_buf_puts(&app.transcript, " ");
	wm_buf_put(&app.transcript, target.data, target.len);
	wm_buf_puts(&app.transcript, " [");
	wm_buf_put(&app.transcript, m->data, m->len);
	wm_buf_puts(&app.transcript, "]\n");
	app.delivered++;
	if (app.act != NULL)
		app.act(c, m);
	else if (app.defer)
		app.tickets[app.ntickets++ % 64] = wm_http_defer(c);
	else if (!app.silent)
		app.rc = wm_http_respond(c, &app.response);
}

const struct wm_handlers app_handlers = { .on_message = on_message };

void
app_reset(void)
{
	struct wm_buf transcript = app.transcript;

	transcript.len = 0;
	app = (struct http_app){
		.transcript = transcript,
		.response = { .body = "ok", .body_len = 2 },
	};
}

int
app_setup(void **state)
{
	(void)state;
	app_reset();
	return 0;
}

int
app_teardown(void **state)
{
	(void)state;
	wm_buf_fini(&app.transcript);
	return 0;
}

struct wire *
app_open(const struct wm_limits *limits)
{
	return wire_new(&wm_protocol_http, limits, &app_handlers);
}

struct wire *
app_fed(const char *text)
{
	struct wire *w = app_open(NULL);

	app_feed(w, text);
	return w;
}

void
app_feed(struct wire *w, const char *text)
{
	wire_feed(w, text, strlen(text));
	wire_turn(w);
}

struct each_way {
	void (*check)(struct wire *, void *);
	void *arg;
};

static void
check_way(struct wire *w, void *arg)
{
	const struct each_way *each = arg;

	each->check(w, each->arg);
	app_reset();
}

void
app_each_way(const char *data, size_t len, void (*check)(struct wire *, void *),
    void *arg)
{
	struct each_way each = { check, arg };
	const struct ways way = { .protocol = &wm_protocol_http,
		.handlers = &app_handlers,
		.input = data,
		.input_len = len };

	ways_each(&way, check_way, &each);
}

int
app_answer(struct wire *w, unsigned ticket, const char *text)
{
	struct wm_http_response r = { .body = text, .body_len = strlen(text) };
	int rc = wm_http_answer(wire_proc(w), app.tickets[ticket], &r);

	wire_turn(w);
	return rc;
}

/* A terminated copy of the output, valid until the next call. */
static const char *
output_text(struct wire *w)
{
	static struct wm_buf text;
	struct wm_span out = wire_output(w);

	text.len = 0;
	wm_buf_put(&text, out.data, out.len);
	wm_buf_put(&text, "", 1);
	return text.data;
}

static void
check_answer(const char *answer, const char *next)
{
	const char *body = strstr(answer, "\r\n\r\n");
	const char *length = strstr(answer, "\r\nContent-Length: ");
	unsigned status = (unsigned)strtoul(answer + 9, NULL, 10);

	assert_non_null(body);
	assert_true(body < next);
	body += 4;
	if (status == 100) {
		assert_true(body == next);
		return;
	}
	assert_non_null(strstr(answer, "\r\nDate: "));
	if (length != NULL && length < body && body < next)
		assert_int_equal(strtoul(length + 18, NULL, 10), next - body);
	if (length == NULL || length > next)
		assert_true(status == 101 || status == 204 || status == 304);
}

const char *
app_statuses(struct wire *w)
{
	static char list[1024];
	const char *p = output_text(w), *next;
	size_t n = 0;

	assert_true(*p == '\0' || strncmp(p, "HTTP/1.1 ", 9) == 0);
	for (; *p != '\0'; p = next) {
		next = strstr(p + 1, "HTTP/1.1 ");
		if (next == NULL)
			next = p + strlen(p);
		check_answer(p, next);
		assert_true(n + 5 < sizeof(list));
		if (n > 0)
			list[n++] = ' ';
		memcpy(list + n, p + 9, 3);
		n += 3;
	}
	list[n] = '\0';
	return list;
}

unsigned
app_sent(struct wire *w, const char *text)
{
	const char *p = output_text(w);
	unsigned n = 0;

	while ((p = strstr(p, text)) != NULL) {
		n++;
		p++;
	}
	return n;
}

bool
app_was_asked(const char *line)
{
	struct wm_buf *t = &app.transcript;

	return memmem(t->data, t->len, line, strlen(line)) != NULL;
}
