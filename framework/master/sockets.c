/* SPDX-License-Identifier: MIT */
/* The sockets of sockets.h; how one is bound is net/listen.c's. */
#include "config.h"

#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <workerman/error.h>

#include "framework/base/fd.h"
#include "framework/master/sockets.h"
#include "framework/net/socket_options.h"

/* What makes two listeners the same: the address; when the kernel is to
   choose the port, the place in the table. Null: out of memory. */
static char *
sockets_key(const struct wm__sockets_want *want)
{
	size_t len = strlen(want->text);
	size_t size = len + strlen(want->row) + 32;
	char at[WM__URL_MAX + 32], *key = malloc(size);

	wm__url_place(want->text, at, sizeof(at));
	if (key == NULL)
		return NULL;
	if (len > 2 && strcmp(want->text + len - 2, ":0") == 0)
		snprintf(key, size, "%s[%zu] %s", want->row, want->listener,
		    at);
	else
		snprintf(key, size, "%s", at);
	return key;
}

static void
address_close(struct wm__address *address)
{
	const char *path = wm__url_path(&address->url);
	struct stat st;

	if (address->n > 0 && path != NULL && lstat(path, &st) == 0 &&
	    st.st_dev == address->device && st.st_ino == address->inode)
		unlink(path);
	for (uint32_t i = 0; i < address->n; i++)
		wm__fd_close(&address->fds[i]);
	address->n = 0;
}

static void
address_free(struct wm__address *address)
{
	address_close(address);
	free(address->fds);
	free(address->key);
	free(address);
}

static void
address_remember_file(struct wm__address *address)
{
	const char *path = wm__url_path(&address->url);
	struct stat st;

	if (path == NULL || lstat(path, &st) < 0)
		return;
	address->device = st.st_dev;
	address->inode = st.st_ino;
}

static int
address_bind(struct wm__address *address, const struct wm__sockets_want *want,
    char *error, size_t error_size)
{
	const char *why;
	int failed = wm__url_parse(want->text, &address->url, &why);

	if (failed < 0) {
		snprintf(error, error_size, "%s: %s", want->text, why);
		return failed;
	}
	if (want->options != NULL)
		address->options = *want->options;
	address->url.options = &address->options;
	address->fds = calloc(want->n, sizeof(*address->fds));
	if (address->fds == NULL) {
		snprintf(error, error_size, "%s: out of memory", want->text);
		return WM_E_NOMEM;
	}
	failed = wm__listen(&address->url, WM__BACKLOG, want->n, address->fds,
	    error, error_size);
	if (failed == 0) {
		address->n = want->n;
		address_remember_file(address);
	}
	return failed;
}

static struct wm__address *
sockets_find(const struct wm__sockets *sockets, const char *key)
{
	struct wm__address *address;

	LIST_FOREACH(address, &sockets->all, link)
		if (strcmp(address->key, key) == 0)
			return address;
	return NULL;
}

int
wm__sockets_get(struct wm__sockets *sockets,
    const struct wm__sockets_want *want, struct wm__address **address_r,
    char *error, size_t error_size)
{
	char *key = sockets_key(want);
	struct wm__address *address =
	    key != NULL ? sockets_find(sockets, key) : NULL;
	int failed;

	if (address != NULL) {
		free(key);
		address->refs++;
		*address_r = address;
		return 0;
	}
	address = key != NULL ? calloc(1, sizeof(*address)) : NULL;
	if (address == NULL) {
		free(key);
		snprintf(error, error_size, "out of memory");
		return WM_E_NOMEM;
	}
	address->key = key;
	address->refs = 1;
	failed = address_bind(address, want, error, error_size);
	if (failed < 0) {
		address_free(address);
		return failed;
	}
	LIST_INSERT_HEAD(&sockets->all, address, link);
	*address_r = address;
	return 0;
}

const char *
wm__address_change(struct wm__address *address,
    const struct wm__socket_options *options)
{
	const char *stays = NULL, *said;

	if (memcmp(&address->options, options, sizeof(*options)) == 0)
		return NULL;
	for (uint32_t i = 0; i < address->n; i++) {
		said =
		    wm__socket_change(address->fds[i], &address->url, options);
		stays = said != NULL ? said : stays;
	}
	address->options = *options;
	return stays;
}

void
wm__sockets_put(struct wm__address **address)
{
	struct wm__address *a = *address;

	*address = NULL;
	if (a == NULL || --a->refs > 0)
		return;
	LIST_REMOVE(a, link);
	address_free(a);
}

void
wm__sockets_close(struct wm__sockets *sockets)
{
	struct wm__address *address;

	LIST_FOREACH(address, &sockets->all, link)
		address_close(address);
}

int
wm__address_grow(struct wm__address *address, uint32_t n, char *error,
    size_t error_size)
{
	int *fds, failed;

	if (n <= address->n)
		return 0;
	fds = realloc(address->fds, n * sizeof(*fds));
	if (fds == NULL) {
		snprintf(error, error_size, "out of memory");
		return WM_E_NOMEM;
	}
	address->fds = fds;
	while (address->n < n) {
		failed = wm__listen_join(&address->url, WM__BACKLOG, fds[0],
		    &fds[address->n], error, error_size);
		if (failed < 0)
			return failed;
		address->n++;
	}
	return 0;
}

char *
wm__address_url(const struct wm__address *address, const char *text, char *buf,
    size_t size)
{
	struct wm__url url;
	const char *why;

	if (wm__url_parse(text, &url, &why) < 0)
		url = address->url;
	url.address = address->url.address;
	url.address_len = address->url.address_len;
	return wm__url_format(&url, buf, size);
}

bool
wm__address_is_shared(const struct wm__address *address)
{
	return address->url.transport == WM__UNIX;
}
