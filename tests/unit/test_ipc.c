/* SPDX-License-Identifier: MIT */
#include <sys/socket.h>
#include <unistd.h>

#include "framework/base/fd.h"
#include "framework/ipc/ipc.h"
#include "tests/support/unit.h"

static int sock[2];

static int
open_pair(void **state)
{
	(void)state;
	if (wm__fd_message_pair(sock) < 0)
		return -1;
	return wm__fd_set_nonblock(sock[0]) | wm__fd_set_nonblock(sock[1]);
}

static int
close_pair(void **state)
{
	(void)state;
	wm__fd_close(&sock[0]);
	wm__fd_close(&sock[1]);
	return 0;
}

static int
receive(struct wm__ipc *m)
{
	memset(m, 0x55, sizeof(*m));
	return wm__ipc_recv(sock[1], m);
}

/* Sends bytes that wm__ipc_send() would not. */
static int
receive_raw(const void *bytes, size_t len, const int *fds, size_t n)
{
	struct wm__ipc m;
	int got;

	assert_int_equal(wm__fd_send(sock[0], bytes, len, fds, n), 0);
	got = receive(&m);
	assert_int_equal(m.fd, -1);
	return got;
}

static void
every_type_arrives_as_it_was_sent(void **state)
{
	struct wm__ipc_welcome welcome = { .slot = 1,
		.count = 2,
		.inbox = 3,
		.generation = 4,
		.max_requests = 5,
		.backend = "epoll" };
	struct wm__ipc_listener listener = { 7, 8 };
	struct wm__ipc_inbox inbox = { 9 };
	struct wm__ipc_stop stop = { WM__STOP_GRACEFUL, 60000, 0 };
	static const enum wm__ipc_type bare[] = { WM__IPC_BEGIN, WM__IPC_READY,
		WM__IPC_ACCEPT, WM__IPC_ACTIVE, WM__IPC_RELOAD,
		WM__IPC_YIELDED };
	struct wm__ipc m;

	(void)state;
	assert_int_equal(wm__ipc_send(sock[0], WM__IPC_WELCOME, &welcome,
			     "echo", -1),
	    0);
	assert_int_equal(receive(&m), 1);
	assert_int_equal(m.type, WM__IPC_WELCOME);
	assert_memory_equal(&m.u.welcome, &welcome, sizeof(welcome));
	assert_string_equal(m.text, "echo");
	assert_int_equal(m.fd, -1);
	assert_int_equal(wm__ipc_send(sock[0], WM__IPC_LISTENER, &listener,
			     "text://127.0.0.1:1", 0),
	    0);
	assert_int_equal(receive(&m), 1);
	assert_int_equal(m.u.listener.socket, 8);
	assert_string_equal(m.text, "text://127.0.0.1:1");
	assert_true(m.fd > 2);
	wm__fd_close(&m.fd);
	assert_int_equal(wm__ipc_send(sock[0], WM__IPC_PEER, &inbox, NULL, 0),
	    0);
	assert_int_equal(receive(&m), 1);
	assert_int_equal(m.u.inbox.id, 9);
	assert_string_equal(m.text, "");
	wm__fd_close(&m.fd);
	assert_int_equal(wm__ipc_send(sock[0], WM__IPC_STOP, &stop, NULL, -1),
	    0);
	assert_int_equal(receive(&m), 1);
	assert_int_equal(m.u.stop.ms, 60000);
	for (size_t i = 0; i < sizeof(bare) / sizeof(*bare); i++) {
		assert_int_equal(wm__ipc_send(sock[0], bare[i], NULL, NULL, -1),
		    0);
		assert_int_equal(receive(&m), 1);
		assert_int_equal(m.type, bare[i]);
	}
}

static void
the_longest_text_fits_and_one_more_byte_does_not(void **state)
{
	char text[WM__IPC_MAX + 1];
	size_t most = WM__IPC_MAX - sizeof(struct wm__ipc_header);
	struct wm__ipc m;

	(void)state;
	memset(text, 'x', sizeof(text));
	text[most + 1] = '\0';
	assert_int_equal(wm__ipc_send(sock[0], WM__IPC_REFUSED, NULL, text, -1),
	    WM_E_TOO_BIG);
	text[most] = '\0';
	assert_int_equal(wm__ipc_send(sock[0], WM__IPC_REFUSED, NULL, text, -1),
	    0);
	assert_int_equal(receive(&m), 1);
	assert_int_equal(strlen(m.text), most);
}

static void
a_sender_must_give_what_the_type_wants(void **state)
{
	struct wm__ipc_inbox inbox = { 1 };

	(void)state;
	assert_int_equal(wm__ipc_send(sock[0], WM__IPC_PEER, &inbox, NULL, -1),
	    WM_E_INVALID);
	assert_int_equal(wm__ipc_send(sock[0], WM__IPC_PEER, NULL, NULL, 0),
	    WM_E_INVALID);
	assert_int_equal(wm__ipc_send(sock[0], WM__IPC_READY, NULL, NULL, 0),
	    WM_E_INVALID);
	assert_int_equal(wm__ipc_send(sock[0], WM__IPC_TYPES, NULL, NULL, -1),
	    WM_E_INVALID);
}

