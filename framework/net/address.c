/* SPDX-License-Identifier: MIT */
/*
 * Listener URLs: parsing and formatting. Opens nothing (listen.c does) and
 * looks up no names: an address is a number, "*", "[*]" or "localhost".
 */
#include "config.h"

#include <sys/un.h>

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <workerman/error.h>

#include "framework/net/address.h"

/* Schemes that stand for another protocol or for a transport. */
static const struct {
	const char *alias;
	const char *protocol;
	enum wm__transport transport;
} address_aliases[] = {
	{ "tcp", "raw", WM__TCP },
	{ "udp", "raw", WM__UDP },
	{ "unix", "raw", WM__UNIX },
	{ "ws", "websocket", WM__TCP },
};

/* What may stand behind a protocol's name, as in "text+udp". */
static const struct {
	const char *suffix;
	enum wm__transport transport;
} address_transports[] = {
	{ "+udp", WM__UDP },
	{ "+unix", WM__UNIX },
};

static const char *const address_later[] = { "tls", "https", "wss" };

static int
address_transport(struct wm__url *url, const char *text, size_t len,
    const char **error_r)
{
	for (size_t i = 0;
	     i < sizeof(address_transports) / sizeof(*address_transports); i++)
		if (strlen(address_transports[i].suffix) == len &&
		    memcmp(address_transports[i].suffix, text, len) == 0) {
			url->transport = address_transports[i].transport;
			return 0;
		}
	*error_r = "of the transports only +unix and +udp are supported";
	return WM_E_UNSUPPORTED;
}

static int
address_scheme(struct wm__url *url, const char *text, size_t len,
    const char **error_r)
{
	const char *plus = memchr(text, '+', len);
	size_t name = plus != NULL ? (size_t)(plus - text) : len;

	if (name == 0 || name > WM__SCHEME_MAX) {
		*error_r = "the scheme before :// must have 1 to 31 characters";
		return WM_E_INVALID;
	}
	memcpy(url->protocol, text, name);
	url->protocol[name] = '\0';
	if (plus != NULL &&
	    address_transport(url, plus, len - name, error_r) < 0)
		return WM_E_UNSUPPORTED;
	for (size_t i = 0; i < sizeof(address_later) / sizeof(char *); i++)
		if (strcmp(url->protocol, address_later[i]) == 0) {
			*error_r = "TLS listeners are not supported";
			return WM_E_UNSUPPORTED;
		}
	for (size_t i = 0;
	     i < sizeof(address_aliases) / sizeof(*address_aliases); i++)
		if (strcmp(url->protocol, address_aliases[i].alias) == 0) {
			snprintf(url->protocol, sizeof(url->protocol), "%s",
			    address_aliases[i].protocol);
			if (address_aliases[i].transport != WM__TCP)
				url->transport = address_aliases[i].transport;
			break;
		}
	return 0;
}

static int
address_port(const char *text, in_port_t *port_r, const char **error_r)
{
	char *end;
	unsigned long port = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end != '\0' || port > 65535) {
		*error_r = "the port must be a number from 0 to 65535";
		return WM_E_INVALID;
	}
	*port_r = htons((in_port_t)port);
	return 0;
}

/* An address that means something only on one of the machine's networks. */
static bool
address_is_scoped(const struct sockaddr_in6 *in6)
{
	return IN6_IS_ADDR_LINKLOCAL(&in6->sin6_addr) ||
	    IN6_IS_ADDR_MC_LINKLOCAL(&in6->sin6_addr);
}

static int
address_scope(struct sockaddr_in6 *in6, const char *name, const char **error_r)
{
	if (!address_is_scoped(in6)) {
		*error_r = "only a link-local address has an interface";
		return WM_E_INVALID;
	}
	in6->sin6_scope_id = if_nametoindex(name);
	if (in6->sin6_scope_id != 0)
		return 0;
	*error_r = "no such network interface";
	return WM_E_INVALID;
}

static int
address_tcp6(struct wm__url *url, char *host, const char *port,
    const char **error_r)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&url->address;
	char *scope = strchr(host, '%');

	in6->sin6_family = AF_INET6;
	url->address_len = sizeof(*in6);
	url->dual = strcmp(host, "*") == 0;
	if (scope != NULL)
		*scope++ = '\0';
	if (inet_pton(AF_INET6, url->dual ? "::" : host, &in6->sin6_addr) !=
	    1) {
		*error_r = "not an IPv6 address between the brackets";
		return WM_E_INVALID;
	}
	if (scope != NULL && address_scope(in6, scope, error_r) < 0)
		return WM_E_INVALID;
	if (scope == NULL && address_is_scoped(in6)) {
		*error_r = "a link-local address needs its interface: "
			   "[fe80::1%eth0]:80";
		return WM_E_INVALID;
	}
	return address_port(port, &in6->sin6_port, error_r);
}

