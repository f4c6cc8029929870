/* SPDX-License-Identifier: MIT */
/*
 * A program outside the tree: it knows the installed headers and library and
 * nothing else. install.sh compiles it.
 */
#include <workerman/workerman.h>

static void
on_message(struct wm_conn *c, const struct wm_msg *m)
{
	wm_conn_send(c, m->data, m->len);
}

static const struct wm_worker workers[] = {
	{ .name = "echo",
	    .listen = "text://127.0.0.1:5678",
	    .count = 2,
	    .on_message = on_message },
	{ 0 },
};

static const struct wm_app app = { .name = "outside", .workers = workers };

int
main(int argc, char **argv)
{
	return wm_main(&app, argc, argv);
}
