/* SPDX-License-Identifier: MIT */
/*
 * Rows as JSON (RFC 8259). Which keys there are is the table of facts', not
 * the master's: every key is always there, null when the master is silent.
 */
#include "config.h"

#include "framework/base/utf8.h"
#include "framework/cli/status.h"
#include "framework/ipc/facts.h"
#include "framework/ipc/rows.h"

static void
json_string(const char *s, struct wm_buf *out)
{
	wm_buf_puts(out, "\"");
	while (*s != '\0') {
		unsigned char c = (unsigned char)*s;
		size_t len = wm__utf8_length(s);

		if (len == 0)
			wm_buf_puts(out, "\\ufffd");
		else if (c < 0x20 || c == 0x7f)
			wm_buf_printf(out, "\\u%04x", c);
		else if (c == '"' || c == '\\')
			wm_buf_printf(out, "\\%c", c);
		else
			wm_buf_put(out, s, len);
		s += len > 0 ? len : 1;
	}
	wm_buf_puts(out, "\"");
}

static void
json_value(const char *row, const struct wm__fact *fact, struct wm_buf *out)
{
	char value[WM__ROW_MAX];

	if (wm__control_get(row, fact->key, value, sizeof(value)) == NULL)
		wm_buf_puts(out, "null");
	else if (fact->form == WM__FACT_WORD)
		json_string(value, out);
	else if (fact->form == WM__FACT_LOAD)
		wm_buf_printf(out, "[%s]", value);
	else
		wm_buf_printf(out, "%llu",
		    wm__control_get_number(row, fact->key, 0));
}

static void
json_row(const char *row, const struct wm__fact *fact, struct wm_buf *out)
{
	const char *before = "{";

	for (; fact->key != NULL; fact++) {
		wm_buf_printf(out, "%s\"%s\": ", before, fact->key);
		json_value(row, fact, out);
		before = ", ";
	}
	wm_buf_puts(out, "}");
}

static void
json_list(const char *rows, const struct wm__fact_kind *kind,
    struct wm_buf *out)
{
	char row[WM__ROW_MAX];
	const char *before = "\n    ";

	wm_buf_puts(out, "[");
	while (wm__rows_next(&rows, kind->kind, row)) {
		wm_buf_puts(out, before);
		json_row(row, kind->facts, out);
		before = ",\n    ";
	}
	wm_buf_puts(out, *before == ',' ? "\n  ]" : "]");
}

void
wm__status_json(const char *rows, struct wm_buf *out)
{
	const struct wm__fact_kind *kind = wm__fact_kinds;
	const char *cursor = rows;
	char row[WM__ROW_MAX];

	wm_buf_printf(out, "{\n  \"%s\": ", kind->name);
	if (wm__rows_next(&cursor, kind->kind, row))
		json_row(row, kind->facts, out);
	else
		wm_buf_puts(out, "null");
	while ((++kind)->kind != NULL) {
		wm_buf_printf(out, ",\n  \"%s\": ", kind->name);
		json_list(rows, kind, out);
	}
	wm_buf_puts(out, "\n}\n");
}