static int
address_tcp4(struct wm__url *url, const char *host, const char *port,
    const char **error_r)
{
	struct sockaddr_in *in = (struct sockaddr_in *)&url->address;

	in->sin_family = AF_INET;
	url->address_len = sizeof(*in);
	url->any = strcmp(host, "*") == 0;
	if (url->any)
		host = "0.0.0.0";
	else if (strcmp(host, "localhost") == 0)
		host = "127.0.0.1";
	if (inet_pton(AF_INET, host, &in->sin_addr) != 1) {
		*error_r =
		    "the address must be IPV4:PORT, [IPV6]:PORT, *:PORT, "
		    "[*]:PORT or localhost:PORT";
		return WM_E_INVALID;
	}
	return address_port(port, &in->sin_port, error_r);
}

static int
address_tcp(struct wm__url *url, const char *text, const char **error_r)
{
	char host[WM__URL_MAX + 1];
	char *colon, *bracket;

	snprintf(host, sizeof(host), "%s", text);
	colon = strrchr(host, ':');
	if (colon == NULL) {
		*error_r = "the address has no port";
		return WM_E_INVALID;
	}
	*colon = '\0';
	if (host[0] != '[')
		return address_tcp4(url, host, colon + 1, error_r);
	bracket = strchr(host, ']');
	if (bracket == NULL || bracket + 1 != colon) {
		*error_r = "an IPv6 address stands in brackets: [::1]:80";
		return WM_E_INVALID;
	}
	*bracket = '\0';
	return address_tcp6(url, host + 1, colon + 1, error_r);
}

/* An IPv4 address as a socket of both families knows it. */
static void
address_map(struct wm__url *url)
{
	struct sockaddr_in in = *(const struct sockaddr_in *)&url->address;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&url->address;

	*in6 = (struct sockaddr_in6){ .sin6_family = AF_INET6,
		.sin6_port = in.sin_port };
	in6->sin6_addr.s6_addr[10] = in6->sin6_addr.s6_addr[11] = 0xff;
	memcpy(&in6->sin6_addr.s6_addr[12], &in.sin_addr, sizeof(in.sin_addr));
	url->address_len = sizeof(*in6);
}

int
wm__address_parse(const char *text, const struct wm__url *from,
    struct sockaddr_storage *address_r, socklen_t *len_r)
{
	struct wm__url url;
	const char *why;

	memset(&url, 0, sizeof(url));
	if (strlen(text) > WM__URL_MAX || address_tcp(&url, text, &why) < 0 ||
	    url.any || url.dual ||
	    ((struct sockaddr_in *)&url.address)->sin_port == 0)
		return WM_E_INVALID;
	if (from->dual && url.address.ss_family == AF_INET)
		address_map(&url);
	if (url.address.ss_family != from->address.ss_family)
		return WM_E_INVALID;
	*address_r = url.address;
	*len_r = url.address_len;
	return 0;
}

static int
address_abstract(struct wm__url *url, const char *name, const char **error_r)
{
	struct sockaddr_un *un = (struct sockaddr_un *)&url->address;
	size_t len = strlen(name);

#if !defined(__linux__)
	*error_r = "this system has no abstract unix sockets";
	return WM_E_UNSUPPORTED;
#endif
	if (len == 0 || len >= sizeof(un->sun_path)) {
		*error_r = "the name of an abstract socket has 1 to 107 bytes";
		return WM_E_INVALID;
	}
	un->sun_family = AF_UNIX;
	memcpy(un->sun_path + 1, name, len);
	url->address_len =
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + len);
	return 0;
}

static int
address_unix(struct wm__url *url, const char *path, const char **error_r)
{
	struct sockaddr_un *un = (struct sockaddr_un *)&url->address;

	if (path[0] == '@')
		return address_abstract(url, path + 1, error_r);
	if (path[0] != '/' || strlen(path) >= sizeof(un->sun_path)) {
		*error_r = "a unix socket needs an absolute path of at most "
			   "107 bytes, or @NAME";
		return WM_E_INVALID;
	}
	un->sun_family = AF_UNIX;
	snprintf(un->sun_path, sizeof(un->sun_path), "%s", path);
	url->address_len = sizeof(*un);
	return 0;
}

