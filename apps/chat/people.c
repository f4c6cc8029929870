/* SPDX-License-Identifier: MIT */
/*
 * People enter, change and leave; what the roster finds out about them is
 * put into effect. All that is known of a person is the roster's entry: the
 * connection itself carries nothing, and brings the entry along when it moves.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "chat.h"
#include "gossip.h"
#include "words.h"

static int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void
people_room_topic(const char *room, char out[WM_TOPIC_MAX + 1])
{
	snprintf(out, WM_TOPIC_MAX + 1, "chat/room/%s", room);
}

void
people_own_topic(uint64_t id, char out[WM_TOPIC_MAX + 1])
{
	snprintf(out, WM_TOPIC_MAX + 1, "chat/person/%" PRIu64, id);
}

static int
tell_joined(struct wm_conn *c, const struct person *p)
{
	return words_send_take(c,
	    json_pack("{s:s, s:s, s:s}", "kind", "joined", "name", p->name,
		"room", p->room));
}

/* Hears the room, and what is told to the person alone. */
static int
subscribe(struct wm_conn *c, const struct person *old, const struct person *p)
{
	char topic[WM_TOPIC_MAX + 1];
	int rc;

	people_own_topic(p->id, topic);
	if ((rc = wm_subscribe(c, topic)) < 0)
		return rc;
	people_room_topic(p->room, topic);
	if ((rc = wm_subscribe(c, topic)) < 0)
		return rc;
	if (old != NULL && strcmp(old->room, p->room) != 0) {
		people_room_topic(old->room, topic);
		wm_unsubscribe(c, topic);
	}
	return 0;
}

/*
 * Settles what the wish leaves open: the name, if somebody else has it, and
 * since when.
 */
static void
settle(struct chat *chat, const struct person *old, struct person *p)
{
	const struct person *other = roster_named(&chat->roster, p->name);
	bool taken = other != NULL && other->id != p->id;
	bool back =
	    taken && p->key[0] != '\0' && strcmp(p->key, other->key) == 0;

	if (taken && !back)
		roster_free_name(&chat->roster, p);
	p->run = gossip_run(chat->gossip);
	p->since = now_ms();
	if (old != NULL && strcmp(old->name, p->name) == 0)
		p->since = old->since;
	if (back && p->since <= other->since)
		p->since = other->since + 1;
}

int
people_join(struct chat *chat, struct wm_conn *c, const struct person *wish)
{
	const struct person *found = roster_find(&chat->roster, wish->id);
	struct person p = *wish, old = { 0 };
	int rc;

	if (found != NULL) {
		old = *found;
		p.hop = old.hop;
	}
	settle(chat, found, &p);
	if ((rc = subscribe(c, found == NULL ? NULL : &old, &p)) < 0)
		return rc;
	if ((rc = gossip_put(chat->gossip, &p)) < 0)
		return rc;
	tell_joined(c, &p);
	return 0;
}

void
people_leave(struct chat *chat, uint64_t id)
{
	gossip_drop(chat->gossip, id);
}

static void
on_change(void *arg, const struct person *before, const struct person *after)
{
	struct chat *chat = arg;
	struct wm_conn *c;

	news_change(chat, before, after);
	if (before == NULL || after == NULL || before->id == after->id)
		return;
	/* The same person speaks through another connection now. */
	if ((c = wm_conn_find(chat->proc, before->id)) != NULL)
		wm_websocket_close(c, CHAT_CLOSE_MOVED, "continued elsewhere");
}

/* Two workers gave a name away at once; the later claim is ours. */
static void
on_clash(void *arg, const struct person *loser)
{
	struct chat *chat = arg;
	struct wm_conn *c = wm_conn_find(chat->proc, loser->id);
	struct person p = *loser;

	if (p.run != gossip_run(chat->gossip))
		return;
	if (c != NULL && wm_conn_moving(c))
		return; /* renamed where it goes */
	p.since = now_ms();
	roster_free_name(&chat->roster, &p);
	if (gossip_put(chat->gossip, &p) == 0 && c != NULL)
		tell_joined(c, &p);
}

const struct roster_watch people_watch = { on_change, on_clash };
