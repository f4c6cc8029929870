/* SPDX-License-Identifier: MIT */
/* What of JSON needs more than printf. */
#include "config.h"

#include "framework/cli/json.h"

void
wm__json_string(struct wm_buf *out, const char *s)
{
	wm_buf_puts(out, "\"");
	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;

		if (c < 0x20 || c == 0x7f)
			wm_buf_printf(out, "\\u%04x", c);
		else
			wm_buf_printf(out,
			    c == '"' || c == '\\' ? "\\%c" : "%c", c);
	}
	wm_buf_puts(out, "\"");
}
