/* SPDX-License-Identifier: MIT */
/*
 * Responsible for the codes and the bytes of close frames. Not for when they
 * are sent: that is control.c and websocket.c.
 */
#include <string.h>

#include "close.h"
#include "utf8.h"

struct words {
	uint16_t code;
	bool await;
};

static const struct words words[WM_CLOSE_REASONS] = {
	[WM_CLOSE_PEER] = { 0, false },
	[WM_CLOSE_APPLICATION] = { 1000, true },
	[WM_CLOSE_PROTOCOL] = { 1002, false },
	[WM_CLOSE_TOO_BIG] = { 1009, false },
	[WM_CLOSE_OVERFLOW] = { 1009, false },
	[WM_CLOSE_DATA] = { 1007, false },
	[WM_CLOSE_POLICY] = { 1008, false },
	[WM_CLOSE_TIMEOUT] = { 1008, false },
	[WM_CLOSE_WRITE_TIMEOUT] = { 0, false },
	[WM_CLOSE_RESET] = { 0, false },
	[WM_CLOSE_MEMORY] = { 1011, false },
	[WM_CLOSE_LIMIT] = { 1013, true },
	[WM_CLOSE_SHUTDOWN] = { 1001, true },
	[WM_CLOSE_RESTART] = { 1012, true },
	[WM_CLOSE_BUG] = { 1011, false },
	[WM_CLOSE_ADDRESS] = { 1013, true },
	[WM_CLOSE_SLOW] = { 0, false },
};

unsigned
wm__ws_close_words(enum wm_close_reason why, bool *await_r)
{
	if ((unsigned)why >= WM_CLOSE_REASONS)
		why = WM_CLOSE_BUG;
	*await_r = words[why].await;
	return words[why].code;
}

bool
wm__ws_close_legal(unsigned code)
{
	return (code >= 1000 && code <= 1003) ||
	    (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

int
wm__ws_close_parse(const char *data, size_t len, unsigned *code_r,
    struct wm_span *reason_r)
{
	const unsigned char *p = (const unsigned char *)data;

	reason_r->data = "";
	reason_r->len = 0;
	*code_r = WS_CODE_NONE;
	if (len == 0)
		return 0;
	if (len == 1)
		return WM_E_PROTOCOL;
	*code_r = (unsigned)p[0] << 8 | p[1];
	if (!wm__ws_close_legal(*code_r))
		return WM_E_PROTOCOL;
	reason_r->data = data + 2;
	reason_r->len = len - 2;
	return wm__utf8_valid(data + 2, len - 2) ? 0 : WM_E_DATA;
}

size_t
wm__ws_close_build(char *out, unsigned code, const char *reason, size_t len)
{
	if (code == WS_CODE_NONE)
		return wm__ws_frame_build(out, WS_CLOSE, 0);
	wm__ws_frame_build(out, WS_CLOSE, 2 + len);
	out[2] = (char)(code >> 8);
	out[3] = (char)code;
	if (len > 0)
		memcpy(out + 4, reason, len);
	return 4 + len;
}
