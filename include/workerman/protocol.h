/* SPDX-License-Identifier: MIT */
/*
 * What a protocol is. One constant struct per protocol; the members that it
 * leaves out mean the default said beside them. The only one needed is
 * `decode`: look at the unread bytes, say what you used, and whether that
 * made a message.
 *
 * What the core guarantees: the unread bytes are contiguous and shown again,
 * with more behind them, until used; decode is never entered twice at once,
 * nor while the connection is paused, closing, or has too many unanswered
 * requests; after a close inside any callback only `close` follows. What a
 * peer announces never costs memory, only what it sent does. decode always
 * sees at least one byte, also at end of file, and the same bytes again only
 * with more behind them or once at end of file. An answer that breaks the
 * contract is logged and closes with WM_CLOSE_BUG.
 */
#ifndef WORKERMAN_PROTOCOL_H
#define WORKERMAN_PROTOCOL_H

#include <workerman/api.h>
#include <workerman/buf.h>
#include <workerman/error.h>
#include <workerman/freeze.h>

WM_BEGIN_DECLS

struct wm_conn;
struct wm_protocol;

#define WM_PROTOCOL_ABI 1u

/* wm_protocol.flags. EXCHANGE: between two messages a connection owes
   nothing, so that it ends first when a worker leaves patiently. */
#define WM_P_DATAGRAM 0x1u /* may be used over datagrams */
#define WM_P_EXCHANGE 0x2u /* one of requests and answers */

/* wm_input.flags. EOF: the peer sends no more; decode is not called again
   unless it uses bytes. */
#define WM_IN_EOF      0x1u
#define WM_IN_DATAGRAM 0x2u /* the bytes are one whole datagram */

struct wm_input {
	char *data;  /* all unread bytes; may be rewritten in place */
	size_t len;  /* how many; may be lowered: the bytes behind are gone */
	size_t seen; /* already shown to a call that returned WM_MORE */
	size_t used; /* OUT: bytes consumed, counted from data */
	size_t need; /* OUT, with WM_MORE: total wanted before the next
			call; 0 = any */
	unsigned flags;
};

/* wm_msg.flags; bits 16 and up belong to the protocol */
#define WM_MSG_FIRST 0x1u /* begins a message */
#define WM_MSG_LAST  0x2u /* ends a message; most have both */
#define WM_MSG_WHOLE (WM_MSG_FIRST | WM_MSG_LAST)
/* to encode: published through the channel, so nobody's answer */
#define WM_MSG_PUBLISHED 0x4u
/* to encode, where the protocol has such: one of several parts of a message,
   of which FIRST and LAST say which */
#define WM_MSG_PART 0x8u
/* to encode: any bytes, where the protocol tells them from text */
#define WM_MSG_BYTES 0x10u

struct wm_msg {
	const struct wm_protocol *protocol;
	const char *data; /* may point into the input; lives until the
			     callback returns */
	size_t len;
	unsigned flags;   /* WM_MSG_WHOLE before decode is called */
	const void *view; /* what a typed accessor such as
			     wm_http_request(m) returns */
};

/* What decode returns, if not a negative enum wm_error. */
enum wm_decoded {
	WM_MORE,   /* not enough yet; in->need if known */
	WM_USED,   /* bytes consumed, no message */
	WM_MESSAGE /* *msg is filled in; in->used bytes are consumed after
		      the callback returned. One over limits.message is
		      refused, also when no WM_MORE came before it */
};

/* What farewell returns. */
enum wm_farewell {
	WM_BYE,      /* close once the output has left */
	WM_BYE_AWAIT /* the peer answers: go on decoding until the protocol
			closes, or limits.close_ms passes */
};

struct wm_protocol {
	const char *name; /* the URL scheme: lower case, digits, '-' */
	unsigned abi;     /* WM_PROTOCOL_ABI */
	unsigned flags;
	unsigned state_version; /* of what freeze writes */
	size_t state_size;      /* bytes per connection, zeroed before open */
	size_t overhead;        /* framing bytes that come on top of
				   limits.message in wm_input.need */

