/* SPDX-License-Identifier: MIT */
/*
 * Log lines: made in one buffer on the stack and written with one write(2),
 * so that the lines of several processes do not mix. Where standard error
 * leads is not decided here, nor is anything rotated.
 */
#include "config.h"

#include <sys/time.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "framework/base/log.h"

#define LOG_LINE 2048 /* bytes of a line; the rest is cut */

static char log_name[64];
static enum wm_log_level log_level = WM_LOG_INFO;
static uint64_t log_failed;

static const char *const log_words[] = {
	[WM_LOG_DEBUG] = "debug",
	[WM_LOG_INFO] = "info",
	[WM_LOG_WARNING] = "warning",
	[WM_LOG_ERROR] = "error",
};

void
wm__log_set_name(const char *name)
{
	snprintf(log_name, sizeof(log_name), "%s", name);
}

enum wm_log_level
wm__log_set_level(enum wm_log_level level)
{
	enum wm_log_level before = log_level;

	log_level = level;
	return before;
}

uint64_t
wm__log_lost(void)
{
	return log_failed;
}

/* Time, level and speaker; returns the length. */
static size_t
log_prefix(char *line, size_t size, enum wm_log_level level)
{
	struct timeval now;
	struct tm tm;
	size_t len;
	int n;

	gettimeofday(&now, NULL);
	localtime_r(&now.tv_sec, &tm);
	len = strftime(line, size, "%Y-%m-%d %H:%M:%S", &tm);
	n = snprintf(line + len, size - len, ".%03d [%s] %s%s",
	    (int)(now.tv_usec / 1000), log_words[level], log_name,
	    log_name[0] != '\0' ? ": " : "");
	return len + (size_t)n;
}

/* Copies text with control characters made visible; returns the length. */
static size_t
log_escape(char *out, size_t size, const char *text)
{
	static const char hex[] = "0123456789abcdef";
	size_t len = 0;

	for (; *text != '\0' && len + 4 <= size; text++) {
		unsigned char c = (unsigned char)*text;

		if (c >= 0x20 && c != 0x7f) {
			out[len++] = (char)c;
			continue;
		}
		out[len++] = '\\';
		out[len++] = 'x';
		out[len++] = hex[c >> 4];
		out[len++] = hex[c & 15];
	}
	return len;
}

void
wm_log(enum wm_log_level level, const char *fmt, ...)
{
	char text[LOG_LINE], line[LOG_LINE + 160];
	size_t len;
	va_list args;

	if (level < log_level || level > WM_LOG_ERROR)
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	len = log_prefix(line, sizeof(line), level);
	len += log_escape(line + len, sizeof(line) - len - 1, text);
	line[len++] = '\n';
	if (write(STDERR_FILENO, line, len) != (ssize_t)len)
		log_failed++;
}
