/* SPDX-License-Identifier: MIT */
/* The PROXY protocol's header: see proxy.h. */
#include "config.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include <workerman/error.h>

#include "framework/net/proxy.h"

#define PROXY_FIXED 16 /* bytes of version 2 before its addresses */

static const char proxy_v1[] = "PROXY ";
static const unsigned char proxy_v2[12] = "\r\n\r\n\0\r\nQUIT\n";

enum { PROXY_LOCAL = 0x20, PROXY_PROXY = 0x21 }; /* version and command */

static bool
proxy_is_v1(const struct wm__proxy *proxy)
{
	return proxy->head[0] == 'P';
}

/* Bytes behind the fixed part. */
static size_t
proxy_v2_rest(const struct wm__proxy *proxy)
{
	return (size_t)proxy->head[14] << 8 | proxy->head[15];
}

size_t
wm__proxy_want(const struct wm__proxy *proxy)
{
	if (proxy->len == 0)
		return PROXY_FIXED; /* the shortest of either is no shorter */
	if (proxy_is_v1(proxy))
		return WM__PROXY_V1_MAX - proxy->len;
	if (proxy->len < PROXY_FIXED)
		return PROXY_FIXED - proxy->len;
	return PROXY_FIXED + proxy_v2_rest(proxy) - proxy->len;
}

/* ---- version 1: a line ---- */

/* The next word of the line, terminated in place; null: there is none. */
static char *
proxy_word(char **line)
{
	char *word = *line, *end;

	if (word == NULL || *word == '\0')
		return NULL;
	end = strchr(word, ' ');
	*line = end != NULL ? end + 1 : NULL;
	if (end != NULL)
		*end = '\0';
	return word;
}

static bool
proxy_port(const char *word, in_port_t *port_r)
{
	unsigned long port;
	size_t len = word != NULL ? strlen(word) : 0;

	if (len == 0 || len > 5 || strspn(word, "0123456789") != len)
		return false;
	port = strtoul(word, NULL, 10);
	*port_r = htons((in_port_t)port);
	return port <= 65535;
}

/* A line with addresses: those of the source, if all of it is well-formed. */
static bool
proxy_v1_addresses(char *line, int family, struct sockaddr_storage *peer_r)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)peer_r;
	struct sockaddr_in *in = (struct sockaddr_in *)peer_r;
	const char *from = proxy_word(&line), *to = proxy_word(&line);
	const char *from_port = proxy_word(&line), *to_port = proxy_word(&line);
	bool v6 = family == AF_INET6;
	struct in6_addr other;
	in_port_t port, other_port;

	if (to_port == NULL || line != NULL || !proxy_port(from_port, &port) ||
	    !proxy_port(to_port, &other_port))
		return false;
	memset(peer_r, 0, sizeof(*peer_r));
	peer_r->ss_family = (sa_family_t)family;
	if (v6)
		in6->sin6_port = port;
	else
		in->sin_port = port;
	return inet_pton(family, from,
		   v6 ? (void *)&in6->sin6_addr : (void *)&in->sin_addr) == 1 &&
	    inet_pton(family, to, &other) == 1;
}

/* Reads the line. Returns 1 when it has an address, 0 when it names none,
   WM_E_PROTOCOL. */
static int
proxy_v1_read(const struct wm__proxy *proxy, struct sockaddr_storage *peer_r)
{
	char line[WM__PROXY_V1_MAX + 1], *rest = line;
	const char *family;
	int number;

	memcpy(line, proxy->head, proxy->len - 2);
	line[proxy->len - 2] = '\0';
	if (strlen(line) != proxy->len - 2)
		return WM_E_PROTOCOL;
	proxy_word(&rest); /* PROXY */
	family = proxy_word(&rest);
	if (family == NULL)
		return WM_E_PROTOCOL;
	if (strcmp(family, "UNKNOWN") == 0)
		return 0;
	number = strcmp(family, "TCP4") == 0 ? AF_INET :
	    strcmp(family, "TCP6") == 0      ? AF_INET6 :
					       AF_UNSPEC;
	return number != AF_UNSPEC && proxy_v1_addresses(rest, number, peer_r) ?
	    1 :
	    WM_E_PROTOCOL;
}

