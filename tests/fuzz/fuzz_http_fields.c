/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as the value of each field, and as the query or form, that an
 * application asks about: whatever they are, what is found lies within them.
 */
#include <assert.h>
#include <string.h>

#include <workerman/workerman.h>

#include "framework/kit/wire.h"
#include "protocols/http/error_body.h"
#include "protocols/http/head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
check(struct wm_span found, struct wm_span in)
{
	if (found.len > 0)
		assert(found.data >= in.data &&
		    found.data + found.len <= in.data + in.len);
}

static void
check_lists(struct wm_span all)
{
	struct wm_http_pair pair;
	struct wm_span rest = all;
	char text[64];
	int n;

	while (wm_http_pair_next(&rest, &pair)) {
		check(pair.name, all);
		check(pair.value, all);
		n = wm_http_decode(pair.value, text, sizeof(text));
		assert(n < 0 || strlen(text) == (size_t)n);
	}
	for (rest = all; wm_http_cookie_next(&rest, &pair);) {
		check(pair.name, all);
		check(pair.value, all);
	}
	wm_http_value(all, "a", text, sizeof(text));
}

/* The client, by either field, is an address. */
static void
check_client(const struct wm_http_request *r, enum wm_http_forwarding by)
{
	static const char *const everybody[] = { "unix", "::/0", NULL };
	const struct wm_http_options options = { .proxies = everybody,
		.forwarding = by };
	struct wire *w = wire_new(&wm_protocol_http, NULL, NULL);
	char text[WM_ADDRESS_MAX];

	wire_set_options(w, &options);
	wm_http_client(wire_conn(w), r, text, sizeof(text));
	assert(strspn(text, "0123456789abcdef:.unix") == strlen(text));
	wire_free(&w);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const char *const names[] = { "Accept", "Cookie", "Forwarded",
		"X-Forwarded-For", "Content-Type" };
	const struct wm_span value = { len > 0 ? (const char *)data : "", len };
	struct wm_http_field fields[5];
	struct wm_http_request r = { .fields = fields, .nfields = 5 };
	size_t i;

	for (i = 0; i < 5; i++)
		fields[i] =
		    (struct wm_http_field){ { names[i], strlen(names[i]) },
			    value };
	check_lists(value);
	check(wm_http_cookie(&r, "a"), value);
	wm__http_error_traits(&r);
	wm_http_is_form(&r);
	check_client(&r, WM_HTTP_FORWARDED);
	check_client(&r, WM_HTTP_X_FORWARDED_FOR);
	return 0;
}
