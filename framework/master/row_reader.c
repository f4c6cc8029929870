/* SPDX-License-Identifier: MIT */
/* The reader of row_reader.h. Knows no sockets. */
#include "config.h"

#include <stdbool.h>
#include <string.h>

#include <workerman/error.h>

#include "framework/master/row_reader.h"

static bool
reader_is_plain(const char *line, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (line[i] < ' ' || line[i] > '~')
			return false;
	return true;
}

/* A complete line, without its newline. */
static int
reader_line(struct wm__row_reader *reader, const char *prefix,
    struct wm_buf *out)
{
	const char *line = reader->line;
	size_t len = reader->len;

	reader->len = 0;
	if (len == 0)
		return 0;
	if (len == 1 && *line == '.')
		return 1;
	if (*line != ' ' || !reader_is_plain(line, len))
		return WM_E_PROTOCOL;
	if (reader->rows == WM__CONNECTIONS_MAX)
		return WM_E_TOO_BIG;
	reader->rows++;
	wm_buf_puts(out, prefix);
	wm_buf_put(out, line, len);
	wm_buf_put(out, "\n", 1);
	return 0;
}

int
wm__row_reader_feed(struct wm__row_reader *reader, const char *prefix,
    const char *data, size_t len, struct wm_buf *out)
{
	int result = 0;

	while (len > 0 && result == 0) {
		const char *end = memchr(data, '\n', len);
		size_t n = end != NULL ? (size_t)(end - data) : len;

		if (n > sizeof(reader->line) - reader->len)
			return WM_E_PROTOCOL;
		memcpy(reader->line + reader->len, data, n);
		reader->len += n;
		data += n;
		len -= n;
		if (end == NULL)
			break;
		data++;
		len--;
		result = reader_line(reader, prefix, out);
	}
	return result > 0 && len > 0 ? WM_E_PROTOCOL : result;
}