	/*
	 * A protocol that begins as another one (websocket begins as http):
	 * the messages of `begins_as` go to `upgrade` instead of the
	 * application, which hears of the connection only after `upgrade`
	 * called wm_conn_set_protocol(). Default: none.
	 */
	const struct wm_protocol *begins_as;
	void (*upgrade)(struct wm_conn *, const struct wm_msg *);

	/* The connection begins. Negative: refused. Default: nothing. */
	int (*open)(struct wm_conn *, void *state);

	/*
	 * Required. Returns enum wm_decoded, or a negative enum wm_error,
	 * whereupon farewell is called and the connection closes with the
	 * reason of that error.
	 */
	int (*decode)(struct wm_conn *, void *state, struct wm_input *,
	    struct wm_msg *);

	/*
	 * After the application's callback for `msg` returned, unless the
	 * connection closed in it. Default: nothing.
	 */
	void (*delivered)(struct wm_conn *, void *state, const struct wm_msg *);

	/*
	 * Appends the bytes of `msg` as they travel. Called for
	 * wm_conn_send(), wm_conn_send_msg() and publishes. Negative: the
	 * caller gets that error and nothing is sent. Default: the data as
	 * it is. It writes to *out and does nothing else to the connection.
	 */
	int (*encode)(struct wm_conn *, void *state, const struct wm_msg *,
	    struct wm_buf *out);

	/*
	 * Connections with equal, non-zero variants of the same protocol get
	 * the same bytes for the same message: it is encoded once for all.
	 * Default: 0, each connection encodes.
	 */
	unsigned (*variant)(struct wm_conn *, void *state);

	/*
	 * Last words before a close that the peer did not cause. Default:
	 * none, WM_BYE.
	 */
	int (*farewell)(struct wm_conn *, void *state, enum wm_close_reason,
	    struct wm_buf *out);

	/*
	 * The deadline `which`, set by wm_conn_set_deadline(), has passed.
	 * Default: close with WM_CLOSE_TIMEOUT.
	 */
	void (*deadline)(struct wm_conn *, void *state, unsigned which);

	/*
	 * All output has left, as wm_conn_await_drain() asked for. True: the
	 * application's on_buffer_drain is to be called, too. Default: false.
	 */
	bool (*drained)(struct wm_conn *, void *state);

	/* The connection ends, changes protocol or has moved to another process
	   (WM_CLOSE_MOVED): release what state holds. */
	void (*close)(struct wm_conn *, void *state, enum wm_close_reason);

	/*
	 * A reload: writes the state for the process that takes the connection
	 * over; it stays valid here until close. Returns 0, WM_E_BUSY in the
	 * middle of something that cannot move (it is asked again), or
	 * another negative enum wm_error: it never can. Unread input and
	 * unsent output travel without it. Default: a protocol with state
	 * cannot move, its connections drain.
	 */
	int (*freeze)(struct wm_conn *, void *state, struct wm_freezer *);

	/*
	 * In place of open: fills in the zeroed state from what freeze of
	 * that state_version wrote, perhaps in an older program. Negative:
	 * refused, with nothing left to release; the connection then drains
	 * where it was. It may read *conn, and send nothing.
	 */
	int (*thaw)(struct wm_conn *, void *state, unsigned version,
	    struct wm_thawer *);
};

/* The built-in protocols. */
WM_API extern const struct wm_protocol wm_protocol_raw;
WM_API extern const struct wm_protocol wm_protocol_text;
WM_API extern const struct wm_protocol wm_protocol_frame;
WM_API extern const struct wm_protocol wm_protocol_http;
WM_API extern const struct wm_protocol wm_protocol_websocket;

/* All of them, null-terminated. */
WM_API extern const struct wm_protocol *const wm_builtin_protocols[];

WM_END_DECLS

#endif
