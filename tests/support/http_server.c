/* SPDX-License-Identifier: MIT */
/*
 * A server for the tests with real clients: one path for each thing that http
 * can do beside answering at once.
 *
 *	/stream?n=N    N lines of 1,000 bytes, as fast as they are taken
 *	/late?ms=N     answered when that time has passed
 *	/ask, /tell    the first waits until somebody else calls the second
 *	/elsewhere     answered when a message comes through the channel
 *	/events        an event stream that hears the topic "events"
 *	/drop          ends the latest of those
 *	/publish       its body, to that topic
 *	/upload        the sum of the bytes of a body in parts
 *	/form          what is in a form
 *	/cookie        sets one and tells of the one that came
 *	/away          redirects to /stream?n=1
 *	/client        who asks
 *	/gone          how many clients of /events have left
 *	/page          a page for the browser
 */
#include <stdio.h>
#include <stdlib.h>

#include <workerman/workerman.h>

enum doing { NOTHING, STREAMING, UPLOADING, FORM, LISTENING };

/* Per connection. */
struct work {
	enum doing doing;
	struct wm_http_ticket ticket;
	unsigned long left;            /* lines of a stream */
	unsigned long long bytes, sum; /* of an upload */
	struct wm_http_form *form;
};

static struct wm_http_ticket asked, listening;
static unsigned gone;

static void
say(struct wm_conn *c, const char *text)
{
	wm_http_respond(c,
	    &(struct wm_http_response){ .body = text,
		.body_len = strlen(text) });
}

static unsigned long
number(const struct wm_http_request *r, const char *name)
{
	char text[32];

	return wm_http_value(wm_http_query(r), name, text, sizeof(text)) > 0 ?
	    strtoul(text, NULL, 10) :
	    0;
}

/* ---- streams ---- */

static void
stream_go_on(struct wm_conn *c)
{
	struct work *w = wm_conn_data(c);
	struct wm_proc *p = wm_conn_proc(c);
	char line[1001];

	if (w->doing != STREAMING)
		return;
	memset(line, 'x', 999);
	line[999] = '\n';
	while (w->left > 0) {
		if (wm_http_stream_write(p, w->ticket, line, 1000) < 0)
			return; /* on_buffer_drain goes on */
		w->left--;
	}
	w->doing = NOTHING;
	wm_http_stream_end(p, w->ticket,
	    (const struct wm_http_header[]){ { "X-Done", "yes" },
		{ NULL, NULL } });
}

static void
stream(struct wm_conn *c, const struct wm_http_request *r)
{
	struct work *w = wm_conn_data(c);

	w->doing = STREAMING;
	w->left = number(r, "n");
	w->ticket = wm_http_defer(c);
	wm_http_stream_begin(wm_conn_proc(c), w->ticket,
	    &(struct wm_http_response){ .content_type = "text/plain" });
	stream_go_on(c);
}

/* ---- answers that come later ---- */

static void
late(struct wm_proc *p, void *arg)
{
	struct wm_http_ticket *ticket = arg;

	wm_http_answer(p, *ticket,
	    &(struct wm_http_response){ .body = "late", .body_len = 4 });
	free(ticket);
}

static void
answer_late(struct wm_conn *c, const struct wm_http_request *r)
{
	struct wm_http_ticket *ticket = malloc(sizeof(*ticket));

	if (ticket == NULL)
		return;
	*ticket = wm_http_defer(c);
	wm_timer_once(wm_conn_proc(c), number(r, "ms"), late, ticket);
}

static void
on_told(struct wm_proc *p, const char *topic, const void *data, size_t len,
    void *arg)
{
	(void)topic;
	(void)arg;
	wm_http_answer(p, asked,
	    &(struct wm_http_response){ .body = data, .body_len = len });
}

/* ---- bodies ---- */

static void
upload(struct wm_conn *c, const struct wm_msg *m)
{
	struct work *w = wm_conn_data(c);
	char text[64];
	size_t i;

	if (m->flags & WM_MSG_FIRST)
		w->bytes = w->sum = 0;
	w->bytes += m->len;
	for (i = 0; i < m->len; i++)
		w->sum += (unsigned char)m->data[i];
	if (!(m->flags & WM_MSG_LAST))
		return;
	snprintf(text, sizeof(text), "%llu %llu\n", w->bytes, w->sum);
	say(c, text);
}

static void
form_tell(struct wm_conn *c, struct wm_http_form *form)
{
	const struct wm_http_form_field *f;
	struct wm_buf b = WM_BUF_INIT;
	size_t i;

	for (i = 0; (f = wm_http_form_at(form, i)) != NULL; i++)
		wm_buf_printf(&b, "%s=%s (%s, %s, %llu)\n", f->name, f->value,
		    f->filename != NULL ? f->filename : "no file",
		    f->type != NULL ? f->type : "no type",
		    (unsigned long long)f->len);
	wm_buf_put(&b, "", 1);
	say(c, b.failed ? "" : b.data);
	wm_buf_fini(&b);
}

