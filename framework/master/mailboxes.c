/* SPDX-License-Identifier: MIT */
/* Making and keeping inboxes. Who reads which is life.c's. */
#include "config.h"

#include <sys/socket.h>

#include <stdlib.h>

#include <workerman/error.h>

#include "framework/base/fd.h"
#include "framework/master/mailboxes.h"

#define MAILBOX_BYTES (1 << 20) /* asked for; the system may give less */

void
wm__mailboxes_init(struct wm__mailboxes *mailboxes)
{
	TAILQ_INIT(&mailboxes->all);
	mailboxes->last = 0;
}

static int
mailbox_open(struct wm__mailbox *mailbox)
{
	static const int bytes = MAILBOX_BYTES;

	if (wm__fd_message_pair(mailbox->fds) < 0) {
		mailbox->fds[0] = mailbox->fds[1] = -1;
		return WM_E_SYSTEM;
	}
	for (int i = 0; i < 2; i++) {
		setsockopt(mailbox->fds[i], SOL_SOCKET, SO_SNDBUF, &bytes,
		    sizeof(bytes));
		setsockopt(mailbox->fds[i], SOL_SOCKET, SO_RCVBUF, &bytes,
		    sizeof(bytes));
		if (wm__fd_set_nonblock(mailbox->fds[i]) < 0)
			return WM_E_SYSTEM;
	}
	return 0;
}

int
wm__mailbox_new(struct wm__mailboxes *mailboxes, struct wm__mailbox **mailbox_r)
{
	struct wm__mailbox *mailbox = calloc(1, sizeof(*mailbox));

	if (mailbox == NULL)
		return WM_E_NOMEM;
	if (mailbox_open(mailbox) < 0) {
		wm__fd_close(&mailbox->fds[0]);
		wm__fd_close(&mailbox->fds[1]);
		free(mailbox);
		return WM_E_SYSTEM;
	}
	mailbox->id = ++mailboxes->last;
	TAILQ_INSERT_TAIL(&mailboxes->all, mailbox, link);
	*mailbox_r = mailbox;
	return 0;
}

void
wm__mailbox_free(struct wm__mailboxes *mailboxes, struct wm__mailbox **mailbox)
{
	struct wm__mailbox *m = *mailbox;

	*mailbox = NULL;
	if (m == NULL)
		return;
	TAILQ_REMOVE(&mailboxes->all, m, link);
	wm__fd_close(&m->fds[0]);
	wm__fd_close(&m->fds[1]);
	free(m);
}

const struct wm__mailbox *
wm__mailboxes_after(const struct wm__mailboxes *mailboxes, uint32_t id)
{
	const struct wm__mailbox *mailbox =
	    TAILQ_LAST(&mailboxes->all, wm__mailbox_list);

	/* the asker mostly knows all but the newest */
	if (mailbox == NULL || mailbox->id <= id)
		return NULL;
	TAILQ_FOREACH(mailbox, &mailboxes->all, link)
		if (mailbox->id > id)
			break;
	return mailbox;
}
