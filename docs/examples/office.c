/* SPDX-License-Identifier: MIT */
#include <workerman/workerman.h>

#include "parcel.h"

static void
on_parcel(struct wm_conn *c, const struct wm_msg *m)
{
	wm_conn_send(c, m->data, m->len);
}

static const struct wm_handlers parcels = {
	.name = "parcels", /* by which a reload finds them again */
	.on_message = on_parcel,
};
static const struct wm_handlers *const handlers[] = { &parcels, NULL };

static void
on_line(struct wm_conn *c, const struct wm_msg *m)
{
	if (m->len != 6 || memcmp(m->data, "parcel", 6) != 0) {
		wm_conn_send(c, "say: parcel", 11);
		return;
	}
	wm_conn_send(c, "ready", 5); /* still a line */
	wm_conn_set_handlers(c, &parcels);
	wm_conn_set_protocol(c, &parcel_protocol, NULL, 0);
}

static const struct wm_protocol *const protocols[] = { &parcel_protocol, NULL };

static const struct wm_worker workers[] = {
	{ .name = "counter",
	    .listen = "text://127.0.0.1:7600",
	    .on_message = on_line },
	{ .name = "hatch",
	    .listen = "parcel://127.0.0.1:7601",
	    .on_message = on_parcel },
	{ 0 },
};

static const struct wm_app app = {
	.name = "office",
	.workers = workers,
	.protocols = protocols,
	.handlers = handlers,
};

int
main(int argc, char **argv)
{
	return wm_main(&app, argc, argv);
}
