/* SPDX-License-Identifier: MIT */
/* Judges of the table's addresses. */
#ifndef CLI_CHECK_LISTENERS_H
#define CLI_CHECK_LISTENERS_H

#include <stdbool.h>

#include "framework/cli/check.h"
#include "framework/net/address.h"

struct wm__port_facts {
	const char *worker, *address; /* "127.0.0.1:80" */
	bool silent;   /* a master runs here and does not say what it has */
	unsigned port; /* 0: the kernel chooses */
	bool udp;
	bool ours;     /* the running master has it */
	int error;     /* errno of binding it; 0: it can be bound */
	long long low; /* first port that is not kept for root */
};
void wm__judge_port(const struct wm__port_facts *facts, struct wm__finding *f);

struct wm__unix_facts {
	const char *worker, *path;
	bool silent;
	bool ours;
	enum wm__unix_state state;
	int forbidden; /* errno of making a file there; 0: possible */
};
void wm__judge_unix(const struct wm__unix_facts *facts, struct wm__finding *f);

/* Fixed ports of the table among those that the kernel gives to outgoing
   connections. */
struct wm__range_facts {
	long long first, last; /* WM__SYSTEM_UNKNOWN when not known */
	const char *inside;    /* "40000,40001"; "" if none */
	const char *reserved;  /* already kept out; "" if none */
};
void wm__judge_port_range(const struct wm__range_facts *facts,
    struct wm__finding *f);

#endif