static int
proxy_v1_feed(struct wm__proxy *proxy, const char *data, size_t len,
    size_t *used_r)
{
	const char *end = memchr(data, '\n', len);
	struct sockaddr_storage peer;
	size_t head;

	*used_r = end != NULL ? (size_t)(end - data) + 1 : len;
	memcpy(proxy->head + proxy->len, data, *used_r);
	proxy->len += *used_r;
	head = proxy->len < 6 ? proxy->len : 6;
	if (memcmp(proxy->head, proxy_v1, head) != 0)
		return WM_E_PROTOCOL;
	if (end == NULL)
		return proxy->len < WM__PROXY_V1_MAX ? 0 : WM_E_PROTOCOL;
	if (proxy->head[proxy->len - 2] != '\r')
		return WM_E_PROTOCOL;
	return proxy_v1_read(proxy, &peer) < 0 ? WM_E_PROTOCOL : 1;
}

/* ---- version 2: binary ---- */

/* Bytes of the addresses of that family; 0: it has none, or is not known. */
static size_t
proxy_v2_needs(unsigned family)
{
	static const size_t bytes[] = { 0, 12, 36, 216 };

	return bytes[family & 3];
}

/* Whether the fixed part is one. */
static bool
proxy_v2_is_valid(const struct wm__proxy *proxy)
{
	unsigned command = proxy->head[12], kind = proxy->head[13];

	if (PROXY_FIXED + proxy_v2_rest(proxy) > WM__PROXY_V2_MAX)
		return false;
	if (command == PROXY_LOCAL)
		return true;
	return command == PROXY_PROXY && kind >> 4 <= 3 && (kind & 15) <= 2 &&
	    proxy_v2_rest(proxy) >= proxy_v2_needs(kind >> 4);
}

static int
proxy_v2_feed(struct wm__proxy *proxy, const char *data, size_t len,
    size_t *used_r)
{
	size_t room =
	    proxy->len < WM__PROXY_KEEP ? WM__PROXY_KEEP - proxy->len : 0;
	size_t head;

	*used_r = len;
	if (room > 0) /* what comes behind are extras, which are skipped */
		memcpy(proxy->head + proxy->len, data, len < room ? len : room);
	proxy->len += len;
	head = proxy->len < 12 ? proxy->len : 12;
	if (memcmp(proxy->head, proxy_v2, head) != 0)
		return WM_E_PROTOCOL;
	if (proxy->len < PROXY_FIXED)
		return 0;
	if (!proxy_v2_is_valid(proxy))
		return WM_E_PROTOCOL;
	return proxy->len == PROXY_FIXED + proxy_v2_rest(proxy);
}

int
wm__proxy_feed(struct wm__proxy *proxy, const void *data, size_t len,
    size_t *used_r)
{
	if (proxy->len == 0)
		proxy->head[0] = *(const unsigned char *)data;
	return proxy_is_v1(proxy) ? proxy_v1_feed(proxy, data, len, used_r) :
				    proxy_v2_feed(proxy, data, len, used_r);
}

/* ---- what it says ---- */

static bool
proxy_v2_peer(const struct wm__proxy *proxy, struct sockaddr_storage *peer_r)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)peer_r;
	struct sockaddr_in *in = (struct sockaddr_in *)peer_r;
	const unsigned char *at = proxy->head + PROXY_FIXED;

	memset(peer_r, 0, sizeof(*peer_r));
	if (proxy->head[12] == PROXY_LOCAL)
		return false;
	switch (proxy->head[13] >> 4) {
	case 1:
		in->sin_family = AF_INET;
		memcpy(&in->sin_addr, at, 4);
		memcpy(&in->sin_port, at + 8, 2);
		return true;
	case 2:
		in6->sin6_family = AF_INET6;
		memcpy(&in6->sin6_addr, at, 16);
		memcpy(&in6->sin6_port, at + 32, 2);
		return true;
	case 3:
		peer_r->ss_family = AF_UNIX;
		return true;
	default:
		return false;
	}
}

bool
wm__proxy_peer(const struct wm__proxy *proxy, struct sockaddr_storage *peer_r)
{
	return proxy_is_v1(proxy) ? proxy_v1_read(proxy, peer_r) == 1 :
				    proxy_v2_peer(proxy, peer_r);
}
