/* SPDX-License-Identifier: MIT */
/*
 * A connection. Opaque; lives from on_connect to the return of on_close. All
 * functions may be called from any callback of the worker that owns the
 * connection, also on a connection that is closing (sends then return
 * WM_E_CLOSED). To keep a connection beyond a callback, keep its id.
 */
#ifndef WORKERMAN_CONN_H
#define WORKERMAN_CONN_H

#include <workerman/limits.h>
#include <workerman/protocol.h>

WM_BEGIN_DECLS

struct wm_proc;
struct wm_conn;

/* What the application hears of its connections. All are optional. */
struct wm_handlers {
	/* Of handlers given by wm_conn_set_handlers(): a name by which the
	   next program finds its own (wm_app.handlers), so that connections
	   that have them can move there. */
	const char *name;
	/* Ready for messages; for websocket:// after the handshake. */
	void (*on_connect)(struct wm_conn *);
	/* A message, or a part of one. *m lives until the return. */
	void (*on_message)(struct wm_conn *, const struct wm_msg *m);
	/* Gone. Once per connection that had on_connect, whatever the cause;
	 *c may still be read, no longer written to. */
	void (*on_close)(struct wm_conn *, enum wm_close_reason);
	/* A send failed: the message was refused with `error`. */
	void (*on_error)(struct wm_conn *, int error);
	/* Unsent bytes reached limits.unsent; later, no more are left than
	   limits.unsent_low. */
	void (*on_buffer_full)(struct wm_conn *);
	void (*on_buffer_drain)(struct wm_conn *);
};

/* Identity: unique for the life of the master, never reused, never 0. */
WM_API uint64_t wm_conn_id(const struct wm_conn *c);

/*
 * The connection with that id in this process, or null. One that is closing is
 * found; one that has ended is not, also when its on_close is still to come.
 */
WM_API struct wm_conn *wm_conn_find(struct wm_proc *p, uint64_t id);

WM_API struct wm_proc *wm_conn_proc(const struct wm_conn *c);
WM_API const struct wm_protocol *wm_conn_protocol(const struct wm_conn *c);
WM_API const struct wm_limits *wm_conn_limits(const struct wm_conn *c);

/*
 * Other limits for this connection from now on: those that *l names (0: as it
 * was), which is copied. Those of newcomers (connections, per_address,
 * accept_rate) have no meaning here. A deadline that runs already keeps its
 * time, but for idle_ms, and that of an HTTP phase holds from the next one on.
 * What it changes moves with the connection in a reload.
 * Returns 0, WM_E_NOMEM, or WM_E_CLOSED when it has ended.
 */
WM_API int wm_conn_set_limits(struct wm_conn *c, const struct wm_limits *l);

/* The protocol options of its listener (wm_listener.options), or null. */
WM_API const void *wm_conn_options(const struct wm_conn *c);

/* The application's struct of wm_worker.conn_data_size bytes, zeroed at the
   start; null when that size is 0. Released with the connection. */
WM_API void *wm_conn_data(struct wm_conn *c);

/*
 * "192.0.2.1:1234", "[2001:db8::1]:80" or "unix:" into buf, terminated, cut
 * to size. Returns buf.
 */
#define WM_ADDRESS_MAX 128
WM_API char *wm_conn_peer(const struct wm_conn *c, char *buf, size_t size);
WM_API char *wm_conn_local(const struct wm_conn *c, char *buf, size_t size);

/*
 * Sends a message through the protocol's encoder. Several sends leave in one
 * system call: answers when all that was read is decoded, others at the end of
 * the loop turn. From WM_BUF_LARGE bytes on a message leaves at once.
 *   WM_SENT       accepted, nothing waits before it
 *   WM_QUEUED     accepted; it, or what is before it, waits for a slow peer
 *   WM_E_FULL     refused: limits.unsent bytes are waiting already (counted
 *                 as send_fail; on_error is called after the callback)
 *   WM_E_CLOSED   refused: the connection is closing or closed
 *   other         what the encoder said; nothing was sent
 */
enum wm_sent { WM_SENT, WM_QUEUED };
WM_API int wm_conn_send(struct wm_conn *c, const void *data, size_t len);

/* The same to the connection with that id; WM_E_NOT_FOUND: there is none in
   this process, or it has ended. */
WM_API int wm_conn_send_to(struct wm_proc *p, uint64_t id, const void *data,
    size_t len);

/* The same for a message with flags or a view. m->protocol is ignored. */
WM_API int wm_conn_send_msg(struct wm_conn *c, const struct wm_msg *m);

/*
 * The same for values of which only the newest counts, a price or a position:
 * while output waits for a slow peer, the message is kept back, in place of
 * the one that is kept for the same key, and sent when all has left. What is
 * kept is bounded by limits.unsent, and dropped when the connection closes.
 *   WM_SENT       sent
 *   WM_QUEUED     kept back
 *   WM_E_INVALID  it has a view
 *   other         as wm_conn_send_msg()
 */
