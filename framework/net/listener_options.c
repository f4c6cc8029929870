/* SPDX-License-Identifier: MIT */
/*
 * The options of a listener's sockets: judged, and turned into numbers. Users
 * and groups are looked up here, where an error still changes nothing.
 */
#include "config.h"

#include <net/if.h>

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include <workerman/error.h>
#include <workerman/network.h>

#include "framework/net/listener_options.h"

/* An option that the transport does not have: its name; else null. */
static const char *
options_misplaced(const struct wm_listener *l, const struct wm__url *url)
{
	bool path = wm__url_path(url) != NULL;

	if (url->transport != WM__TCP) {
		if (l->delay)
			return "delay";
		if (l->keepalive != 0)
			return "keepalive";
		if (l->defer_accept != 0)
			return "defer_accept";
	}
	if (url->transport == WM__UDP && l->backlog != 0)
		return "backlog";
	if (url->transport == WM__UNIX) {
		if (l->device != NULL)
			return "device";
		if (l->receive_buffer != 0)
			return "receive_buffer";
		if (l->send_buffer != 0)
			return "send_buffer";
	}
	if (!path && l->mode != 0)
		return "mode";
	if (!path && l->owner != NULL)
		return "owner";
	return !path && l->group != NULL ? "group" : NULL;
}

/* A number that no kernel takes: its name; else null. */
static const char *
options_excess(const struct wm_listener *l)
{
	if (l->keepalive < -1 || l->keepalive > WM__SECONDS_MAX)
		return "keepalive";
	if (l->defer_accept > WM__SECONDS_MAX)
		return "defer_accept";
	if (l->backlog > INT32_MAX)
		return "backlog";
	if (l->receive_buffer > WM__SOCKET_BUFFERS)
		return "receive_buffer";
	if (l->send_buffer > WM__SOCKET_BUFFERS)
		return "send_buffer";
	return l->mode > 0777 ? "mode" : NULL;
}

static int
options_device(const struct wm_listener *l, struct wm__socket_options *options,
    char *why, size_t why_size)
{
	if (l->device == NULL)
		return 0;
	if (*l->device == '\0' || strlen(l->device) > WM__DEVICE_MAX ||
	    if_nametoindex(l->device) == 0) {
		snprintf(why, why_size, "there is no network interface %.40s",
		    l->device);
		return WM_E_INVALID;
	}
	snprintf(options->device, sizeof(options->device), "%s", l->device);
	return 0;
}

static int
options_file(const struct wm_listener *l, struct wm__socket_options *options,
    char *why, size_t why_size)
{
	const struct passwd *user =
	    l->owner != NULL ? getpwnam(l->owner) : NULL;
	const struct group *group =
	    l->group != NULL ? getgrnam(l->group) : NULL;

	if (l->owner != NULL && user == NULL) {
		snprintf(why, why_size, "owner: there is no user %.80s",
		    l->owner);
		return WM_E_INVALID;
	}
	if (l->group != NULL && group == NULL) {
		snprintf(why, why_size, "group: there is no group %.80s",
		    l->group);
		return WM_E_INVALID;
	}
	if (user != NULL)
		options->owner = (uint32_t)user->pw_uid + 1;
	if (group != NULL)
		options->group = (uint32_t)group->gr_gid + 1;
	return 0;
}

/* Those who must say for whom they speak. */
static int
options_proxies(const struct wm_listener *l, const struct wm__url *url,
    char *why, size_t why_size)
{
	const char *const *network = l->proxies;

	if (network == NULL)
		return 0;
	snprintf(why, why_size, "proxies: the list is empty");
	if (*network == NULL)
		return WM_E_INVALID;
	snprintf(why, why_size, "proxies is not for such a socket");
	if (url->transport == WM__UDP)
		return WM_E_INVALID;
	for (; *network != NULL; network++)
		if (!wm_network_valid(*network)) {
			snprintf(why, why_size,
			    "proxies: \"%.60s\" is no network", *network);
			return WM_E_INVALID;
		}
	return 0;
}

int
wm__listener_options(const struct wm_listener *l, const struct wm__url *url,
    struct wm__socket_options *options_r, char *why, size_t why_size)
{
	const char *name = options_misplaced(l, url);

	*options_r = (struct wm__socket_options){
		.delay = l->delay,
		.keepalive = l->keepalive == -1 ? WM__KEEPALIVE_OFF :
						  (uint32_t)l->keepalive,
		.defer_accept = l->defer_accept,
		.backlog = l->backlog,
		.receive_buffer = l->receive_buffer,
		.send_buffer = l->send_buffer,
		.mode = l->mode,
	};
	if (name != NULL) {
		snprintf(why, why_size, "%s is not for such a socket", name);
		return WM_E_INVALID;
	}
	name = options_excess(l);
	if (name != NULL) {
		snprintf(why, why_size, "%s is out of its range", name);
		return WM_E_INVALID;
	}
	if (options_proxies(l, url, why, why_size) < 0 ||
	    options_device(l, options_r, why, why_size) < 0)
		return WM_E_INVALID;
	return options_file(l, options_r, why, why_size);
}
