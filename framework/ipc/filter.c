/* SPDX-License-Identifier: MIT */
/* The filter of filter.h: reading its words and applying them. Knows no
   connection. */
#include "config.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <stdio.h>
#include <string.h>

#include <workerman/error.h>

#include "framework/ipc/filter.h"
#include "framework/ipc/table.h"

static const char *const filter_keys[] = {
#define FILTER_KEY(name, word) word,
	WM__FILTER_TABLE(FILTER_KEY)
#undef FILTER_KEY
};

static const char *const filter_stages[] = {
#define FILTER_STAGE(name, word, text) word,
	WM__STAGE_TABLE(FILTER_STAGE)
#undef FILTER_STAGE
};

const char *
wm__stage_word(enum wm__stage stage)
{
	return filter_stages[stage];
}

/* ---- reading ---- */

/* Digits up to the end; -1 for anything else and what is over `most`. */
static long
filter_number(const char *text, long most)
{
	long n = 0;

	if (*text == '\0')
		return -1;
	for (; *text >= '0' && *text <= '9'; text++) {
		n = n * 10 + (*text - '0');
		if (n > most)
			return -1;
	}
	return *text == '\0' ? n : -1;
}

/* NAME or NAME/SLOT */
static bool
filter_read_worker(struct wm__filter_term *t)
{
	char *slash = strchr(t->value, '/');

	t->slot = -1;
	if (slash != NULL) {
		*slash = '\0';
		t->slot = filter_number(slash + 1, WM__COUNT_MAX);
	}
	return wm__name_valid(t->value) && (slash == NULL || t->slot >= 0);
}

static bool
filter_read_protocol(struct wm__filter_term *t)
{
	return t->value[strspn(t->value,
		   "abcdefghijklmnopqrstuvwxyz"
		   "0123456789-")] == '\0';
}

static bool
filter_read_state(struct wm__filter_term *t)
{
	for (int i = 0; i < WM__STAGES; i++)
		if (strcmp(t->value, filter_stages[i]) == 0)
			return true;
	return false;
}

/* The host of "1.2.3.4:80" and "[::1]:80"; false when there is none. */
static bool
filter_host(const char *address, char *host, size_t size)
{
	const char *end = strrchr(address, ':');
	size_t len;

	if (end == NULL)
		return false;
	if (*address == '[' && end > address + 1 && end[-1] == ']') {
		address++;
		end--;
	}
	len = (size_t)(end - address);
	if (len >= size)
		return false;
	memcpy(host, address, len);
	host[len] = '\0';
	return true;
}

/* An address of either family. Returns its family, 0 when it is none. */
static int
filter_pton(const char *host, unsigned char *bytes)
{
	if (inet_pton(AF_INET, host, bytes) == 1)
		return AF_INET;
	return inet_pton(AF_INET6, host, bytes) == 1 ? AF_INET6 : 0;
}

/* IP or IP/BITS */
static bool
filter_read_net(struct wm__filter_term *t)
{
	char host[WM__FILTER_VALUE];
	size_t len = strcspn(t->value, "/");
	long most, bits;

	snprintf(host, sizeof(host), "%.*s", (int)len, t->value);
	t->family = filter_pton(host, t->net);
	if (t->family == 0)
		return false;
	most = t->family == AF_INET ? 32 : 128;
	bits = t->value[len] == '/' ? filter_number(t->value + len + 1, most) :
				      most;
	t->bits = (unsigned)bits;
	t->how = WM__FILTER_NET;
	return bits >= 0;
}

/* IP:PORT; not an IPv6 address without its brackets. */
static bool
filter_read_whole(struct wm__filter_term *t)
{
	unsigned char bytes[16];
	char host[WM__FILTER_VALUE];
	const char *port = strrchr(t->value, ':');

	t->how = WM__FILTER_WHOLE;
	if (port == NULL || filter_number(port + 1, 65535) < 0 ||
	    !filter_host(t->value, host, sizeof(host)))
		return false;
	return filter_pton(host, bytes) ==
	    (t->value[0] == '[' ? AF_INET6 : AF_INET);
}

static bool
filter_read_address(struct wm__filter_term *t)
{
	char path[WM__FILTER_VALUE];

	if (filter_read_net(t) || filter_read_whole(t))
		return true;
	t->how = WM__FILTER_PORT;
	if (t->value[0] == ':' && filter_number(t->value + 1, 65535) >= 0)
		return true;
	t->how = WM__FILTER_BEGIN;
	if (t->value[0] == '/') {
		snprintf(path, sizeof(path), "%s", t->value);
		snprintf(t->value, sizeof(t->value), "unix:%.*s",
		    (int)sizeof(t->value) - 6, path);
		return true;
	}
	return strncmp(t->value, "unix:", 5) == 0 ||
	    t->value[strspn(t->value, "0123456789abcdef.:[]")] == '\0';
}

static bool (*const filter_reads[])(struct wm__filter_term *) = {
	[WM__FILTER_WORKER] = filter_read_worker,
	[WM__FILTER_PROTOCOL] = filter_read_protocol,
	[WM__FILTER_STATE] = filter_read_state,
	[WM__FILTER_ADDRESS] = filter_read_address,
};

