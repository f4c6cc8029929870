/* SPDX-License-Identifier: MIT */
/*
 * From a request to its answer: which resource the path names, which method
 * it has, what is done. What a note is, and where it is kept, is not decided
 * here.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "api.h"
#include "json.h"
#include "notes.h"
#include "problem.h"
#include "query.h"

#define PAGE_BYTES (256u << 10) /* of notes: then the page ends early */

/* A request on its way. */
struct call {
	struct wm_conn *c;
	const struct wm_http_request *r;
	const struct wm_msg *m; /* its data is the body */
	struct notes *notes;
	int64_t id;                   /* in the path; 0: none */
	int64_t now;                  /* seconds since 1970 */
	struct wm_http_response page; /* its file, if the path is one's */
};

typedef void call_fn(const struct call *call);

/* ---- answers ---- */

static void
answer_failure(const struct call *call, int error)
{
	static const struct wm_http_header later[] = { { "Retry-After", "1" },
		{ NULL, NULL } };
	struct problem busy = { .status = 503,
		.headers = later,
		.detail = "the database is busy" };

	if (error == WM_E_NOT_FOUND)
		problem_plain(call->c, call->r, 404, "there is no such note");
	else if (error == WM_E_BUSY)
		problem_send(call->c, call->r, &busy);
	else
		problem_plain(call->c, call->r, 500, NULL);
}

/* 200, or 201 with the address of what was made. Takes `json`. */
static void
answer_json(const struct call *call, unsigned status, json_t *json,
    const struct wm_http_header *headers)
{
	char *text = json != NULL ? json_dumps(json, JSON_COMPACT) : NULL;

	if (text == NULL)
		answer_failure(call, WM_E_NOMEM);
	else
		wm_http_respond(call->c,
		    &(struct wm_http_response){ .status = status,
			.content_type = "application/json",
			.headers = headers,
			.body = text,
			.body_len = strlen(text) });
	free(text);
	json_decref(json);
}

/* notes_fn: keeps the one note in the json_t * behind arg. */
static int
keep_note(const struct note *note, void *arg)
{
	json_t **json = arg;

	*json = note_to_json(note);
	return *json != NULL ? 0 : WM_E_NOMEM;
}

/* ---- what a client sends ---- */

static bool
is_json(const struct wm_http_request *r)
{
	static const char json[] = "application/json";
	const size_t n = sizeof(json) - 1;
	struct wm_span type = wm_http_header(r, "Content-Type");

	return type.len >= n && strncasecmp(type.data, json, n) == 0 &&
	    (type.len == n || type.data[n] == ';' || type.data[n] == ' ');
}

/* The note in the body, as note_from_json(); null when it was answered. */
static json_t *
read_body(const struct call *call, struct note *note_r)
{
	static const struct wm_http_header accept[] = {
		{ "Accept", "application/json" }, { NULL, NULL }
	};
	struct problem problem = { .status = 415,
		.headers = accept,
		.detail = "notes are sent as application/json" };
	json_t *root = NULL;

	*note_r = (struct note){ .id = call->id,
		.created = call->now,
		.updated = call->now };
	if (is_json(call->r))
		root = note_from_json(call->m->data, call->m->len, note_r,
		    &problem);
	if (root == NULL)
		problem_send(call->c, call->r, &problem);
	return root;
}

/* ---- /notes ---- */

/* The page of a list as it grows. */
struct list {
	json_t *notes;
	int64_t limit, last; /* last: id of the last note in it */
	size_t bytes;
	bool more;
};

/* notes_fn */
static int
list_add(const struct note *note, void *arg)
{
	struct list *list = arg;

	if ((int64_t)json_array_size(list->notes) == list->limit ||
	    list->bytes >= PAGE_BYTES) {
		list->more = true;
		return 1;
	}
	list->last = note->id;
	list->bytes += strlen(note->title) + strlen(note->text);
	return json_array_append_new(list->notes, note_to_json(note)) == 0 ?
	    0 :
	    WM_E_NOMEM;
}

static void
list_answer(const struct call *call, const struct list *list)
{
	char link[128];
	struct wm_http_header headers[] = { { "Link", link }, { NULL, NULL } };
	json_t *next = list->more ? json_integer(list->last) : json_null();

	snprintf(link, sizeof(link),
	    "</notes?limit=%" PRId64 "&after=%" PRId64 ">; rel=\"next\"",
	    list->limit, list->last);
	answer_json(call, 200,
	    json_pack("{s:O, s:o}", "notes", list->notes, "next", next),
	    list->more ? headers : NULL);
}

static void
list_notes(const struct call *call)
{
	struct list list = { .notes = json_array() };
	struct page page;
	const char *wrong = query_page(wm_http_query(call->r), &page);
	int error;

	list.limit = page.limit;
	if (wrong != NULL) {
		problem_plain(call->c, call->r, 400, wrong);
	} else {
		/* One more than are shown tells whether there are more. */
		error = notes_list(call->notes, page.after, page.limit + 1,
		    list_add, &list);
		if (error == 0)
			list_answer(call, &list);
		else
			answer_failure(call, error);
	}
	json_decref(list.notes);
}

