/* SPDX-License-Identifier: MIT */
/*
 * A chat: what its page and its server say to each other, and what the
 * files of the server know of each other.
 *
 * Each message is a WebSocket text message with one JSON object; `kind` says
 * which. Members in [ ] may be missing.
 *
 * from the page
 *   hello                       answered by welcome
 *   join    name room [key]     enters; again: another room or name. `key`
 *                               is a secret of the page: who comes back with
 *                               it takes the name over from a connection
 *                               that was lost without notice
 *   say     text [tag]          to the room
 *   tell    to text [tag]       to one person, whatever the room
 *   ping                        answered by pong
 *
 * from the server
 *   welcome slot generation name_max text_max
 *   joined  name room           as they really are: the name that was asked
 *                               for plus "-2" if somebody had it; also later,
 *                               without a request, when a race is settled
 *   rooms   rooms: [{name total}]      the largest, after each change
 *   people  room total [names: []]     who is here, after each change; in a
 *                                      crowd without names
 *   came    name                not told in a crowd, like the next two
 *   left    name
 *   renamed name to
 *   said    from text time [tag]       time: seconds since 1970
 *   told    from to text time [tag]    to both
 *   error   code text [tag]
 *   pong
 *
 * `tag` is any number of the page's; it comes back in the answer.
 */
#ifndef CHAT_CHAT_H
#define CHAT_CHAT_H

#include <workerman/workerman.h>

#include <jansson.h>

#include "roster.h"

#define CHAT_TEXT_CHARS  2000
#define CHAT_CROWD       200 /* people in a room, above: no names */
#define CHAT_ROOMS       50  /* told to the pages */
#define CHAT_PATH        "/ws"
#define CHAT_CLOSE_MOVED 4000 /* WebSocket close code: see key */

/*	name            code              text */
#define CHAT_ERROR_TABLE(X)                                                    \
	X(NOT_JSON, "not-json", "a message is one JSON object")                \
	X(UNKNOWN_KIND, "unknown-kind", "no such kind of message")             \
	X(BAD_NAME, "bad-name", "a name is 1 to 24 visible characters")        \
	X(BAD_ROOM, "bad-room", "a room's name is 1 to 24 visible characters") \
	X(BAD_KEY, "bad-key", "a key is 16 to 64 letters and digits")          \
	X(BAD_TEXT, "bad-text", "a text is 1 to 2000 characters")              \
	X(NOT_JOINED, "not-joined", "join first")                              \
	X(NO_SUCH_PERSON, "no-such-person", "nobody of that name is here")     \
	X(BUSY, "busy", "the server is out of memory; try again")

enum chat_error {
#define CHAT_ERROR_ENUM(name, code, text) CHAT_E_##name,
	CHAT_ERROR_TABLE(CHAT_ERROR_ENUM)
#undef CHAT_ERROR_ENUM
	    CHAT_ERRORS
};

/* Something that happened to a person of this worker. */
struct change {
	struct person before, after; /* id 0: nobody: came, or left */
};

#define CHAT_RECENT 32

/* A worker process: wm_proc_data(). */
struct chat {
	struct wm_proc *proc;
	struct roster roster;
	struct gossip *gossip;
	uint64_t news_timer;               /* 0: nothing waits to be told */
	struct change recent[CHAT_RECENT]; /* the latest, round and round */
	size_t n_recent;                   /* ever */
};

/* talk.c: what a page says, once it is a WebSocket. */
extern const struct wm_handlers talk_handlers;

/* move.c: a worker and its people, from a process to its successor. */
void move_worker_freeze(struct wm_proc *p, struct wm_freezer *f);
void move_worker_thaw(struct wm_proc *p, struct wm_thawer *t);
int move_freeze(struct wm_conn *c, struct wm_freezer *f);
int move_thaw(struct wm_conn *c, struct wm_thawer *t);

/* page.c: answers a request of the http port, or upgrades it. */
void page_request(struct wm_conn *c, const struct wm_msg *m);

/* people.c: one person's wishes, and what the roster settles. */
int people_join(struct chat *, struct wm_conn *, const struct person *wish);
void people_leave(struct chat *, uint64_t id);
void people_room_topic(const char *room, char out[WM_TOPIC_MAX + 1]);
void people_own_topic(uint64_t id, char out[WM_TOPIC_MAX + 1]);
extern const struct roster_watch people_watch;

/* news.c: tells the pages of this worker what changed. */
void news_change(struct chat *, const struct person *before,
    const struct person *after);
void news_later(struct chat *);
/* To a page that moved here and was told of the changes up to roster.seen: the
   notices of what only this worker knew, if that is what it missed. */
void news_missed(struct chat *, struct wm_conn *, uint64_t seen);
json_t *news_pack_rooms(const struct roster *);

#endif
