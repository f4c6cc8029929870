/* SPDX-License-Identifier: MIT */
/*
 * The authority of a request: the value of Host, or the part of an absolute
 * target between "//" and the path.
 */
#ifndef HTTP_HOST_H
#define HTTP_HOST_H

#include <workerman/api.h>

/*
 * Whether it is `host [":" port]` of RFC 3986 section 3.2 with a host that is
 * not empty, no user information, and a port of 1 to 65535 if one is given.
 * IPvFuture and zone ids are refused.
 */
bool wm__http_host_ok(struct wm_span authority);

#endif
