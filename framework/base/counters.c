/* SPDX-License-Identifier: MIT */
/* Mapping of the counter page, for both sides. */
#include "config.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include "framework/base/counters.h"

enum { COUNTERS_GAUGE, COUNTERS_COUNTER };

void
wm__totals_add(struct wm__totals *totals, const struct wm__counters *page)
{
#define COUNTERS_ADD(name, kind, text)                                         \
	if (COUNTERS_##kind == COUNTERS_COUNTER)                               \
		totals->name += wm__counter(&page->name);
	WM__COUNTER_TABLE(COUNTERS_ADD)
#undef COUNTERS_ADD
	for (size_t i = 0; i < WM_CLOSE_REASONS; i++)
		totals->closed[i] += wm__counter(&page->closed[i]);
}

struct wm__counters *
wm__counters_map(int fd)
{
	struct wm__counters *page;
	struct stat st;

	if (fstat(fd, &st) < 0 || st.st_size < (off_t)sizeof(*page))
		return NULL;
	page = mmap(NULL, sizeof(*page), PROT_READ | PROT_WRITE, MAP_SHARED, fd,
	    0);
	if (page == MAP_FAILED)
		return NULL;
	if (page->version == 0) {
		page->version = WM__COUNTERS_VERSION;
		page->size = sizeof(*page);
	}
	if (page->version != WM__COUNTERS_VERSION ||
	    page->size != sizeof(*page))
		wm__counters_unmap(&page);
	return page;
}

void
wm__counters_unmap(struct wm__counters **page)
{
	if (*page != NULL)
		munmap(*page, sizeof(**page));
	*page = NULL;
}
