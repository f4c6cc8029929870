/* SPDX-License-Identifier: MIT */
/*
 * The run of a program as describe: it says what it is, or why it cannot be
 * started, to the master and ends.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include <workerman/app.h>
#include <workerman/buf.h>

#include "framework/base/fd.h"
#include "framework/base/process.h"
#include "framework/cli/command.h"
#include "framework/cli/tabulate.h"
#include "framework/ipc/control.h"
#include "framework/ipc/ipc.h"
#include "framework/ipc/table.h"

/* Workers are made by exec: what main() leaves behind would be lost, or be
   there once per worker. Returns why it is refused, or null. */
static const char *
describe_leftovers(void)
{
	if (wm__process_threads() > 1)
		return "main() started a thread before wm_main(): do that in "
		       "on_worker_start";
	if (wm__process_has_children())
		return "main() left a child process before wm_main()";
	if (wm__process_socket_from(WM__IPC_FD + 1) >= 0)
		return "main() opened a socket before wm_main(): do that in "
		       "on_worker_start";
	return NULL;
}

static int
describe_answer(struct wm_buf *answer, int status)
{
	size_t sent = 0;
	ssize_t n;

	while (!answer->failed && sent < answer->len) {
		n = write(WM__IPC_FD, answer->data + sent, answer->len - sent);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		sent += (size_t)n;
	}
	if (answer->failed || sent < answer->len)
		status = WM__EXIT_CANNOT_START;
	wm_buf_fini(answer);
	return status;
}

static int
describe_refuse(const char *why)
{
	struct wm_buf answer = WM_BUF_INIT;

	wm__table_encode_refusal(why, &answer);
	return describe_answer(&answer, WM__EXIT_CANNOT_START);
}

int
wm__cli_describe(const struct wm__cli *cli)
{
	struct wm_buf answer = WM_BUF_INIT;
	struct wm__table *table;
	const char *left;
	char error[1024];

	if (wm__fd_set_cloexec(WM__IPC_FD, 1) < 0)
		return wm__cli_error(cli, WM__EXIT_USAGE,
		    WM__IPC_ROLE " is set, but there is no master");
	left = describe_leftovers();
	if (left != NULL)
		return describe_refuse(left);
	if (wm__tabulate(cli->app, cli->options, &table, error, sizeof(error)) <
	    0)
		return describe_refuse(error);
	wm__table_encode(table, &answer);
	wm__table_free(&table);
	if (cli->app->on_prepare != NULL &&
	    cli->app->on_prepare(cli->app) < 0) {
		wm_buf_fini(&answer);
		return describe_refuse("on_prepare refused");
	}
	return describe_answer(&answer, WM__EXIT_OK);
}