WM_API int wm_conn_send_latest(struct wm_conn *c, uint64_t key,
    const struct wm_msg *m);

/*
 * Bytes as they are, past the encoder: for protocols (a pong, an interim
 * response) and for tunnels. Returns as wm_conn_send().
 */
WM_API int wm_conn_write(struct wm_conn *c, const void *data, size_t len);

/* Bytes accepted and not yet taken by the kernel. */
WM_API size_t wm_conn_unsent(const struct wm_conn *c);

/* Bytes received and not yet used by the protocol. */
WM_API size_t wm_conn_unread(const struct wm_conn *c);

/* Since the connection began: bytes received, bytes that the kernel took,
   whole messages. */
WM_API uint64_t wm_conn_bytes_in(const struct wm_conn *c);
WM_API uint64_t wm_conn_bytes_out(const struct wm_conn *c);
WM_API uint64_t wm_conn_messages(const struct wm_conn *c);

/* Seconds since it began, and since its peer sent something. */
WM_API uint32_t wm_conn_age(const struct wm_conn *c);
WM_API uint32_t wm_conn_idle(const struct wm_conn *c);

/*
 * Ends the connection: no more messages are delivered; the protocol says its
 * farewell for WM_CLOSE_APPLICATION, output leaves as long as the peer takes
 * some within limits.write_ms (close_ms when the process is leaving), then the
 * peer's end is awaited for at most limits.close_ms. May be repeated.
 */
WM_API void wm_conn_close(struct wm_conn *c);

/* The same with another reason; for protocols. */
WM_API void wm_conn_close_reason(struct wm_conn *c, enum wm_close_reason r);

/* Drops unsent output and ends the connection at once (TCP reset). */
WM_API void wm_conn_destroy(struct wm_conn *c);

/* Whether a close has begun. */
WM_API bool wm_conn_closing(const struct wm_conn *c);

/* Stops and resumes delivery and, behind it, reading. May be repeated. */
WM_API void wm_conn_pause(struct wm_conn *c);
WM_API void wm_conn_resume(struct wm_conn *c);

/* Other handlers from now on; *h must outlive the connection. */
WM_API void wm_conn_set_handlers(struct wm_conn *c,
    const struct wm_handlers *h);

/*
 * Upgrade: when the callback has returned and earlier requests are answered,
 * the old protocol is closed, the new one opened, and the bytes not yet used
 * belong to it. `init`, if not null, is handed to the new protocol's first
 * bytes of state (`init_len` <= state_size) before open.
 * Returns 0 or WM_E_CLOSED, WM_E_INVALID; WM_E_BUSY while the connection moves
 * to another process, which no callback of its own sees.
 */
WM_API int wm_conn_set_protocol(struct wm_conn *c,
    const struct wm_protocol *protocol, const void *init, size_t init_len);

/* ---- for protocols ---- */

/*
 * The connection's protocol state if its protocol now is `p`, else null.
 * Valid in on_close too; gone with wm_protocol.close.
 */
WM_API void *wm_conn_state(struct wm_conn *c, const struct wm_protocol *p);

/*
 * A request was delivered that owes an answer; the answer has been written.
 * At limits.pipeline held requests the core stops decoding until some are
 * released; a held connection is not idle when the worker stops.
 */
WM_API void wm_conn_hold(struct wm_conn *c);
WM_API void wm_conn_release(struct wm_conn *c);

/* In the middle of a message that is delivered in parts: not idle when the
   worker stops, though no answer is owed yet. */
WM_API void wm_conn_set_busy(struct wm_conn *c, bool busy);

/* Once all output has left, at once if there is none, wm_protocol.drained is
   called: at a turn's end, and once for any number of calls. */
WM_API void wm_conn_await_drain(struct wm_conn *c);

/*
 * The protocol's one deadline: in `ms` milliseconds (rounded up to a second)
 * deadline(c, state, which), `which` below 64, is called. It does not run
 * while the connection is paused. Setting it again replaces it; 0 ms removes
 * it. Costs a store, not a timer.
 */
WM_API void wm_conn_set_deadline(struct wm_conn *c, unsigned which,
    uint32_t ms);

/*
 * Milliseconds since the last byte of the peer arrived, in whole seconds; 0
 * while it is us who do not read: paused, owing answers, or with too much
 * output waiting.
 */
WM_API uint32_t wm_conn_idle_ms(struct wm_conn *c);

/*
 * Whether a reload is just moving it: what on_freeze wrote is on its way. What
 * is sent to it reaches the peer all the same. But what both processes tell
 * their connections, having heard it by wm_channel_listen(), the new one tells
 * this one, so the old one must not.
 */
WM_API bool wm_conn_moving(const struct wm_conn *c);

/* Whether this process is leaving: answers should end the connection. */
WM_API bool wm_conn_draining(const struct wm_conn *c);

WM_END_DECLS

#endif
