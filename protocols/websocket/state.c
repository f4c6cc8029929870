/* SPDX-License-Identifier: MIT */
/*
 * Responsible for what few connections have, and for finding the options.
 */
#include <stdlib.h>

#include "deflate.h"
#include "state.h"

struct wm__ws_more *
wm__ws_more(struct wm__ws *ws)
{
	if (ws->more == NULL)
		ws->more = calloc(1, sizeof(*ws->more));
	return ws->more;
}

void
wm__ws_more_free(struct wm__ws *ws)
{
	if (ws->more == NULL)
		return;
	wm__deflater_free(&ws->more->deflater);
	free(ws->more->window);
	free(ws->more->reason);
	free(ws->more);
	ws->more = NULL;
}

const struct wm_websocket_options *
wm__ws_options(const struct wm_conn *c)
{
	static const struct wm_websocket_options none;
	const struct wm_http_options *o = wm_conn_options(c);

	return o != NULL && o->websocket != NULL ? o->websocket : &none;
}

bool
wm_websocket_deflated(struct wm_conn *c)
{
	const struct wm__ws *ws = wm_conn_state(c, &wm_protocol_websocket);

	return ws != NULL && (ws->flags & WS_SERVER_BITS) != 0;
}
