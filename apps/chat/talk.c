/* SPDX-License-Identifier: MIT */
/*
 * What a page says, and what it is told at once; the messages are described
 * in chat.h. Nothing that a page says is believed.
 */
#include <string.h>

#include "chat.h"
#include "words.h"

static const struct {
	const char *code, *text;
} errors[] = {
#define CHAT_ERROR_ROW(name, code, text) { code, text },
	CHAT_ERROR_TABLE(CHAT_ERROR_ROW)
#undef CHAT_ERROR_ROW
};

static struct chat *
chat_of(struct wm_conn *c)
{
	return wm_proc_data(wm_conn_proc(c));
}

static const struct person *
person_of(struct wm_conn *c)
{
	return roster_find(&chat_of(c)->roster, wm_conn_id(c));
}

/* The request's tag, for the answer; null if it has none. */
static json_t *
tag_of(const json_t *in)
{
	json_t *tag = json_object_get(in, "tag");

	return json_is_number(tag) ? json_incref(tag) : NULL;
}

static void
refuse(struct wm_conn *c, const json_t *in, enum chat_error error)
{
	words_send_take(c,
	    json_pack("{s:s, s:s, s:s, s:o*}", "kind", "error", "code",
		errors[error].code, "text", errors[error].text, "tag",
		tag_of(in)));
}

static void
on_hello(struct wm_conn *c, const json_t *in)
{
	struct wm_proc *p = wm_conn_proc(c);

	(void)in;
	words_send_take(c,
	    json_pack("{s:s, s:i, s:i, s:i, s:i}", "kind", "welcome", "slot",
		(int)wm_proc_slot(p), "generation", (int)wm_proc_generation(p),
		"name_max", PERSON_NAME_CHARS, "text_max", CHAT_TEXT_CHARS));
	words_send_take(c, news_pack_rooms(&chat_of(c)->roster));
}

static void
on_join(struct wm_conn *c, const json_t *in)
{
	struct person wish = { .id = wm_conn_id(c) };

	if (!words_name(words_get(in, "name"), wish.name))
		refuse(c, in, CHAT_E_BAD_NAME);
	else if (!words_name(words_get(in, "room"), wish.room))
		refuse(c, in, CHAT_E_BAD_ROOM);
	else if (!words_key(words_get(in, "key"), wish.key))
		refuse(c, in, CHAT_E_BAD_KEY);
	else if (people_join(chat_of(c), c, &wish) < 0)
		refuse(c, in, CHAT_E_BUSY);
}

static void
on_say(struct wm_conn *c, const json_t *in)
{
	const struct person *me = person_of(c);
	const char *text = words_get(in, "text");
	char topic[WM_TOPIC_MAX + 1];

	if (me == NULL) {
		refuse(c, in, CHAT_E_NOT_JOINED);
		return;
	}
	if (!words_text(text)) {
		refuse(c, in, CHAT_E_BAD_TEXT);
		return;
	}
	people_room_topic(me->room, topic);
	if (words_publish_take(wm_conn_proc(c), topic,
		json_pack("{s:s, s:s, s:s, s:I, s:o*}", "kind", "said", "from",
		    me->name, "text", text, "time",
		    (json_int_t)wm_proc_time(wm_conn_proc(c)), "tag",
		    tag_of(in))) < 0)
		refuse(c, in, CHAT_E_BUSY);
}

static void
on_tell(struct wm_conn *c, const json_t *in)
{
	const struct person *me = person_of(c), *other;
	const char *to = words_get(in, "to"), *text = words_get(in, "text");
	char topic[WM_TOPIC_MAX + 1], name[PERSON_NAME_SIZE];
	json_t *told;

	if (me == NULL) {
		refuse(c, in, CHAT_E_NOT_JOINED);
		return;
	}
	if (!words_text(text)) {
		refuse(c, in, CHAT_E_BAD_TEXT);
		return;
	}
	if (!words_name(to, name) ||
	    (other = roster_named(&chat_of(c)->roster, name)) == NULL) {
		refuse(c, in, CHAT_E_NO_SUCH_PERSON);
		return;
	}
	told = json_pack("{s:s, s:s, s:s, s:s, s:I, s:o*}", "kind", "told",
	    "from", me->name, "to", other->name, "text", text, "time",
	    (json_int_t)wm_proc_time(wm_conn_proc(c)), "tag", tag_of(in));
	people_own_topic(other->id, topic);
	if (other->id != me->id)
		words_publish_take(wm_conn_proc(c), topic, json_incref(told));
	words_send_take(c, told);
}

static void
on_ping(struct wm_conn *c, const json_t *in)
{
	(void)in;
	words_send_take(c, json_pack("{s:s}", "kind", "pong"));
}

static const struct {
	const char *kind;
	void (*on)(struct wm_conn *, const json_t *);
} kinds[] = {
	{ "hello", on_hello },
	{ "join", on_join },
	{ "say", on_say },
	{ "tell", on_tell },
	{ "ping", on_ping },
};

static void
dispatch(struct wm_conn *c, const json_t *in)
{
	const char *kind = words_get(in, "kind");
	size_t i;

	for (i = 0; kind != NULL && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kind, kinds[i].kind) == 0) {
			kinds[i].on(c, in);
			return;
		}
	refuse(c, in, CHAT_E_UNKNOWN_KIND);
}

static void
on_message(struct wm_conn *c, const struct wm_msg *m)
{
	json_t *in = NULL;

	if ((m->flags & WM_WEBSOCKET_BINARY) == 0)
		in = words_parse(m->data, m->len);
	if (in == NULL)
		refuse(c, NULL, CHAT_E_NOT_JSON);
	else
		dispatch(c, in);
	json_decref(in);
}

static void
on_close(struct wm_conn *c, enum wm_close_reason reason)
{
	(void)reason;
	people_leave(chat_of(c), wm_conn_id(c));
}

/* Too slow for what is said here: the page comes back and starts afresh. */
static void
on_error(struct wm_conn *c, int error)
{
	(void)error;
	wm_conn_close(c);
}

const struct wm_handlers talk_handlers = {
	.name = "talk",
	.on_message = on_message,
	.on_close = on_close,
	.on_error = on_error,
};
