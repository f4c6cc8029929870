/* SPDX-License-Identifier: MIT */
/*
 * Responsible for the fragments of a message that is not compressed and
 * delivered whole, each collected by the core and then read by wslay.
 */
#include "fragment.h"
#include "partial.h"
#include "reader.h"

static int
append(struct wm__ws_partial *p, const struct wm__ws_frame *f, const char *data)
{
	size_t len = (size_t)f->length;
	char *to;
	int r;

	if (len == 0)
		return 0;
	if ((to = wm_buf_reserve(&p->data, len)) == NULL)
		return WM_E_NOMEM;
	if ((r = wm__ws_read(data, f, to)) != 0)
		return r;
	wm_buf_commit(&p->data, len);
	return wm__ws_partial_is_text(p, p->data.len) ? 0 : WM_E_DATA;
}

int
wm__ws_fragment(struct wm_conn *c, struct wm__ws *ws,
    const struct wm__ws_frame *f, struct wm_input *in, struct wm_msg *m)
{
	int r;

	if ((r = wm__ws_partial_judge(c, ws, f)) != 0)
		return r;
	if (!wm__ws_arrived(in, f))
		return WM_MORE;
	if ((r = wm__ws_partial_take(ws, f)) != 0)
		return r;
	if ((r = append(ws->partial, f, in->data)) != 0)
		return r;
	return f->fin ? wm__ws_partial_finish(ws->partial, m) : WM_USED;
}
