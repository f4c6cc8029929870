/* SPDX-License-Identifier: MIT */
/* What the address of a request says, beyond which resource it is. */
#ifndef API_QUERY_H
#define API_QUERY_H

#include <workerman/api.h>

#define PAGE_NOTES     20 /* of a page, unless the request says */
#define PAGE_NOTES_MAX 100

/* Which page of the list. */
struct page {
	int64_t after; /* the notes behind that id */
	int64_t limit; /* so many at most */
};

/*
 * Reads "limit=20&after=7"; what is missing gets its default, other names are
 * ignored. Returns null, or what is wrong.
 */
const char *query_page(struct wm_span query, struct page *page_r);

/* The id in "/notes/ID", in its one form: no sign, no leading zero. 0 if it is
   none. */
int64_t query_note_id(struct wm_span path);

#endif