/* What each of them wants. */
#define FILTER_WORD(name, word, text) " " word
static const char *const filter_wants[] = {
	[WM__FILTER_WORKER] = "not NAME or NAME/SLOT of a worker",
	[WM__FILTER_PROTOCOL] = "not the name of a protocol",
	[WM__FILTER_STATE] = ("not one of" WM__STAGE_TABLE(FILTER_WORD)),
	[WM__FILTER_ADDRESS] =
	    "not IP, IP/BITS, IP:PORT, :PORT, /PATH or their beginning",
};
#undef FILTER_WORD

/* The key of "KEY=VALUE"; WM__FILTER_KEYS when there is none such. */
static enum wm__filter_key
filter_key(const char *word)
{
	int i = 0;

	while (i < WM__FILTER_KEYS &&
	    (strncmp(word, filter_keys[i], strlen(filter_keys[i])) != 0 ||
		word[strlen(filter_keys[i])] != '='))
		i++;
	return (enum wm__filter_key)i;
}

int
wm__filter_add(struct wm__filter *f, const char *word, char *error,
    size_t error_size)
{
	enum wm__filter_key key = filter_key(word);
	struct wm__filter_term *t = &f->terms[f->n];
	const char *value, *c;

	if (key == WM__FILTER_KEYS || f->n == WM__FILTER_TERMS) {
		snprintf(error, error_size, "%s: %.80s",
		    f->n == WM__FILTER_TERMS ?
			"too many filters" :
			"not a filter (worker= protocol= state= address=)",
		    word);
		return WM_E_INVALID;
	}
	value = word + strlen(filter_keys[key]) + 1;
	for (c = value; *c > ' ' && *c < 0x7f; c++)
		;
	*t = (struct wm__filter_term){ .key = key };
	snprintf(t->value, sizeof(t->value), "%s", value);
	if (*value == '\0' || *c != '\0' ||
	    (size_t)(c - value) >= sizeof(t->value) || !filter_reads[key](t)) {
		snprintf(error, error_size, "%s: %.80s", filter_wants[key],
		    word);
		return WM_E_INVALID;
	}
	f->n++;
	return 0;
}

int
wm__filter_parse(struct wm__filter *f, const char *text, char *error,
    size_t error_size)
{
	char word[WM__FILTER_VALUE * 2];
	int failed = 0;

	f->n = 0;
	while (*text != '\0' && failed == 0) {
		size_t len = strcspn(text, "\n");

		snprintf(word, sizeof(word), "%.*s",
		    len < sizeof(word) ? (int)len : (int)sizeof(word), text);
		if (len > 0)
			failed = wm__filter_add(f, word, error, error_size);
		text += len + (text[len] == '\n');
	}
	return failed;
}

/* ---- applying ---- */

/* The first bits of the host of an address. */
static bool
filter_in_net(const struct wm__filter_term *t, const char *address)
{
	char host[WM__FILTER_VALUE];
	unsigned char bytes[16];
	size_t whole = t->bits / 8;
	unsigned rest = t->bits % 8;

	if (!filter_host(address, host, sizeof(host)) ||
	    filter_pton(host, bytes) != t->family ||
	    memcmp(bytes, t->net, whole) != 0)
		return false;
	return rest == 0 || ((bytes[whole] ^ t->net[whole]) >> (8 - rest)) == 0;
}

static bool
filter_is_address(const struct wm__filter_term *t, const char *address)
{
	const char *port;

	switch (t->how) {
	case WM__FILTER_NET:
		return filter_in_net(t, address);
	case WM__FILTER_PORT:
		port = strrchr(address, ':');
		return port != NULL && strcmp(port, t->value) == 0;
	case WM__FILTER_WHOLE:
		return strcmp(address, t->value) == 0;
	default:
		return strncmp(address, t->value, strlen(t->value)) == 0;
	}
}

static bool
filter_holds(const struct wm__filter_term *t,
    const struct wm__filter_view *view)
{
	switch (t->key) {
	case WM__FILTER_PROTOCOL:
		return strcmp(t->value, view->protocol) == 0;
	case WM__FILTER_STATE:
		return strcmp(t->value, filter_stages[view->stage]) == 0;
	default:
		return filter_is_address(t, view->foreign) ||
		    filter_is_address(t, view->local);
	}
}

bool
wm__filter_has_process(const struct wm__filter *f, const char *worker,
    unsigned slot)
{
	bool named = false;

	for (size_t i = 0; i < f->n; i++) {
		const struct wm__filter_term *t = &f->terms[i];

		if (t->key != WM__FILTER_WORKER)
			continue;
		if (strcmp(t->value, worker) == 0 &&
		    (t->slot < 0 || t->slot == (long)slot))
			return true;
		named = true;
	}
	return !named;
}

bool
wm__filter_has(const struct wm__filter *f, const struct wm__filter_view *view)
{
	unsigned asked = 0, held = 0;

	for (size_t i = 0; i < f->n; i++) {
		const struct wm__filter_term *t = &f->terms[i];

		if (t->key == WM__FILTER_WORKER)
			continue;
		asked |= 1u << t->key;
		if (filter_holds(t, view))
			held |= 1u << t->key;
	}
	return asked == held;
}
