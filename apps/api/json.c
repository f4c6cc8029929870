/* SPDX-License-Identifier: MIT */
/* Between JSON and notes; the rules for titles and texts. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "json.h"

/* RFC 3339, in UTC. */
static json_t *
json_time(int64_t seconds)
{
	const time_t t = (time_t)seconds;
	char text[32];
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL)
		return NULL;
	return json_stringn(text,
	    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm));
}

json_t *
note_to_json(const struct note *note)
{
	return json_pack("{s:I, s:s, s:s, s:o, s:o}", "id",
	    (json_int_t)note->id, "title", note->title, "text", note->text,
	    "created", json_time(note->created), "updated",
	    json_time(note->updated));
}

/* ---- what a client sends ---- */

/*
 * One more entry of "errors"; `where` is a JSON Pointer as RFC 9457 section 3
 * shows it. Returns false, for the judges below.
 */
static bool
json_fault(json_t *errors, const char *where, const char *what)
{
	json_array_append_new(errors,
	    json_pack("{s:s, s:s}", "detail", what, "pointer", where));
	return false;
}

static size_t
json_characters(const char *s)
{
	size_t n = 0;

	for (; *s != '\0'; s++)
		n += (*s & 0xc0) != 0x80;
	return n;
}

static bool
json_member(const json_t *root, const char *name, const char **value_r,
    json_t *errors)
{
	const json_t *value = json_object_get(root, name);
	const char *fault = NULL;
	char where[32];

	*value_r = json_string_value(value);
	if (value == NULL)
		fault = "is missing";
	else if (*value_r == NULL)
		fault = "is not a string";
	else if (strlen(*value_r) != json_string_length(value))
		fault = "has the character U+0000";
	if (fault == NULL)
		return true;
	snprintf(where, sizeof(where), "#/%s", name);
	return json_fault(errors, where, fault);
}

static bool
json_judge_title(const char *title, json_t *errors)
{
	if (title[strspn(title, " \t\r\n")] == '\0')
		return json_fault(errors, "#/title", "is blank");
	if (json_characters(title) > TITLE_MAX)
		return json_fault(errors, "#/title", "is too long");
	return true;
}

/* Looks for all faults, not only the first. */
static bool
json_judge(const json_t *root, struct note *note, json_t *errors)
{
	bool title, text;

	if (!json_is_object(root))
		return json_fault(errors, "#", "is not an object");
	title = json_member(root, "title", &note->title, errors) &&
	    json_judge_title(note->title, errors);
	text = json_member(root, "text", &note->text, errors);
	return title && text;
}

json_t *
note_from_json(const char *data, size_t len, struct note *note_r,
    struct problem *problem_r)
{
	json_error_t error;
	json_t *errors;
	json_t *root = json_loadb(data, len,
	    JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);

	if (root == NULL) {
		*problem_r = (struct problem){ .status = 400,
			.type = PROBLEM_MALFORMED,
			.more = json_pack("{s:i, s:i}", "line", error.line,
			    "column", error.column) };
		snprintf(problem_r->detail, sizeof(problem_r->detail),
		    "line %d, column %d: %s", error.line, error.column,
		    error.text);
		return NULL;
	}
	errors = json_array();
	if (json_judge(root, note_r, errors)) {
		json_decref(errors);
		return root;
	}
	*problem_r = (struct problem){ .status = 422,
		.type = PROBLEM_INVALID,
		.detail = "this is not a note; see errors",
		.more = json_pack("{s:o}", "errors", errors) };
	json_decref(root);
	return NULL;
}
