/* SPDX-License-Identifier: MIT */
/*
 * The addresses of the table: whether each could be bound now, or is the
 * running master's. Nothing is listened on, and no file is touched.
 */
#include "config.h"

#include <sys/un.h>

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "framework/base/system.h"
#include "framework/cli/check_listeners.h"
#include "framework/cli/check_paths.h"
#include "framework/ipc/rows.h"
#include "framework/ipc/table.h"

/* ---- judges ---- */

static const char *
listeners_user(bool silent)
{
	return silent ? "the master that does not answer, or another program" :
			"another program";
}

static void
listeners_judge_error(const struct wm__port_facts *facts, struct wm__finding *f)
{
	const char *worker = facts->worker, *address = facts->address;

	switch (facts->error) {
	case EADDRINUSE:
		wm__finding_set(f,
		    facts->silent ? WM__CHECK_WARN : WM__CHECK_MISSING,
		    "worker %s: %s is in use by %s", worker, address,
		    listeners_user(facts->silent));
		wm__finding_mend(f, "ss -l%cnp 'sport = :%u'",
		    facts->udp ? 'u' : 't', facts->port);
		break;
	case EACCES:
		wm__finding_set(f, WM__CHECK_MISSING,
		    "worker %s: %s: ports below %lld are for root", worker,
		    address, facts->low > 0 ? facts->low : 1024);
		if (facts->low > 0)
			wm__finding_mend_as_root(f,
			    "sysctl -w net.ipv4.ip_unprivileged_port_start=%u",
			    facts->port);
		break;
	case EADDRNOTAVAIL:
		wm__finding_set(f, WM__CHECK_MISSING,
		    "worker %s: %s: this machine does not have the address",
		    worker, address);
		wm__finding_mend(f, "ip address show");
		break;
	case EAFNOSUPPORT:
		wm__finding_set(f, WM__CHECK_MISSING,
		    "worker %s: %s: the kernel has no such addresses", worker,
		    address);
		wm__finding_mend_as_root(f, "modprobe ipv6");
		break;
	default:
		wm__finding_set(f, WM__CHECK_MISSING, "worker %s: %s: %s",
		    worker, address, strerror(facts->error));
	}
}

void
wm__judge_port(const struct wm__port_facts *facts, struct wm__finding *f)
{
	if (facts->ours)
		wm__finding_set(f, WM__CHECK_OK,
		    "worker %s: %s is the running master's", facts->worker,
		    facts->address);
	else if (facts->error != 0)
		listeners_judge_error(facts, f);
	else
		wm__finding_set(f, WM__CHECK_OK, "worker %s: %s %s",
		    facts->worker, facts->address,
		    facts->port == 0 ? "leaves the port to the kernel" :
				       "is free");
}

void
wm__judge_unix(const struct wm__unix_facts *facts, struct wm__finding *f)
{
	struct wm__path_facts reach = { .path = facts->path, .error = ENOENT };
	const char *what = NULL, *command = "rm";
	enum wm__check_level level = WM__CHECK_MISSING;
	char word[300];

	reach.forbidden = facts->forbidden;
	if (facts->ours) {
		what = "is the running master's";
		level = WM__CHECK_OK;
	} else if (facts->state == WM__UNIX_STALE) {
		what = "is a socket that nobody serves; a start replaces it";
		level = WM__CHECK_WARN;
	} else if (facts->state == WM__UNIX_LIVE) {
		what = facts->silent ? "is served by the master that does not "
				       "answer, or another program" :
				       "is served by another program";
		command = "ss -lxp src";
		level = facts->silent ? WM__CHECK_WARN : WM__CHECK_MISSING;
	} else if (facts->state == WM__UNIX_OTHER) {
		what = "is there and is no socket";
	} else if (wm__judge_reach(&reach, "", f)) {
		return;
	} else {
		what = "is free";
		level = WM__CHECK_OK;
	}
	wm__finding_set(f, level, "worker %s: %s %s", facts->worker,
	    facts->path, what);
	if (level != WM__CHECK_OK)
		wm__finding_mend(f, "%s %s", command,
		    wm__check_quote(facts->path, word, sizeof(word)));
}

void
wm__judge_port_range(const struct wm__range_facts *facts, struct wm__finding *f)
{
	if (facts->first == WM__SYSTEM_UNKNOWN) {
		wm__finding_set(f, WM__CHECK_OK, "not known on this system");
		return;
	}
	if (*facts->inside == '\0') {
		wm__finding_set(f, WM__CHECK_OK,
		    "none of the table's ports is one of %lld to %lld, which "
		    "outgoing connections get",
		    facts->first, facts->last);
		return;
	}
	wm__finding_set(f, WM__CHECK_WARN,
	    "an outgoing connection may get port %s of the table "
	    "(net.ipv4.ip_local_port_range: %lld to %lld) and keep a start "
	    "from it",
	    facts->inside, facts->first, facts->last);
	wm__finding_mend_as_root(f,
	    "sysctl -w net.ipv4.ip_local_reserved_ports=%s%s%s",
	    facts->reserved, *facts->reserved != '\0' ? "," : "",
	    facts->inside);
}

/* ---- facts ---- */