static void
create_note(const struct call *call)
{
	char location[64];
	struct wm_http_header headers[] = { { "Location", location },
		{ NULL, NULL } };
	struct note draft;
	json_t *json = NULL, *root = read_body(call, &draft);
	int error;

	if (root == NULL)
		return;
	error = notes_create(call->notes, &draft, keep_note, &json);
	json_decref(root);
	if (error < 0) {
		json_decref(json);
		answer_failure(call, error);
		return;
	}
	snprintf(location, sizeof(location), "/notes/%" JSON_INTEGER_FORMAT,
	    json_integer_value(json_object_get(json, "id")));
	answer_json(call, 201, json, headers);
}

/* ---- /notes/ID ---- */

static void
read_note(const struct call *call)
{
	json_t *json = NULL;
	int error = notes_read(call->notes, call->id, keep_note, &json);

	if (error == 0) {
		answer_json(call, 200, json, NULL);
		return;
	}
	json_decref(json);
	answer_failure(call, error);
}

static void
replace_note(const struct call *call)
{
	struct note draft;
	json_t *json = NULL, *root = read_body(call, &draft);
	int error;

	if (root == NULL)
		return;
	error = notes_replace(call->notes, &draft, keep_note, &json);
	json_decref(root);
	if (error == 0) {
		answer_json(call, 200, json, NULL);
		return;
	}
	json_decref(json);
	answer_failure(call, error);
}

static void
delete_note(const struct call *call)
{
	int error = notes_delete(call->notes, call->id);

	if (error == 0)
		wm_http_respond(call->c,
		    &(struct wm_http_response){ .status = 204 });
	else
		answer_failure(call, error);
}

/* ---- the page ---- */

static void
serve_page(const struct call *call)
{
	wm_http_respond(call->c, &call->page);
}

/* ---- /metrics ---- */

static void
serve_metrics(const struct call *call)
{
	wm_http_metrics(call->c, call->r);
}

/* ---- resources ---- */

/* What can be done with a kind of path; what is null there is refused. */
struct resource {
	const char *allow;
	call_fn *on[WM_HTTP_METHODS];
};

static const struct resource all_notes = {
	.allow = "GET, HEAD, POST, OPTIONS",
	.on = {
		[WM_HTTP_GET] = list_notes,
		[WM_HTTP_HEAD] = list_notes,
		[WM_HTTP_POST] = create_note,
	},
};

static const struct resource one_note = {
	.allow = "GET, HEAD, PUT, DELETE, OPTIONS",
	.on = {
		[WM_HTTP_GET] = read_note,
		[WM_HTTP_HEAD] = read_note,
		[WM_HTTP_PUT] = replace_note,
		[WM_HTTP_DELETE] = delete_note,
	},
};

static const struct resource page = {
	.allow = "GET, HEAD, OPTIONS",
	.on = {
		[WM_HTTP_GET] = serve_page,
		[WM_HTTP_HEAD] = serve_page,
	},
};

static const struct resource metrics = {
	.allow = "GET, HEAD, OPTIONS",
	.on = {
		[WM_HTTP_GET] = serve_metrics,
		[WM_HTTP_HEAD] = serve_metrics,
	},
};

static const struct resource *
find_resource(struct call *call)
{
	if (wm_http_path_is(call->r, "/notes"))
		return &all_notes;
	if (wm_http_path_is(call->r, "/metrics"))
		return &metrics;
	call->id = query_note_id(wm_http_path(call->r));
	if (call->id > 0)
		return &one_note;
	return page_find(call->r, &call->page) ? &page : NULL;
}

/* OPTIONS is answered, every other method refused. */
static void
answer_methods(const struct call *call, const struct resource *resource)
{
	const struct wm_http_header allow[] = { { "Allow", resource->allow },
		{ NULL, NULL } };
	struct problem problem = { .status = 405, .headers = allow };

	if (wm_http_method(call->r) == WM_HTTP_OPTIONS) {
		wm_http_respond(call->c,
		    &(struct wm_http_response){ .status = 204,
			.headers = allow });
		return;
	}
	snprintf(problem.detail, sizeof(problem.detail), "allowed: %s",
	    resource->allow);
	problem_send(call->c, call->r, &problem);
}

void
routes_request(struct wm_conn *c, const struct wm_msg *m)
{
	struct wm_proc *p = wm_conn_proc(c);
	struct call call = {
		.c = c,
		.r = wm_http_request(m),
		.m = m,
		.notes = wm_proc_data(p),
		.now = wm_proc_time(p),
	};
	const struct resource *resource = find_resource(&call);
	call_fn *run;

	if (resource == NULL) {
		problem_plain(c, call.r, 404, "there is nothing here");
		return;
	}
	run = resource->on[wm_http_method(call.r)];
	if (run != NULL)
		run(&call);
	else
		answer_methods(&call, resource);
}
