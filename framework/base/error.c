/* SPDX-License-Identifier: MIT */
/*
 * The texts of errors and close reasons, from the tables in
 * <workerman/error.h>.
 */
#include "config.h"

#include <workerman/error.h>
#include <workerman/event.h>

static const struct {
	int code;
	const char *text;
} error_texts[] = {
#define ERROR_ROW(code, name, text) { (code), (text) },
	WM_ERROR_TABLE(ERROR_ROW)
#undef ERROR_ROW
};

static const struct {
	const char *word;
	const char *text;
} close_texts[] = {
#define CLOSE_ROW(name, word, text) { (word), (text) },
	WM_CLOSE_TABLE(CLOSE_ROW)
#undef CLOSE_ROW
};

static const char *const event_words[] = {
#define EVENT_WORD(name) #name,
	WM_EVENT_TABLE(EVENT_WORD)
#undef EVENT_WORD
};

const char *
wm_event_word(enum wm_event_kind kind)
{
	return (unsigned)kind < WM_EVENTS ? event_words[kind] : "unknown";
}

const char *
wm_error_text(int error)
{
	for (size_t i = 0; i < sizeof(error_texts) / sizeof(*error_texts); i++)
		if (error_texts[i].code == error)
			return error_texts[i].text;
	return error == WM_OK ? "success" : "unknown error";
}

const char *
wm_close_reason_word(enum wm_close_reason reason)
{
	return (unsigned)reason < WM_CLOSE_REASONS ? close_texts[reason].word :
						     "unknown";
}

const char *
wm_close_reason_text(enum wm_close_reason reason)
{
	return (unsigned)reason < WM_CLOSE_REASONS ? close_texts[reason].text :
						     "unknown reason";
}
