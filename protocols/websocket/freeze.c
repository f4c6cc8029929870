/* SPDX-License-Identifier: MIT */
/*
 * Responsible for moving a connection between two messages to another process:
 * what was negotiated, what its pings told, and the window of what the client
 * compressed. Our compressor begins afresh there, which the client does not
 * notice. In the middle of a message, in either direction, and while closing
 * it stays.
 */
#include <stdlib.h>
#include <string.h>

#include "alive.h"
#include "deflate.h"
#include "freeze.h"
#include "pieces.h"
#include "state.h"

/* Of the flags: what was negotiated; the rest is the listener's or the
   moment's. */
#define FLAGS_KEPT                                                             \
	(WS_SERVER_BITS | WS_CLIENT_BITS | WS_SERVER_KEEPS | WS_CLIENT_KEEPS)

static bool
is_between_messages(const struct wm__ws *ws)
{
	return ws->partial == NULL && ws->code == 0 &&
	    (ws->flags & (WS_CLOSING | WS_SENDING)) == 0;
}

int
wm__ws_freeze(struct wm_conn *c, void *state, struct wm_freezer *f)
{
	const struct wm__ws *ws = state;
	const struct wm__ws_more *more = ws->more;

	(void)c;
	if (!is_between_messages(ws))
		return WM_E_BUSY;
	wm_freeze_number(f, ws->flags & FLAGS_KEPT);
	wm_freeze_number(f, ws->pinged);
	wm_freeze_number(f, ws->rtt);
	wm_freeze_bytes(f, more != NULL ? more->window : NULL,
	    more != NULL ? more->window_len : 0);
	return 0;
}

static bool
flags_are_valid(uint64_t flags)
{
	uint64_t server = flags & WS_SERVER_BITS;
	uint64_t client = (flags & WS_CLIENT_BITS) >> WS_CLIENT_SHIFT;

	if ((flags & ~(uint64_t)FLAGS_KEPT) != 0)
		return false;
	return (server >= 9 && client >= 9) || flags == 0;
}

static int
thaw_window(struct wm__ws *ws, struct wm_span window)
{
	struct wm__ws_more *more;

	if (window.len == 0)
		return 0;
	if (window.len > WS_WINDOW_MAX || (ws->flags & WS_CLIENT_KEEPS) == 0)
		return WM_E_PROTOCOL;
	more = wm__ws_more(ws);
	if (more == NULL || (more->window = malloc(window.len)) == NULL) {
		wm__ws_more_free(ws);
		return WM_E_NOMEM;
	}
	memcpy(more->window, window.data, window.len);
	more->window_len = (uint16_t)window.len;
	return 0;
}

int
wm__ws_thaw(struct wm_conn *c, void *state, unsigned version,
    struct wm_thawer *t)
{
	struct wm__ws *ws = state;
	uint64_t flags;

	if (version != WS_STATE_VERSION)
		return WM_E_UNSUPPORTED;
	flags = wm_thaw_number(t);
	ws->pinged = wm_thaw_number(t);
	ws->rtt = (uint32_t)wm_thaw_number(t);
	if (!flags_are_valid(flags))
		return WM_E_PROTOCOL;
	ws->flags = (uint16_t)flags;
	if (wm__ws_can_stream(c))
		ws->flags |= WS_STREAMING;
	return thaw_window(ws, wm_thaw_bytes(t));
}
