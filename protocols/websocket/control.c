/* SPDX-License-Identifier: MIT */
/*
 * Responsible for what control frames do, received and sent, and for the
 * public functions about them. Not for closes that begin elsewhere: their
 * last words are the farewell in websocket.c.
 */
#include <stdlib.h>
#include <string.h>

#include <workerman/websocket.h>

#include "alive.h"
#include "close.h"
#include "control.h"
#include "reader.h"
#include "utf8.h"

static int
send_control(struct wm_conn *c, enum wm__ws_opcode opcode, const void *data,
    size_t len)
{
	char frame[2 + WS_CONTROL_MAX];

	wm__ws_frame_build(frame, opcode, len);
	if (len > 0)
		memcpy(frame + 2, data, len);
	return wm_conn_write(c, frame, 2 + len);
}

/* Asked before answers, whose failure is no business of the application's
   on_error. */
static bool
has_room(const struct wm_conn *c)
{
	return wm_conn_unsent(c) < wm_conn_limits(c)->unsent;
}

static int
send_close(struct wm_conn *c, struct wm__ws *ws, unsigned code,
    const char *reason, size_t len)
{
	char frame[WS_CLOSE_MAX];
	int r;

	if (!has_room(c))
		return WM_E_FULL;
	r = wm_conn_write(c, frame,
	    wm__ws_close_build(frame, code, reason, len));
	if (r >= 0)
		wm__ws_said_goodbye(ws);
	return r;
}

/* Without memory the reason is lost, not the close. */
static void
keep_words(struct wm__ws *ws, unsigned code, struct wm_span reason)
{
	struct wm__ws_more *more;

	ws->code = (uint16_t)code;
	ws->flags |= WS_CLOSE_RECEIVED;
	if (reason.len == 0 || (more = wm__ws_more(ws)) == NULL ||
	    (more->reason = malloc(reason.len)) == NULL)
		return;
	memcpy(more->reason, reason.data, reason.len);
	more->reason_len = (uint8_t)reason.len;
}

static int
take_close(struct wm_conn *c, struct wm__ws *ws, const char *data, size_t len)
{
	struct wm_span reason;
	unsigned code;
	int r;

	if ((r = wm__ws_close_parse(data, len, &code, &reason)) != 0)
		return r;
	keep_words(ws, code, reason);
	if ((ws->flags & WS_CLOSE_SENT) == 0)
		send_close(c, ws, code, NULL, 0);
	wm_conn_close_reason(c, WM_CLOSE_PEER);
	return WM_USED;
}

int
wm__ws_control(struct wm_conn *c, struct wm__ws *ws,
    const struct wm__ws_frame *f, struct wm_input *in)
{
	char payload[WS_CONTROL_MAX];
	int r;

	if (!wm__ws_arrived(in, f)) {
		in->need = 0; /* has to fit, whatever the message limit */
		return WM_MORE;
	}
	if ((ws->flags & WS_CLOSE_RECEIVED) != 0 ||
	    (f->opcode == WS_PONG && !wm__ws_alive_wants(ws, f)))
		return WM_USED;
	if ((r = wm__ws_read(in->data, f, payload)) != 0)
		return r;
	if (f->opcode == WS_CLOSE)
		return take_close(c, ws, payload, (size_t)f->length);
	if (f->opcode == WS_PONG) {
		wm__ws_alive_pong(ws, payload);
		return WM_USED;
	}
	/* A peer that pings and does not read gets no more pongs than fit
	   into its send buffer; none at all once a close frame was sent. */
	if ((ws->flags & WS_CLOSE_SENT) == 0 && has_room(c))
		send_control(c, WS_PONG, payload, (size_t)f->length);
	return WM_USED;
}

int
wm_websocket_ping(struct wm_conn *c, const void *data, size_t len)
{
	const struct wm__ws *ws = wm_conn_state(c, &wm_protocol_websocket);

	if (ws == NULL || len > WS_CONTROL_MAX)
		return WM_E_INVALID;
	if ((ws->flags & WS_CLOSING) != 0)
		return WM_E_CLOSED;
	return send_control(c, WS_PING, data, len);
}

int
wm_websocket_close(struct wm_conn *c, unsigned code, const char *reason)
{
	struct wm__ws *ws = wm_conn_state(c, &wm_protocol_websocket);
	size_t len = reason != NULL ? strlen(reason) : 0;

	if (ws == NULL || !wm__ws_close_legal(code) || len > WS_REASON_MAX ||
	    !wm__utf8_valid(reason != NULL ? reason : "", len))
		return WM_E_INVALID;
	if ((ws->flags & WS_CLOSING) != 0 || wm_conn_closing(c))
		return WM_E_CLOSED;
	/* Where the send buffer is full, the farewell says the code alone. */
	if (send_close(c, ws, code, reason, len) < 0)
		ws->code = (uint16_t)code;
	wm_conn_close(c);
	return 0;
}

unsigned
wm_websocket_close_code(struct wm_conn *c)
{
	const struct wm__ws *ws = wm_conn_state(c, &wm_protocol_websocket);

	return ws != NULL && (ws->flags & WS_CLOSE_RECEIVED) != 0 ?
	    ws->code :
	    WS_CODE_ABNORMAL;
}

struct wm_span
wm_websocket_close_reason(struct wm_conn *c)
{
	const struct wm__ws *ws = wm_conn_state(c, &wm_protocol_websocket);
	struct wm_span none = { "", 0 };

	if (ws == NULL || ws->more == NULL || ws->more->reason == NULL)
		return none;
	return (struct wm_span){ ws->more->reason, ws->more->reason_len };
}