bool
wm__check_is_ours(const struct wm__check *check, const char *url)
{
	const char *cursor = check->rows;
	char line[WM__ROW_MAX], value[WM__ROW_MAX], theirs[WM__ROW_MAX];
	char where[WM__URL_MAX + 32];

	/* A changed protocol is taken over by a restart or reload, too. */
	wm__url_place(url, where, sizeof(where));
	while (wm__rows_next(&cursor, "listener", line)) {
		if (wm__control_get(line, "url", value, sizeof(value)) == NULL)
			continue;
		wm__url_place(value, theirs, sizeof(theirs));
		if (strcmp(theirs, where) == 0)
			return true;
	}
	return false;
}

static unsigned
listeners_port(const struct wm__url *url)
{
	const struct sockaddr_in6 *in6 =
	    (const struct sockaddr_in6 *)&url->address;
	const struct sockaddr_in *in =
	    (const struct sockaddr_in *)&url->address;

	if (url->transport == WM__UNIX)
		return 0;
	return ntohs(
	    url->address.ss_family == AF_INET6 ? in6->sin6_port : in->sin_port);
}

static void
listeners_check_port(const struct wm__check *check, const char *worker,
    const struct wm__url *url, const char *text, struct wm__finding *f)
{
	char address[WM__URL_MAX + 1];
	struct wm__port_facts facts = {
		.worker = worker,
		.address =
		    wm__address_format((const struct sockaddr *)&url->address,
			url->address_len, address, sizeof(address)),
		.port = listeners_port(url),
		.udp = url->transport == WM__UDP,
		.low = wm__system_number("net/ipv4/ip_unprivileged_port_start"),
	};

	facts.silent = check->master == WM__MASTER_SILENT;
	facts.ours = facts.port != 0 && wm__check_is_ours(check, text);
	if (!facts.ours)
		facts.error = wm__listen_probe(url);
	wm__judge_port(&facts, f);
}

static void
listeners_check_unix(const struct wm__check *check, const char *worker,
    const struct wm__url *url, const char *text, struct wm__finding *f)
{
	const struct sockaddr_un *un =
	    (const struct sockaddr_un *)&url->address;
	struct wm__unix_facts facts = { .worker = worker,
		.path = un->sun_path,
		.silent = check->master == WM__MASTER_SILENT,
		.ours = wm__check_is_ours(check, text) };
	struct wm__path_facts path;

	if (!facts.ours)
		facts.state = wm__listen_look(url);
	wm__path_look(un->sun_path, &path);
	if (path.error != 0 && !wm__path_in_new_run_dir(check, un->sun_path))
		facts.forbidden = path.forbidden;
	wm__judge_unix(&facts, f);
}

void
wm__check_listeners(const struct wm__check *check, struct wm__report *report)
{
	for (size_t i = 0; i < check->table->n_rows; i++) {
		const struct wm__row *row = &check->table->rows[i];

		for (size_t k = 0; k < row->n_urls; k++) {
			struct wm__finding f = { 0 };
			struct wm__url url;
			const char *why;

			if (wm__url_parse(row->urls[k], &url, &why) < 0)
				continue; /* the table's finding said so */
			if (url.transport == WM__UNIX)
				listeners_check_unix(check, row->name, &url,
				    row->urls[k], &f);
			else
				listeners_check_port(check, row->name, &url,
				    row->urls[k], &f);
			wm__report_add(report, &f);
		}
	}
}

/* Appends the row's ports that are in the range and not reserved. */
static void
listeners_inside(const struct wm__row *row, const struct wm__range_facts *facts,
    struct wm_buf *inside)
{
	for (size_t k = 0; k < row->n_urls; k++) {
		struct wm__url url;
		const char *why;
		unsigned port;

		if (wm__url_parse(row->urls[k], &url, &why) < 0)
			continue;
		port = listeners_port(&url);
		if (port != 0 && port >= facts->first && port <= facts->last &&
		    !wm__system_in_ranges(facts->reserved, port))
			wm_buf_printf(inside, "%s%u",
			    inside->len > 0 ? "," : "", port);
	}
}

void
wm__check_port_range(const struct wm__check *check, struct wm__report *report)
{
	struct wm__range_facts facts = { WM__SYSTEM_UNKNOWN, WM__SYSTEM_UNKNOWN,
		"", "" };
	struct wm_buf inside = WM_BUF_INIT;
	struct wm__finding f = { 0 };
	char range[64], reserved[900] = "";

	if (wm__system_text("net/ipv4/ip_local_port_range", range,
		sizeof(range)) &&
	    sscanf(range, "%lld %lld", &facts.first, &facts.last) != 2)
		facts.first = WM__SYSTEM_UNKNOWN;
	wm__system_text("net/ipv4/ip_local_reserved_ports", reserved,
	    sizeof(reserved));
	facts.reserved = reserved;
	for (size_t i = 0; facts.first >= 0 && i < check->table->n_rows; i++)
		listeners_inside(&check->table->rows[i], &facts, &inside);
	wm_buf_put(&inside, "", 1);
	if (!inside.failed)
		facts.inside = inside.data;
	wm__judge_port_range(&facts, &f);
	wm_buf_fini(&inside);
	wm__report_add(report, &f);
}
