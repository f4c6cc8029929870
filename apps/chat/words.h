/* SPDX-License-Identifier: MIT */
/*
 * What people may write, and the JSON in which it travels. Strings are valid
 * UTF-8: they come out of the JSON parser, which refuses anything else.
 */
#ifndef CHAT_WORDS_H
#define CHAT_WORDS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct wm_conn;
struct wm_proc;

/*
 * A name of a person or a room: 1 to PERSON_NAME_CHARS visible characters,
 * plain blanks between them allowed; blanks around it are cut off. Copies it
 * to out (PERSON_NAME_SIZE bytes) and says whether it is one.
 */
bool words_name(const char *s, char *out);

/* A text: 1 to CHAT_TEXT_CHARS characters, line ends and tabs allowed, not
   all of them blank. */
bool words_text(const char *s);

/* A key: 16 to 64 letters and digits, or none at all (null or ""). Copies
   it to out (PERSON_KEY_SIZE bytes). */
bool words_key(const char *s, char *out);

/* The same for names that differ in ASCII case only; `out` holds as many
   bytes as `name` and its NUL. */
void words_fold(const char *name, char *out);

size_t words_length(const char *s);              /* in characters */
size_t words_bytes(const char *s, size_t chars); /* of the first chars */

/*
 * The object in a message, or null for anything else. The caller releases it
 * with json_decref().
 */
json_t *words_parse(const char *data, size_t len);

/* A member that is a string; null when missing or of another type. */
const char *words_get(const json_t *object, const char *key);

/*
 * Sends or publishes as text what json_pack() made, and releases it. A null
 * one is ignored: there was no memory for it. Return as wm_conn_send() and
 * wm_publish().
 */
int words_send_take(struct wm_conn *c, json_t *object);
int words_publish_take(struct wm_proc *p, const char *topic, json_t *object);

#endif