static void
waiting_and_the_end_are_told_apart(void **state)
{
	struct wm__ipc m;

	(void)state;
	assert_int_equal(receive(&m), WM_E_FULL);
	wm__fd_close(&sock[0]);
	assert_int_equal(receive(&m), 0);
	assert_int_equal(wm__ipc_send(sock[1], WM__IPC_READY, NULL, NULL, -1),
	    WM_E_CLOSED);
}

static void
every_truncation_is_refused(void **state)
{
	struct {
		struct wm__ipc_header header;
		struct wm__ipc_stop stop;
	} whole = { { WM__IPC_VERSION, WM__IPC_STOP, sizeof(whole) },
		{ 0, 1, 0 } };

	(void)state;
	for (size_t len = 1; len < sizeof(whole); len++) {
		assert_int_equal(receive_raw(&whole, len, NULL, 0),
		    WM_E_PROTOCOL);
		if (len < sizeof(whole.header))
			continue;
		whole.header.len = (uint32_t)len;
		assert_int_equal(receive_raw(&whole, len, NULL, 0),
		    WM_E_PROTOCOL);
		whole.header.len = sizeof(whole);
	}
	assert_int_equal(receive_raw(&whole, sizeof(whole), NULL, 0), 1);
}

static void
another_version_is_named_so(void **state)
{
	struct wm__ipc_header header = { WM__IPC_VERSION + 1, 999, 1 };

	(void)state;
	assert_int_equal(receive_raw(&header, sizeof(header), NULL, 0),
	    WM_E_VERSION);
}

static void
unknown_types_and_wrong_lengths_are_refused(void **state)
{
	struct wm__ipc_header header = { WM__IPC_VERSION, WM__IPC_TYPES,
		sizeof(header) };

	(void)state;
	assert_int_equal(receive_raw(&header, sizeof(header), NULL, 0),
	    WM_E_PROTOCOL);
	header.type = WM__IPC_READY;
	header.len = UINT32_MAX;
	assert_int_equal(receive_raw(&header, sizeof(header), NULL, 0),
	    WM_E_PROTOCOL);
}

static void
text_is_refused_where_there_is_none_and_with_a_nul(void **state)
{
	struct {
		struct wm__ipc_header header;
		char text[4];
	} m = { { WM__IPC_VERSION, WM__IPC_READY, sizeof(m) }, "abc" };

	(void)state;
	assert_int_equal(receive_raw(&m, sizeof(m), NULL, 0), WM_E_PROTOCOL);
	m.header.type = WM__IPC_REFUSED; /* with its NUL */
	assert_int_equal(receive_raw(&m, sizeof(m), NULL, 0), WM_E_PROTOCOL);
}

static void
descriptors_come_as_the_type_says_or_are_closed(void **state)
{
	struct wm__ipc_header header = { WM__IPC_VERSION, WM__IPC_READY,
		sizeof(header) };
	int fds[2] = { 0, 1 }, next = dup(0);

	(void)state;
	close(next);
	assert_int_equal(receive_raw(&header, sizeof(header), fds, 1),
	    WM_E_PROTOCOL);
	header.type = WM__IPC_INBOX;
	assert_int_equal(receive_raw(&header, sizeof(header), NULL, 0),
	    WM_E_PROTOCOL);
	assert_int_equal(receive_raw(&header, sizeof(header), fds, 2),
	    WM_E_PROTOCOL);
	assert_int_equal(dup(0), next); /* nothing stayed open */
	close(next);
}

static void
a_message_over_the_limit_is_refused(void **state)
{
	static char bytes[WM__IPC_MAX + 1];
	struct wm__ipc_header header = { WM__IPC_VERSION, WM__IPC_REFUSED,
		sizeof(bytes) };

	(void)state;
	memset(bytes, 'x', sizeof(bytes));
	memcpy(bytes, &header, sizeof(header));
	assert_int_equal(receive_raw(bytes, sizeof(bytes), NULL, 0),
	    WM_E_PROTOCOL);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, open_pair, close_pair)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_type_arrives_as_it_was_sent),
		TEST(the_longest_text_fits_and_one_more_byte_does_not),
		TEST(a_sender_must_give_what_the_type_wants),
		TEST(waiting_and_the_end_are_told_apart),
		TEST(every_truncation_is_refused),
		TEST(another_version_is_named_so),
		TEST(unknown_types_and_wrong_lengths_are_refused),
		TEST(text_is_refused_where_there_is_none_and_with_a_nul),
		TEST(descriptors_come_as_the_type_says_or_are_closed),
		TEST(a_message_over_the_limit_is_refused),
	};

	return UNIT_RUN(tests);
}
