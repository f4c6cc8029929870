/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as the body of an upload with the boundary "b": in one piece and
 * cut in three (the first two bytes say where) the same parts come out.
 */
#include <assert.h>
#include <string.h>

#include <workerman/workerman.h>

#include "protocols/http/head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static int
on_part(void *arg, const struct wm_http_part *part)
{
	wm_buf_puts(arg, "<");
	wm_buf_put(arg, part->name.data, part->name.len);
	wm_buf_puts(arg, part->filename.data != NULL ? "|" : "-");
	wm_buf_put(arg, part->filename.data, part->filename.len);
	wm_buf_put(arg, part->type.data, part->type.len);
	wm_buf_puts(arg, ">");
	return 0;
}

static int
on_data(void *arg, const void *data, size_t len)
{
	wm_buf_put(arg, data, len);
	return 0;
}

static int
on_end(void *arg)
{
	wm_buf_puts(arg, ".");
	return 0;
}

/* What comes of it, cut there; its last byte says how it ended. */
static struct wm_buf
play(const uint8_t *data, size_t len, size_t first, size_t second)
{
	static const struct wm_http_part_handlers handlers = { on_part, on_data,
		on_end };
	static const struct wm_http_form_limits limits = { .fields = 5,
		.header_bytes = 200 };
	static const char type[] = "multipart/form-data; boundary=b";
	struct wm_http_field field = { { "Content-Type", 12 },
		{ type, sizeof(type) - 1 } };
	struct wm_http_request r = { .fields = &field, .nfields = 1 };
	struct wm_buf seen = WM_BUF_INIT;
	struct wm_http_multipart *mp;
	char end;

	assert(wm_http_multipart_new(&r, &limits, &handlers, &seen, &mp) == 0);
	wm_http_multipart_feed(mp, data, first);
	wm_http_multipart_feed(mp, data + first, second - first);
	wm_http_multipart_feed(mp, data + second, len - second);
	end = (char)('a' - wm_http_multipart_end(mp));
	wm_http_multipart_free(&mp);
	wm_buf_put(&seen, &end, 1);
	return seen;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct wm_buf whole, cut;
	size_t first, second;

	if (len < 3)
		return 0;
	len -= 2;
	first = data[0] % (len + 1);
	second = first + data[1] % (len - first + 1);
	whole = play(data + 2, len, len, len);
	cut = play(data + 2, len, first, second);
	assert(whole.len == cut.len);
	assert(memcmp(whole.data, cut.data, cut.len) == 0);
	wm_buf_fini(&whole);
	wm_buf_fini(&cut);
	return 0;
}