static void
form(struct wm_conn *c, const struct wm_msg *m)
{
	struct work *w = wm_conn_data(c);
	int rc = 0;

	if (m->flags & WM_MSG_FIRST)
		rc = wm_http_form_new(wm_http_request(m), NULL, &w->form);
	if (rc == 0)
		rc = wm_http_form_feed(w->form, m);
	if (rc < 0)
		wm_http_error(c, wm_http_form_status(rc), NULL);
	else if (m->flags & WM_MSG_LAST)
		form_tell(c, w->form);
	if (rc < 0 || m->flags & WM_MSG_LAST)
		wm_http_form_free(&w->form);
}

static bool
in_parts(const struct wm_conn *c, const struct wm_http_request *r)
{
	(void)c;
	return wm_http_path_is(r, "/upload") || wm_http_path_is(r, "/form");
}

/* ---- the rest ---- */

static void
events(struct wm_conn *c, const struct wm_http_request *r)
{
	struct work *w = wm_conn_data(c);
	struct wm_span last = wm_http_last_event_id(r);

	w->ticket = wm_http_events_begin(c,
	    &(struct wm_http_events){ .retry_ms = 50, .heartbeat_ms = 1000 });
	w->doing = LISTENING;
	listening = w->ticket;
	wm_http_event_send(wm_conn_proc(c), w->ticket,
	    &(struct wm_http_event){ .event = "hello",
		.id = last.len > 0 ? "again" : "first",
		.data = last.data,
		.len = last.len });
	wm_subscribe(c, "events");
}

static void
cookie(struct wm_conn *c, const struct wm_http_request *r)
{
	struct wm_span seen = wm_http_cookie(r, "seen");
	char value[100];

	wm_http_cookie_format(&(struct wm_http_set_cookie){ .name = "seen",
				  .value = "yes",
				  .path = "/",
				  .max_age = 60,
				  .http_only = true,
				  .same_site = WM_HTTP_SAME_SITE_LAX },
	    value, sizeof(value));
	wm_http_respond(c,
	    &(struct wm_http_response){
		.headers =
		    (const struct wm_http_header[]){ { "Set-Cookie", value },
			{ NULL, NULL } },
		.body = seen.data,
		.body_len = seen.len });
}

static void
client(struct wm_conn *c, const struct wm_http_request *r)
{
	char text[WM_ADDRESS_MAX];

	say(c, wm_http_client(c, r, text, sizeof(text)));
}

static void
count_gone(struct wm_conn *c)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", gone);
	say(c, text);
}

static void
page(struct wm_conn *c)
{
	static const char text[] = "<!DOCTYPE html><title>page</title>";

	wm_http_respond(c,
	    &(struct wm_http_response){ .content_type = "text/html",
		.body = text,
		.body_len = sizeof(text) - 1 });
}

static void
on_request(struct wm_conn *c, const struct wm_msg *m)
{
	const struct wm_http_request *r = wm_http_request(m);
	struct wm_proc *p = wm_conn_proc(c);

#define PATH(path) wm_http_path_is(r, path)
	if (PATH("/stream"))
		stream(c, r);
	else if (PATH("/late"))
		answer_late(c, r);
	else if (PATH("/ask") || PATH("/elsewhere"))
		asked = wm_http_defer(c);
	else if (PATH("/tell")) {
		wm_http_answer_error(p, asked, 503, "told");
		say(c, "ok");
	} else if (PATH("/events"))
		events(c, r);
	else if (PATH("/drop")) {
		wm_http_stream_end(p, listening, NULL);
		say(c, "ok");
	} else if (PATH("/publish")) {
		wm_publish(p, "events", m->data, m->len, 0);
		say(c, "ok");
	} else if (PATH("/publish-elsewhere")) {
		wm_publish(p, "elsewhere", m->data, m->len, 0);
		say(c, "ok");
	} else if (PATH("/upload"))
		upload(c, m);
	else if (PATH("/form"))
		form(c, m);
	else if (PATH("/cookie"))
		cookie(c, r);
	else if (PATH("/away"))
		wm_http_redirect(c, 302, "/stream?n=1");
	else if (PATH("/client"))
		client(c, r);
	else if (PATH("/gone"))
		count_gone(c);
	else if (PATH("/page"))
		page(c);
	else
		wm_http_error(c, 404, "no such path");
#undef PATH
}

static void
on_close(struct wm_conn *c, enum wm_close_reason reason)
{
	struct work *w = wm_conn_data(c);

	(void)reason;
	gone += w->doing == LISTENING;
	wm_http_form_free(&w->form);
}

static int
on_start(struct wm_proc *p)
{
	return wm_channel_listen(p, "elsewhere", on_told, NULL);
}

static const struct wm_http_options options = {
	.in_parts = in_parts,
	.proxies = (const char *const[]){ "127.0.0.0/8", NULL },
};

static const struct wm_listener listeners[] = {
	{ .url = "http://127.0.0.1:0", .options = &options },
	{ .url = NULL },
};

static const struct wm_worker workers[] = {
	{ .name = "http",
	    .listeners = listeners,
	    .conn_data_size = sizeof(struct work),
	    .on_worker_start = on_start,
	    .on_message = on_request,
	    .on_close = on_close,
	    .on_buffer_drain = stream_go_on },
	{ .name = NULL },
};

static const struct wm_app app = { .name = "http_server", .workers = workers };

int
main(int argc, char **argv)
{
	return wm_main(&app, argc, argv);
}
