/* SPDX-License-Identifier: MIT */
#include <sys/socket.h>
#include <sys/stat.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <workerman/error.h>

#include "framework/master/sockets.h"
#include "tests/support/unit.h"

static struct wm__sockets sockets;
static char error[512];
static char folder[] = "/tmp/test_sockets-XXXXXX";

static int
get(const char *row, size_t listener, const char *text, uint32_t n,
    struct wm__address **address_r)
{
	const struct wm__sockets_want want = { row, listener, text, n, NULL };

	error[0] = '\0';
	return wm__sockets_get(&sockets, &want, address_r, error,
	    sizeof(error));
}

static struct wm__address *
must(const char *row, size_t listener, const char *text, uint32_t n)
{
	struct wm__address *address = NULL;

	if (get(row, listener, text, n, &address) < 0)
		fail_msg("%s", error);
	return address;
}

static bool
is_served(const struct wm__address *address)
{
	int fd = socket(address->url.address.ss_family, SOCK_STREAM, 0);
	bool served =
	    connect(fd, (const struct sockaddr *)&address->url.address,
		address->url.address_len) == 0;

	close(fd);
	return served;
}

static void
an_address_is_found_again(void **state)
{
	struct wm__address *a = must("w", 0, "text://127.0.0.1:0", 2), *b, *c;
	char url[WM__URL_MAX + 32];

	(void)state;
	assert_int_equal(a->n, 2);
	assert_true(is_served(a));
	wm__address_url(a, "text://127.0.0.1:0", url, sizeof(url));
	assert_null(strstr(url, ":0"));
	/* the same place of the table again: also with another protocol */
	b = must("w", 0, "frame://127.0.0.1:0", 7);
	assert_ptr_equal(a, b);
	assert_int_equal(a->refs, 2);
	assert_int_equal(a->n, 2);
	c = a;
	wm__sockets_put(&b);
	assert_null(b);
	assert_true(is_served(c));
	wm__sockets_put(&a);
	assert_true(LIST_EMPTY(&sockets.all));
}

static void
a_port_that_the_kernel_chooses_belongs_to_a_place(void **state)
{
	struct wm__address *all[4] = { must("w", 0, "text://127.0.0.1:0", 1),
		must("w", 1, "text://127.0.0.1:0", 1),
		must("v", 0, "text://127.0.0.1:0", 1),
		must("w", 0, "text://[::]:0", 1) };

	(void)state;
	for (int i = 0; i < 4; i++)
		for (int k = 0; k < i; k++)
			assert_ptr_not_equal(all[i], all[k]);
	for (int i = 0; i < 4; i++)
		wm__sockets_put(&all[i]);
	assert_true(LIST_EMPTY(&sockets.all));
}

static void
a_port_that_is_named_belongs_to_nobody(void **state)
{
	struct wm__address *first = must("w", 0, "text://127.0.0.1:0", 1);
	struct wm__address *a, *b;
	char url[WM__URL_MAX + 32];

	(void)state;
	wm__address_url(first, "text://127.0.0.1:0", url, sizeof(url));
	wm__sockets_put(&first);
	a = must("w", 0, url, 1);
	url[0] = 'T'; /* a scheme that is none: never parsed again */
	b = must("other", 5, url, 1);
	assert_ptr_equal(a, b);
	wm__sockets_put(&a);
	wm__sockets_put(&b);
}

static void
an_address_in_use_is_named(void **state)
{
	struct wm__address *a = must("w", 0, "text://127.0.0.1:0", 1), *b = a;
	struct wm__sockets others = { 0 };
	char url[WM__URL_MAX + 32];
	struct wm__sockets_want want = { "w", 0, url, 3, NULL };

	(void)state;
	wm__address_url(a, "text://127.0.0.1:0", url, sizeof(url));
	assert_int_equal(wm__sockets_get(&others, &want, &b, error,
			     sizeof(error)),
	    WM_E_BUSY);
	assert_non_null(strstr(error, url));
	assert_true(LIST_EMPTY(&others.all));
	assert_int_equal(get("w", 1, "text://nonsense", 1, &b), WM_E_INVALID);
	assert_non_null(strstr(error, "text://nonsense"));
	wm__sockets_put(&a);
}

static void
it_grows_and_never_shrinks(void **state)
{
	struct wm__address *a = must("w", 0, "text://127.0.0.1:0", 1);
	struct sockaddr_in in;
	socklen_t len = sizeof(in);

	(void)state;
	assert_int_equal(wm__address_grow(a, 5, error, sizeof(error)), 0);
	assert_int_equal(a->n, 5);
	for (uint32_t i = 0; i < 5; i++) {
		assert_int_equal(getsockname(a->fds[i], (struct sockaddr *)&in,
				     &len),
		    0);
		assert_memory_equal(&in, &a->url.address, sizeof(in));
	}
	assert_int_equal(wm__address_grow(a, 2, error, sizeof(error)), 0);
	assert_int_equal(a->n, 5);
	assert_false(wm__address_is_shared(a));
	wm__sockets_put(&a);
}

