/* SPDX-License-Identifier: MIT */
/* An error as JSON: what is wrong, for programs and for people. */
#include <stdio.h>
#include <stdlib.h>

#include "problem.h"

/* A member that is left out when there is nothing to say, or when it is not
   UTF-8: a path may be anything. */
static void
problem_add(json_t *object, const char *key, const char *value, size_t len)
{
	if (len > 0)
		json_object_set_new(object, key, json_stringn(value, len));
}

static char *
problem_text(const struct wm_http_request *r, const struct problem *problem)
{
	const char *type = problem->type;
	struct wm_span path = wm_http_path(r);
	json_t *object = json_pack("{s:s, s:s, s:i}", "type",
	    type != NULL ? type : "about:blank", "title",
	    wm_http_reason(problem->status), "status", (int)problem->status);
	char *text;

	if (object == NULL)
		return NULL;
	problem_add(object, "detail", problem->detail, strlen(problem->detail));
	problem_add(object, "instance", path.data, path.len);
	if (problem->more != NULL)
		json_object_update_missing(object, problem->more);
	text = json_dumps(object, JSON_COMPACT);
	json_decref(object);
	return text;
}

void
problem_send(struct wm_conn *c, const struct wm_http_request *r,
    struct problem *problem)
{
	char *text = problem_text(r, problem);

	/* Without memory for a text the status alone has to do. */
	wm_http_respond(c,
	    &(struct wm_http_response){
		.status = problem->status,
		.content_type = "application/problem+json",
		.headers = problem->headers,
		.body = text,
		.body_len = text != NULL ? strlen(text) : 0,
	    });
	free(text);
	json_decref(problem->more);
	problem->more = NULL;
}

void
problem_plain(struct wm_conn *c, const struct wm_http_request *r,
    unsigned status, const char *detail)
{
	struct problem problem = { .status = status };

	if (detail != NULL)
		snprintf(problem.detail, sizeof(problem.detail), "%s", detail);
	problem_send(c, r, &problem);
}
