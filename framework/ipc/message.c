/* SPDX-License-Identifier: MIT */
/*
 * The messages of ipc.h as bytes: each is a header, the fixed part that its
 * type names, and a text. Reading trusts nothing: either side may be broken
 * or of another version.
 */
#include "config.h"

#include <string.h>

#include "framework/base/fd.h"
#include "framework/ipc/ipc.h"

/* What each type carries. */
static const struct {
	const char *name;
	size_t fixed;
	bool text, fd;
} message_kinds[] = {
#define MESSAGE_KIND(type, fixed, text, fd)                                    \
	[WM__IPC_##type] = { #type, fixed, text, fd }
	MESSAGE_KIND(WELCOME, sizeof(struct wm__ipc_welcome), true, false),
	MESSAGE_KIND(LISTENER, sizeof(struct wm__ipc_listener), true, true),
	MESSAGE_KIND(INBOX, 0, false, true),
	MESSAGE_KIND(PEER, sizeof(struct wm__ipc_inbox), false, true),
	MESSAGE_KIND(FORGET, sizeof(struct wm__ipc_inbox), false, false),
	MESSAGE_KIND(COUNTERS, 0, false, true),
	MESSAGE_KIND(CRASH, 0, false, true),
	MESSAGE_KIND(BEGIN, 0, false, false),
	MESSAGE_KIND(READY, 0, false, false),
	MESSAGE_KIND(REFUSED, 0, true, false),
	MESSAGE_KIND(TAKE, sizeof(struct wm__ipc_link), false, true),
	MESSAGE_KIND(GIVE, sizeof(struct wm__ipc_link), false, true),
	MESSAGE_KIND(KEEP, sizeof(struct wm__ipc_keep), false, false),
	MESSAGE_KIND(ACCEPT, 0, false, false),
	MESSAGE_KIND(ACTIVE, 0, false, false),
	MESSAGE_KIND(RETURN, sizeof(struct wm__ipc_listener), false, false),
	MESSAGE_KIND(LOG, 0, false, true),
	MESSAGE_KIND(EVENT, sizeof(struct wm__ipc_event), true, false),
	MESSAGE_KIND(RELOAD, 0, false, false),
	MESSAGE_KIND(RETIRE, 0, true, false),
	MESSAGE_KIND(STOP, sizeof(struct wm__ipc_stop), false, false),
	MESSAGE_KIND(YIELDED, 0, false, false),
	MESSAGE_KIND(CONNECTIONS, sizeof(struct wm__ipc_connections), true,
	    true),
	MESSAGE_KIND(METRICS, 0, false, false),
	MESSAGE_KIND(FIGURES, 0, false, true),
#undef MESSAGE_KIND
};

const char *
wm__ipc_type_name(enum wm__ipc_type type)
{
	return (unsigned)type < WM__IPC_TYPES ? message_kinds[type].name :
						"unknown";
}

int
wm__ipc_send(int sock, enum wm__ipc_type type, const void *fixed,
    const char *text, int fd)
{
	struct wm__ipc_header header = { WM__IPC_VERSION, (uint16_t)type, 0 };
	char bytes[WM__IPC_MAX];
	size_t n_fixed, n_text, len;

	if ((unsigned)type >= WM__IPC_TYPES)
		return WM_E_INVALID;
	n_fixed = message_kinds[type].fixed;
	n_text = text != NULL ? strlen(text) : 0;
	len = sizeof(header) + n_fixed + n_text;
	if ((n_fixed > 0) != (fixed != NULL) ||
	    (fd >= 0) != message_kinds[type].fd)
		return WM_E_INVALID;
	if (len > sizeof(bytes))
		return WM_E_TOO_BIG;
	header.len = (uint32_t)len;
	memcpy(bytes, &header, sizeof(header));
	if (n_fixed > 0)
		memcpy(bytes + sizeof(header), fixed, n_fixed);
	if (n_text > 0)
		memcpy(bytes + sizeof(header) + n_fixed, text, n_text);
	return wm__fd_send(sock, bytes, len, &fd, fd >= 0 ? 1 : 0);
}

/* Judges the bytes and fills all of *msg_r but the descriptor. */
static int
message_decode(const char *bytes, size_t len, struct wm__ipc *msg_r)
{
	struct wm__ipc_header header;
	size_t n_fixed, n_text;

	if (len < sizeof(header))
		return WM_E_PROTOCOL;
	memcpy(&header, bytes, sizeof(header));
	if (header.version != WM__IPC_VERSION)
		return WM_E_VERSION;
	if (header.type >= WM__IPC_TYPES || header.len != len)
		return WM_E_PROTOCOL;
	bytes += sizeof(header);
	len -= sizeof(header);
	n_fixed = message_kinds[header.type].fixed;
	if (len < n_fixed)
		return WM_E_PROTOCOL;
	n_text = len - n_fixed;
	if ((n_text > 0 && !message_kinds[header.type].text) ||
	    memchr(bytes + n_fixed, '\0', n_text) != NULL)
		return WM_E_PROTOCOL;
	msg_r->type = (enum wm__ipc_type)header.type;
	memcpy(&msg_r->u, bytes, n_fixed);
	memcpy(msg_r->text, bytes + n_fixed, n_text);
	msg_r->text[n_text] = '\0';
	return 0;
}

int
wm__ipc_recv(int sock, struct wm__ipc *msg_r)
{
	char bytes[WM__IPC_MAX];
	size_t n;
	ssize_t len;
	int error;

	msg_r->fd = -1;
	len = wm__fd_recv(sock, bytes, sizeof(bytes), &msg_r->fd, 1, &n);
	if (len == WM_E_CLOSED)
		return 0;
	if (len == WM_E_TOO_BIG)
		return WM_E_PROTOCOL;
	if (len <= 0)
		return (int)len;
	error = message_decode(bytes, (size_t)len, msg_r);
	if (error == 0 && (n == 1) != message_kinds[msg_r->type].fd)
		error = WM_E_PROTOCOL;
	if (error < 0) {
		wm__fd_close(&msg_r->fd);
		return error;
	}
	return 1;
}