int
wm__url_parse(const char *text, struct wm__url *url_r, const char **error_r)
{
	const char *sep = strstr(text, "://");
	int error;

	memset(url_r, 0, sizeof(*url_r));
	if (sep == NULL || strlen(text) > WM__URL_MAX) {
		*error_r = "a listener is PROTOCOL://ADDRESS, at most 255 "
			   "bytes";
		return WM_E_INVALID;
	}
	error = address_scheme(url_r, text, (size_t)(sep - text), error_r);
	if (error < 0)
		return error;
	return url_r->transport == WM__UNIX ?
	    address_unix(url_r, sep + 3, error_r) :
	    address_tcp(url_r, sep + 3, error_r);
}

static void
address_format_v6(const struct sockaddr_in6 *in6, char *buf, size_t size)
{
	char host[INET6_ADDRSTRLEN] = "?", scope[IF_NAMESIZE + 1] = "";

	if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
		inet_ntop(AF_INET, &in6->sin6_addr.s6_addr[12], host,
		    sizeof(host));
		snprintf(buf, size, "%s:%u", host, ntohs(in6->sin6_port));
		return;
	}
	inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof(host));
	if (in6->sin6_scope_id != 0 && address_is_scoped(in6)) {
		scope[0] = '%';
		if (if_indextoname(in6->sin6_scope_id, scope + 1) == NULL)
			scope[0] = '\0';
	}
	snprintf(buf, size, "[%s%s]:%u", host, scope, ntohs(in6->sin6_port));
}

static void
address_format_unix(const struct sockaddr_un *un, socklen_t len, char *buf,
    size_t size)
{
	size_t head = offsetof(struct sockaddr_un, sun_path);
	size_t room = len > head ? len - head : 0;

	if (room > sizeof(un->sun_path))
		room = sizeof(un->sun_path);
	if (room > 1 && un->sun_path[0] == '\0')
		snprintf(buf, size, "unix:@%.*s", (int)(room - 1),
		    un->sun_path + 1);
	else
		snprintf(buf, size, "unix:%.*s", (int)room, un->sun_path);
}

char *
wm__address_format(const struct sockaddr *address, socklen_t len, char *buf,
    size_t size)
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)address;
	char host[INET_ADDRSTRLEN] = "?";

	switch (len > 0 ? address->sa_family : AF_UNSPEC) {
	case AF_INET:
		inet_ntop(AF_INET, &in->sin_addr, host, sizeof(host));
		snprintf(buf, size, "%s:%u", host, ntohs(in->sin_port));
		break;
	case AF_INET6:
		address_format_v6((const struct sockaddr_in6 *)address, buf,
		    size);
		break;
	case AF_UNIX:
		address_format_unix((const struct sockaddr_un *)address, len,
		    buf, size);
		break;
	default:
		snprintf(buf, size, "?");
	}
	return buf;
}

char *
wm__url_format(const struct wm__url *url, char *buf, size_t size)
{
	const struct sockaddr *address = (const struct sockaddr *)&url->address;
	const char *plus = url->transport == WM__UDP ? "+udp" : "";
	char where[WM__URL_MAX + 1];

	wm__address_format(address, url->address_len, where, sizeof(where));
	if (url->transport == WM__UNIX)
		snprintf(buf, size, "%s+unix://%s", url->protocol,
		    where + strlen("unix:"));
	else if (url->any || url->dual)
		snprintf(buf, size, "%s%s://%s%s", url->protocol, plus,
		    url->dual ? "[*]" : "*", strrchr(where, ':'));
	else
		snprintf(buf, size, "%s%s://%s", url->protocol, plus, where);
	return buf;
}

const char *
wm__url_path(const struct wm__url *url)
{
	const struct sockaddr_un *un =
	    (const struct sockaddr_un *)&url->address;

	return url->transport == WM__UNIX && un->sun_path[0] != '\0' ?
	    un->sun_path :
	    NULL;
}

char *
wm__url_place(const char *text, char *buf, size_t size)
{
	const char *sep = strstr(text, "://");
	bool udp =
	    sep != NULL && sep - text >= 4 && memcmp(sep - 4, "+udp", 4) == 0;

	snprintf(buf, size, "%s%s", udp ? "udp:" : "",
	    sep != NULL ? sep + 3 : text);
	return buf;
}

bool
wm__url_is_wildcard(const struct wm__url *url)
{
	const struct sockaddr_in6 *in6 =
	    (const struct sockaddr_in6 *)&url->address;
	const struct sockaddr_in *in =
	    (const struct sockaddr_in *)&url->address;

	switch (url->address.ss_family) {
	case AF_INET:
		return in->sin_addr.s_addr == htonl(INADDR_ANY);
	case AF_INET6:
		return IN6_IS_ADDR_UNSPECIFIED(&in6->sin6_addr);
	default:
		return false;
	}
}
