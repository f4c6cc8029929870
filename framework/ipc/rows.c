/* SPDX-License-Identifier: MIT */
/* Walking over rows. What is in them is control.h's. */
#include "config.h"

#include <string.h>

#include "framework/ipc/rows.h"

bool
wm__rows_next(const char **cursor, const char *kind, char *line)
{
	size_t kind_len = strlen(kind);

	while (**cursor != '\0') {
		const char *row = *cursor;
		size_t len = strcspn(row, "\n");

		*cursor = row + len + (row[len] == '\n');
		if (len < 5 + kind_len || len >= WM__ROW_MAX ||
		    strncmp(row, "ROW ", 4) != 0 ||
		    strncmp(row + 4, kind, kind_len) != 0 ||
		    row[4 + kind_len] != ' ')
			continue;
		memcpy(line, row + 4 + kind_len, len - 4 - kind_len);
		line[len - 4 - kind_len] = '\0';
		return true;
	}
	return false;
}
