/* SPDX-License-Identifier: MIT */
/*
 * Who a request comes from when proxies stand between: X-Forwarded-For, or
 * Forwarded (RFC 7239), read from the near end, as far as those that said it
 * are trusted.
 */
#include <netinet/in.h>
#include <string.h>

#include <workerman/http-request.h>
#include <workerman/log.h>
#include <workerman/network.h>

#include "head.h"
#include "list.h"

#define HOPS_MAX 32 /* elements looked at, from the near end */

/* "192.0.2.1", "192.0.2.1:80", "2001:db8::1", "[2001:db8::1]:80". */
static bool
node_parse(struct wm_host *a, struct wm_span node)
{
	char text[INET6_ADDRSTRLEN + 8], *port;

	if (node.len == 0 || node.len >= sizeof(text))
		return false;
	memcpy(text, node.data, node.len);
	text[node.len] = '\0';
	if (text[0] == '[') {
		if ((port = strchr(text, ']')) == NULL ||
		    (port[1] != '\0' && port[1] != ':'))
			return false;
		*port = '\0';
		return wm_host_parse(a, text + 1);
	}
	port = strchr(text, ':');
	if (port != NULL && strchr(port + 1, ':') == NULL)
		*port = '\0';
	return wm_host_parse(a, text);
}

/* ---- whom we trust ---- */

/* Says once what is wrong with the list. */
static void
judge(const char *const *networks)
{
	static bool told;

	for (; !told && *networks != NULL; networks++)
		if (!wm_network_valid(*networks)) {
			wm_log(WM_LOG_ERROR, "http: '%s' is no network",
			    *networks);
			told = true;
		}
}

static bool
trusted(const struct wm_http_options *options, const struct wm_host *a)
{
	if (options == NULL || options->proxies == NULL)
		return false;
	judge(options->proxies);
	return wm_networks_have(options->proxies, a);
}

/* ---- what they say ---- */

/* The latest elements of a list that may span several fields. */
struct hops {
	struct wm_span at[HOPS_MAX]; /* a ring */
	size_t n;
};

/* Behind the part of a list that ends with `mark`, quotes heeded. */
static const char *
part_end(const char *p, const char *end, char mark)
{
	bool quoted = false;

	for (; p < end && (quoted || *p != mark); p++) {
		if (*p == '"')
			quoted = !quoted;
		else if (*p == '\\' && quoted && p + 1 < end)
			p++;
	}
	return p;
}

static struct wm_span
trim(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	while (end > p && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	return (struct wm_span){ p, (size_t)(end - p) };
}

static void
hops_collect(struct hops *hops, const struct wm_http_request *r,
    const char *field)
{
	const struct wm_http_field *f = NULL;
	const char *p, *end, *stop;

	hops->n = 0;
	while ((f = wm_http_field_next(r, field, f)) != NULL) {
		end = f->value.data + f->value.len;
		for (p = f->value.data; p < end; p = stop + 1) {
			stop = part_end(p, end, ',');
			if (trim(p, stop).len > 0)
				hops->at[hops->n++ % HOPS_MAX] = trim(p, stop);
		}
	}
}

/* The value of "for" in an element of Forwarded, without quotes. */
static struct wm_span
for_value(struct wm_span element)
{
	const char *p = element.data, *end = p + element.len, *stop;
	struct wm_span part;

	for (; p < end; p = stop + 1) {
		stop = part_end(p, end, ';');
		part = trim(p, stop);
		if (part.len < 4 ||
		    !wm__http_same((struct wm_span){ part.data, 4 }, "for=", 4))
			continue;
		part = (struct wm_span){ part.data + 4, part.len - 4 };
		if (part.len >= 2 && part.data[0] == '"' &&
		    part.data[part.len - 1] == '"')
			part = (struct wm_span){ part.data + 1, part.len - 2 };
		return part;
	}
	return (struct wm_span){ NULL, 0 };
}

static struct wm_host
peer_of(const struct wm_conn *c)
{
	char text[WM_ADDRESS_MAX];
	struct wm_host a = { { 0 } };

	wm_conn_peer(c, text, sizeof(text));
	if (!node_parse(&a, (struct wm_span){ text, strlen(text) }))
		memset(&a, 0, sizeof(a));
	return a;
}

char *
wm_http_client(const struct wm_conn *c, const struct wm_http_request *r,
    char *buf, size_t size)
{
	const struct wm_http_options *options = wm_conn_options(c);
	bool standard =
	    options != NULL && options->forwarding == WM_HTTP_FORWARDED;
	struct wm_host a = peer_of(c), next;
	struct wm_span node;
	struct hops hops;
	size_t i;

	if (trusted(options, &a)) {
		hops_collect(&hops, r,
		    standard ? "Forwarded" : "X-Forwarded-For");
		for (i = 0; i < hops.n && i < HOPS_MAX; i++) {
			node = hops.at[(hops.n - 1 - i) % HOPS_MAX];
			if (standard)
				node = for_value(node);
			if (!node_parse(&next, node))
				break;
			a = next;
			if (!trusted(options, &a))
				break;
		}
	}
	wm_host_format(&a, buf, size);
	return buf;
}
