/* SPDX-License-Identifier: MIT */
/* The crash page from outside: mapping it and reading it with suspicion. Who
   fills it in is crash_signal.c. */
#include "config.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <string.h>

#include "framework/base/crash.h"

#ifndef NSIG
#define NSIG 65
#endif

static bool
crash_is_ours(const struct wm__crash *page)
{
	return page->version == WM__CRASH_VERSION &&
	    page->size == sizeof(*page);
}

struct wm__crash *
wm__crash_map(int fd)
{
	struct wm__crash *page;
	struct stat st;

	if (fstat(fd, &st) < 0 || st.st_size < (off_t)sizeof(*page))
		return NULL;
	page = mmap(NULL, sizeof(*page), PROT_READ | PROT_WRITE, MAP_SHARED, fd,
	    0);
	if (page == MAP_FAILED)
		return NULL;
	if (page->version == 0) {
		page->version = WM__CRASH_VERSION;
		page->size = sizeof(*page);
	}
	if (!crash_is_ours(page))
		wm__crash_unmap(&page);
	return page;
}

void
wm__crash_unmap(struct wm__crash **page)
{
	if (*page != NULL)
		munmap(*page, sizeof(**page));
	*page = NULL;
}

/* A string of the page that can be printed, whatever it was. */
static void
crash_clean(char name[WM__CRASH_NAME])
{
	size_t len = strnlen(name, WM__CRASH_NAME - 1);

	for (size_t i = 0; i < len; i++)
		if (name[i] <= ' ' || name[i] > '~')
			name[i] = '?';
	memset(name + len, 0, WM__CRASH_NAME - len);
}

static uint32_t
crash_at_most(uint32_t n, uint32_t max)
{
	return n <= max ? n : max;
}

void
wm__crash_read(const struct wm__crash *page, struct wm__crash *copy_r)
{
	memset(copy_r, 0, sizeof(*copy_r));
	if (page == NULL)
		return;
	memcpy(copy_r, page, sizeof(*copy_r)); /* and never look there again */
	if (!crash_is_ours(copy_r)) {
		memset(copy_r, 0, sizeof(*copy_r));
		return;
	}
	if (copy_r->running.what >= WM__RUNNING_KINDS)
		copy_r->running.what = WM__RUNNING_NOTHING;
	if (copy_r->stage >= WM__CRASH_STAGES)
		copy_r->stage = WM__CRASH_NONE;
	if (copy_r->signo < 0 || copy_r->signo >= NSIG)
		copy_r->signo = 0;
	copy_r->n_frames = crash_at_most(copy_r->n_frames, WM__CRASH_FRAMES);
	copy_r->n_modules = crash_at_most(copy_r->n_modules, WM__CRASH_MODULES);
	crash_clean(copy_r->protocol);
	for (size_t i = 0; i < WM__CRASH_MODULES; i++)
		crash_clean(copy_r->modules[i].name);
}

const struct wm__crash_module *
wm__crash_module(const struct wm__crash *page, uint64_t address)
{
	for (uint32_t i = 0; i < page->n_modules; i++)
		if (address >= page->modules[i].start &&
		    address < page->modules[i].end)
			return &page->modules[i];
	return NULL;
}
