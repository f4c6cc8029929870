/* SPDX-License-Identifier: MIT */
/*
 * Responsible for noticing that a peer is gone: one deadline, which looks how
 * long nothing came, so that a message costs nothing. Any byte is a sign of
 * life; the round trip is measured with our own pings only.
 */
#include <string.h>
#include <time.h>

#include "alive.h"
#include "send.h"

#define PONG_INITIAL 10000u /* ms */

enum { DUE_PING, DUE_PONG };

static uint64_t
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static uint32_t
pong_ms(const struct wm_websocket_options *o)
{
	return o->pong_ms != 0 ? o->pong_ms : PONG_INITIAL;
}

void
wm__ws_alive_begin(struct wm_conn *c)
{
	const struct wm_websocket_options *o = wm__ws_options(c);

	if (o->ping_ms > 0)
		wm_conn_set_deadline(c, DUE_PING, o->ping_ms);
}

static void
ping(struct wm_conn *c, struct wm__ws *ws)
{
	char payload[sizeof(ws->pinged)];

	/* where output waits, its deadline says whether the peer lives */
	if (wm_conn_unsent(c) > 0)
		return;
	ws->pinged = now_us();
	memcpy(payload, &ws->pinged, sizeof(payload));
	if (wm_websocket_ping(c, payload, sizeof(payload)) < 0)
		ws->pinged = 0;
}

/* Nothing came since the ping: deadlines are a second late. */
static bool
is_silent(struct wm_conn *c, const struct wm__ws *ws, uint32_t patience)
{
	return ws->pinged != 0 && wm_conn_idle_ms(c) >= patience &&
	    wm_conn_idle_ms(c) - patience >= 1000;
}

void
wm__ws_alive_due(struct wm_conn *c, void *state, unsigned which)
{
	const struct wm_websocket_options *o = wm__ws_options(c);
	struct wm__ws *ws = state;
	uint32_t idle = wm_conn_idle_ms(c);

	if ((ws->flags & WS_CLOSING) != 0)
		return;
	if (which == DUE_PONG && is_silent(c, ws, pong_ms(o))) {
		wm_conn_close_reason(c, WM_CLOSE_TIMEOUT);
		return;
	}
	ws->pinged = 0;
	if (idle < o->ping_ms) {
		wm_conn_set_deadline(c, DUE_PING, o->ping_ms - idle);
		return;
	}
	wm__ws_send_idle(ws);
	ping(c, ws);
	wm_conn_set_deadline(c, DUE_PONG, pong_ms(o));
}

bool
wm__ws_alive_wants(const struct wm__ws *ws, const struct wm__ws_frame *f)
{
	return (ws->flags & WS_CLOSING) == 0 && ws->pinged != 0 &&
	    f->length == sizeof(ws->pinged);
}

void
wm__ws_alive_pong(struct wm__ws *ws, const char *payload)
{
	uint64_t rtt;

	if (memcmp(payload, &ws->pinged, sizeof(ws->pinged)) != 0)
		return;
	rtt = now_us() - ws->pinged;
	ws->pinged = 0;
	ws->rtt = rtt == 0 ? 1 : rtt < UINT32_MAX ? (uint32_t)rtt : UINT32_MAX;
}

uint32_t
wm_websocket_rtt(struct wm_conn *c)
{
	const struct wm__ws *ws = wm_conn_state(c, &wm_protocol_websocket);

	return ws != NULL ? ws->rtt : 0;
}
