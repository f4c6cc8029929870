/* SPDX-License-Identifier: MIT */
/* What the files of this program know of each other's http side. */
#ifndef API_API_H
#define API_API_H

#include <workerman/workerman.h>

/* Answers a request; the worker's data is its struct notes. routes.c */
void routes_request(struct wm_conn *c, const struct wm_msg *m);

/* Whether the path is that of a file of the page, and how a GET of it is
   answered. page.c */
bool page_find(const struct wm_http_request *r,
    struct wm_http_response *response_r);

#endif