static void
a_unix_socket_is_one_queue_for_all(void **state)
{
	char url[96], path[64];
	struct wm__address *a, *b;
	struct stat st, other;

	(void)state;
	snprintf(path, sizeof(path), "%s/s", folder);
	snprintf(url, sizeof(url), "text+unix://%s", path);
	a = must("w", 0, url, 3);
	b = must("v", 1, url, 1);
	assert_ptr_equal(a, b);
	assert_true(wm__address_is_shared(a));
	assert_int_equal(wm__address_grow(a, 4, error, sizeof(error)), 0);
	assert_int_equal(fstat(a->fds[0], &st), 0);
	for (uint32_t i = 1; i < 4; i++) {
		assert_int_equal(fstat(a->fds[i], &other), 0);
		assert_int_equal(st.st_ino, other.st_ino);
	}
	wm__sockets_put(&b);
	assert_true(is_served(a));
	wm__sockets_put(&a);
	assert_int_equal(access(path, F_OK), -1);
}

static void
another_ones_file_stays(void **state)
{
	char url[96], path[64];
	struct wm__address *a;
	FILE *file;

	(void)state;
	snprintf(path, sizeof(path), "%s/u", folder);
	snprintf(url, sizeof(url), "text+unix://%s", path);
	a = must("w", 0, url, 1);
	assert_int_equal(unlink(path), 0);
	file = fopen(path, "w");
	assert_non_null(file);
	fclose(file);
	wm__sockets_put(&a);
	assert_int_equal(access(path, F_OK), 0);
	unlink(path);
}

static int
option_of(int fd, int level, int option)
{
	int value = -1;
	socklen_t len = sizeof(value);

	assert_int_equal(getsockopt(fd, level, option, &value, &len), 0);
	return value;
}

static void
a_socket_in_use_changes_its_options(void **state)
{
	struct wm__address *a = must("w", 0, "text://127.0.0.1:0", 2);
	struct wm__socket_options to = { .delay = 1,
		.keepalive = 77,
		.defer_accept = 5,
		.backlog = 3,
		.receive_buffer = 20000 };

	(void)state;
	assert_int_not_equal(option_of(a->fds[0], IPPROTO_TCP, TCP_NODELAY), 0);
	assert_null(wm__address_change(a, &to));
	assert_int_equal(wm__address_grow(a, 3, error, sizeof(error)), 0);
	for (uint32_t i = 0; i < 3; i++) {
		int fd = a->fds[i];

		assert_int_equal(option_of(fd, IPPROTO_TCP, TCP_NODELAY), 0);
		assert_int_equal(option_of(fd, IPPROTO_TCP, TCP_KEEPIDLE), 77);
		assert_true(option_of(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT) >= 5);
		assert_in_range(option_of(fd, SOL_SOCKET, SO_RCVBUF), 20000,
		    40000);
	}
	to.keepalive = WM__KEEPALIVE_OFF;
	to.defer_accept = 0;
	assert_null(wm__address_change(a, &to));
	assert_int_equal(option_of(a->fds[1], SOL_SOCKET, SO_KEEPALIVE), 0);
	assert_int_equal(option_of(a->fds[1], IPPROTO_TCP, TCP_DEFER_ACCEPT),
	    0);
	to.receive_buffer = 0;
	assert_string_equal(wm__address_change(a, &to),
	    "the size of a buffer stays");
	snprintf(to.device, sizeof(to.device), "lo");
	assert_string_equal(wm__address_change(a, &to), "the device stays");
	assert_true(is_served(a));
	wm__sockets_put(&a);
}

static void
a_file_in_use_changes_its_mode(void **state)
{
	struct wm__socket_options to = { .mode = 0600 };
	char url[96], path[64];
	struct wm__address *a;
	struct stat st;

	(void)state;
	snprintf(path, sizeof(path), "%s/m", folder);
	snprintf(url, sizeof(url), "text+unix://%s", path);
	a = must("w", 0, url, 1);
	assert_null(wm__address_change(a, &to));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	to.mode = 0;
	assert_string_equal(wm__address_change(a, &to),
	    "the mode of its file stays");
	wm__sockets_put(&a);
}

static void
closed_ones_are_refused_and_still_known(void **state)
{
	char url[96], path[64], text[WM__URL_MAX + 32];
	struct wm__address *a = must("w", 0, "text://127.0.0.1:0", 3), *b;

	(void)state;
	snprintf(path, sizeof(path), "%s/t", folder);
	snprintf(url, sizeof(url), "text+unix://%s", path);
	b = must("w", 1, url, 1);
	wm__sockets_close(&sockets);
	wm__sockets_close(&sockets);
	assert_false(is_served(a));
	assert_int_equal(access(path, F_OK), -1);
	wm__address_url(a, "text://127.0.0.1:0", text, sizeof(text));
	assert_string_not_equal(text, "text://127.0.0.1:0");
	wm__sockets_put(&a);
	wm__sockets_put(&b);
	wm__sockets_put(&b);
	assert_true(LIST_EMPTY(&sockets.all));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_is_found_again),
		cmocka_unit_test(
		    a_port_that_the_kernel_chooses_belongs_to_a_place),
		cmocka_unit_test(a_port_that_is_named_belongs_to_nobody),
		cmocka_unit_test(an_address_in_use_is_named),
		cmocka_unit_test(it_grows_and_never_shrinks),
		cmocka_unit_test(a_unix_socket_is_one_queue_for_all),
		cmocka_unit_test(another_ones_file_stays),
		cmocka_unit_test(a_socket_in_use_changes_its_options),
		cmocka_unit_test(a_file_in_use_changes_its_mode),
		cmocka_unit_test(closed_ones_are_refused_and_still_known),
	};
	int failed;

	if (mkdtemp(folder) == NULL)
		return 99;
	failed = UNIT_RUN(tests);
	rmdir(folder);
	return failed;
}
