/* SPDX-License-Identifier: MIT */
/*
 * Notes as JSON. What a client sends is judged here: what comes out of
 * note_from_json() may be stored.
 */
#ifndef API_JSON_H
#define API_JSON_H

#include <jansson.h>

#include "notes.h"
#include "problem.h"

#define TITLE_MAX 200 /* characters */

/* {"id", "title", "text", "created", "updated"}; null when memory ran out. */
json_t *note_to_json(const struct note *note);

/*
 * Reads {"title": ..., "text": ...}; other members, say those of a note that
 * was read before, are ignored. Fills in title and text of *note_r, which
 * live as long as the result, and returns it for json_decref(). Null: the
 * problem is filled in (400 for what is no JSON, 422 for wrong members).
 */
json_t *note_from_json(const char *data, size_t len, struct note *note_r,
    struct problem *problem_r);

#endif
