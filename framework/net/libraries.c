/* SPDX-License-Identifier: MIT */
/* The versions of libevent and OpenSSL, as compiled and as loaded. */
#include "config.h"

#include <openssl/crypto.h>
#include <openssl/opensslv.h>

#include <event2/event.h>

#include "framework/net/libraries.h"

const struct wm__library *
wm__libraries(size_t *n_r)
{
	static struct wm__library libraries[2];

	libraries[0] = (struct wm__library){ "libevent", LIBEVENT_VERSION,
		event_get_version() };
	libraries[1] = (struct wm__library){ "OpenSSL", OPENSSL_VERSION_STR,
		OpenSSL_version(OPENSSL_VERSION_STRING) };
	*n_r = sizeof(libraries) / sizeof(*libraries);
	return libraries;
}
