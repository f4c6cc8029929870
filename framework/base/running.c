/* SPDX-License-Identifier: MIT */
/* Where the running callback is noted, until crash.c says another place. */
#include "config.h"

#include "framework/base/running.h"

static struct wm__running running_own;

struct wm__running *wm__running = &running_own;

static const char *const running_words[] = {
#define RUNNING_WORD(name, word) word,
	WM__RUNNING_TABLE(RUNNING_WORD)
#undef RUNNING_WORD
};

const char *
wm__running_word(uint32_t what)
{
	return what < WM__RUNNING_KINDS ? running_words[what] : "?";
}
