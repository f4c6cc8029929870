/* SPDX-License-Identifier: MIT */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <unistd.h>

#include <workerman/error.h>

#include "framework/base/fd.h"
#include "framework/net/address.h"
#include "tests/support/unit.h"

static char error[512];
static char folder[] = "/tmp/test_listen-XXXXXX";
static char path[sizeof(folder) + 16];

static struct wm__url
url_of(const char *text)
{
	struct wm__url url;
	const char *why;

	if (wm__url_parse(text, &url, &why) < 0)
		fail_msg("%s: %s", text, why);
	return url;
}

static struct wm__url
url_of_path(void)
{
	char text[sizeof(path) + 16];

	snprintf(text, sizeof(text), "text+unix://%s", path);
	return url_of(text);
}

static int
port_of(int fd)
{
	struct sockaddr_in in;
	socklen_t len = sizeof(in);

	assert_int_equal(getsockname(fd, (struct sockaddr *)&in, &len), 0);
	return ntohs(in.sin_port);
}

static int
connect_to(const struct wm__url *url)
{
	int fd = socket(url->address.ss_family, SOCK_STREAM, 0);

	assert_true(fd >= 0);
	if (connect(fd, (const struct sockaddr *)&url->address,
		url->address_len) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static void
writes_back_the_port_that_the_kernel_chose(void **state)
{
	struct wm__url url = url_of("text://127.0.0.1:0");
	char text[WM__URL_MAX + 32], want[64];
	int fd;

	(void)state;
	assert_int_equal(wm__listen(&url, 16, 1, &fd, error, sizeof(error)), 0);
	assert_true(port_of(fd) > 0);
	snprintf(want, sizeof(want), "text://127.0.0.1:%d", port_of(fd));
	assert_string_equal(wm__url_format(&url, text, sizeof(text)), want);
	close(fd);
}

static void
gives_every_slot_a_socket_of_the_same_port(void **state)
{
	struct wm__url url = url_of("text://127.0.0.1:0");
	int fds[4], more;

	(void)state;
	assert_int_equal(wm__listen(&url, 16, 4, fds, error, sizeof(error)), 0);
	assert_int_equal(wm__listen_join(&url, 16, fds[0], &more, error,
			     sizeof(error)),
	    0);
	for (size_t i = 1; i < 4; i++) {
		assert_int_not_equal(fds[i], fds[0]);
		assert_int_equal(port_of(fds[i]), port_of(fds[0]));
	}
	assert_int_equal(port_of(more), port_of(fds[0]));
	close(more);
	for (size_t i = 0; i < 4; i++)
		close(fds[i]);
}

static void
makes_sockets_that_do_not_block_and_close_on_exec(void **state)
{
	struct wm__url url = url_of("text://127.0.0.1:0");
	int fds[2];

	(void)state;
	assert_int_equal(wm__listen(&url, 16, 2, fds, error, sizeof(error)), 0);
	for (size_t i = 0; i < 2; i++) {
		assert_true(fcntl(fds[i], F_GETFD) & FD_CLOEXEC);
		assert_true(fcntl(fds[i], F_GETFL) & O_NONBLOCK);
		assert_int_equal(accept(fds[i], NULL, NULL), -1);
		assert_int_equal(errno, EAGAIN);
		close(fds[i]);
	}
}

static void
refuses_an_address_in_use_and_names_it(void **state)
{
	struct wm__url url = url_of("text://127.0.0.1:0"), again;
	char text[WM__URL_MAX + 32];
	int fds[2], others[2] = { -7, -7 };

	(void)state;
	assert_int_equal(wm__listen(&url, 16, 2, fds, error, sizeof(error)), 0);
	again = url;
	assert_int_equal(wm__listen(&again, 16, 2, others, error,
			     sizeof(error)),
	    WM_E_BUSY);
	assert_non_null(
	    strstr(error, wm__url_format(&url, text, sizeof(text))));
	close(fds[0]);
	close(fds[1]);
	assert_int_equal(wm__listen(&again, 16, 2, others, error,
			     sizeof(error)),
	    0);
	close(others[0]);
	close(others[1]);
}

static void
listens_on_ipv6_alone(void **state)
{
	struct wm__url url = url_of("text://[::1]:0");
	int fd, peer;

	(void)state;
	if (wm__listen(&url, 16, 1, &fd, error, sizeof(error)) < 0)
		skip(); /* a machine without IPv6 */
	peer = connect_to(&url);
	assert_true(peer >= 0);
	close(peer);
	close(fd);
}

static void
says_what_it_cannot_bind(void **state)
{
	struct wm__url url = url_of("text://192.0.2.1:1234");
	int fd;

	(void)state;
	assert_int_equal(wm__listen(&url, 16, 1, &fd, error, sizeof(error)),
	    WM_E_SYSTEM);
	assert_non_null(strstr(error, "text://192.0.2.1:1234"));
	assert_non_null(strstr(error, "bind"));
}

static void
shares_one_unix_socket_between_all_slots(void **state)
{
	struct wm__url url = url_of_path();
	struct stat a, b;
	int fds[3], peer;

	(void)state;
	assert_int_equal(wm__listen(&url, 16, 3, fds, error, sizeof(error)), 0);
	assert_int_equal(fstat(fds[0], &a), 0);
	for (size_t i = 1; i < 3; i++) {
		assert_int_equal(fstat(fds[i], &b), 0);
		assert_int_equal(a.st_ino, b.st_ino);
	}
	peer = connect_to(&url);
	assert_true(peer >= 0);
	close(peer);
	for (size_t i = 0; i < 3; i++)
		close(fds[i]);
}

/* The file of the last test is still there; nobody listens. */
static void
replaces_the_file_that_a_dead_server_left(void **state)
{
	struct wm__url url = url_of_path();
	int fd, peer;

	(void)state;
	assert_int_equal(access(path, F_OK), 0);
	assert_int_equal(wm__listen(&url, 16, 1, &fd, error, sizeof(error)), 0);
	peer = connect_to(&url);
	assert_true(peer >= 0);
	close(peer);
	close(fd);
}

static void
refuses_the_file_of_a_live_server(void **state)
{
	struct wm__url url = url_of_path();
	int fd, other, peer;

	(void)state;
	assert_int_equal(wm__listen(&url, 16, 1, &fd, error, sizeof(error)), 0);
	assert_int_equal(wm__listen(&url, 16, 1, &other, error, sizeof(error)),
	    WM_E_BUSY);
	assert_non_null(strstr(error, path));
	peer = connect_to(&url);
	assert_true(peer >= 0);
	close(peer);
	close(fd);
	unlink(path);
}

static void
leaves_a_file_that_is_no_socket_alone(void **state)
{
	struct wm__url url = url_of_path();
	int fd = open(path, O_CREAT | O_WRONLY | O_EXCL, 0600);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(wm__listen(&url, 16, 1, &fd, error, sizeof(error)),
	    WM_E_BUSY);
	assert_int_equal(access(path, F_OK), 0);
	unlink(path);
}

static void
probes_an_address_without_listening(void **state)
{
	struct wm__url url = url_of("text://127.0.0.1:0"), far;
	int fd;

	(void)state;
	assert_int_equal(wm__listen(&url, 16, 1, &fd, error, sizeof(error)), 0);
	assert_int_equal(wm__listen_probe(&url), EADDRINUSE);
	close(fd);
	assert_int_equal(wm__listen_probe(&url), 0);
	assert_int_equal(connect_to(&url), -1);
	far = url_of("text://192.0.2.1:5001");
	assert_int_equal(wm__listen_probe(&far), EADDRNOTAVAIL);
}

static void
looks_what_is_where_a_unix_socket_is_to_be(void **state)
{
	struct wm__url url = url_of_path();
	int fd;

	(void)state;
	unlink(path);
	assert_int_equal(wm__listen_look(&url), WM__UNIX_ABSENT);
	assert_int_equal(wm__listen(&url, 16, 1, &fd, error, sizeof(error)), 0);
	assert_int_equal(wm__listen_look(&url), WM__UNIX_LIVE);
	close(fd);
	assert_int_equal(wm__listen_look(&url), WM__UNIX_STALE);
	unlink(path);
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	close(fd);
	assert_int_equal(wm__listen_look(&url), WM__UNIX_OTHER);
	unlink(path);
}

static void
gives_the_file_its_mode_and_owner(void **state)
{
	struct wm__socket_options options = { .mode = 0620,
		.owner = (uint32_t)getuid() + 1,
		.group = (uint32_t)getgid() + 1 };
	struct wm__url url = url_of_path();
	mode_t before = umask(077);
	struct stat st;
	int fd;

	(void)state;
	url.options = &options;
	assert_int_equal(wm__listen(&url, 16, 1, &fd, error, sizeof(error)), 0);
	assert_int_equal(umask(before), 077);
	assert_int_equal(lstat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0620);
	assert_int_equal(st.st_uid, getuid());
	close(fd);
	unlink(path);
}

static void
leaves_no_file_that_it_cannot_give_away(void **state)
{
	struct wm__socket_options options = { .owner = 1 };
	struct wm__url url = url_of_path();
	int fd;

	(void)state;
	url.options = &options;
	if (getuid() == 0) /* may give it to anybody but nobody */
		options.owner = UINT32_MAX;
	if (wm__listen(&url, 16, 1, &fd, error, sizeof(error)) == 0) {
		close(fd);
		unlink(path);
		return;
	}
	assert_non_null(strstr(error, "owner"));
	assert_int_equal(access(path, F_OK), -1);
}

static void
listens_under_an_abstract_name(void **state)
{
	struct wm__url url;
	char text[64];
	int fd, other, peer;

	(void)state;
	snprintf(text, sizeof(text), "text+unix://@test_listen-%d",
	    (int)getpid());
	url = url_of(text);
	assert_int_equal(wm__listen_look(&url), WM__UNIX_ABSENT);
	assert_int_equal(wm__listen(&url, 16, 1, &fd, error, sizeof(error)), 0);
	assert_int_equal(wm__listen_look(&url), WM__UNIX_LIVE);
	assert_int_equal(wm__listen(&url, 16, 1, &other, error, sizeof(error)),
	    WM_E_BUSY);
	assert_non_null(strstr(error, text));
	peer = connect_to(&url);
	assert_true(peer >= 0);
	close(peer);
	close(fd);
}

/* Connects from the address family of `to` to the port of `url`. */
static bool
is_reached_by(const struct wm__url *url, const char *to)
{
	struct wm__url other = url_of(to);
	const struct sockaddr_in6 *in6 =
	    (const struct sockaddr_in6 *)&url->address;
	int fd;

	/* the port is at the same place in both */
	((struct sockaddr_in *)&other.address)->sin_port = in6->sin6_port;
	fd = connect_to(&other);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static void
serves_one_family_or_both(void **state)
{
	struct wm__url both = url_of("text://[*]:0"), six;
	int fd;

	(void)state;
	if (wm__listen(&both, 16, 1, &fd, error, sizeof(error)) < 0)
		skip(); /* a machine without IPv6 */
	assert_true(is_reached_by(&both, "text://127.0.0.1:1"));
	assert_true(is_reached_by(&both, "text://[::1]:1"));
	close(fd);
	six = url_of("text://[::]:0");
	assert_int_equal(wm__listen(&six, 16, 1, &fd, error, sizeof(error)), 0);
	assert_false(is_reached_by(&six, "text://127.0.0.1:1"));
	assert_true(is_reached_by(&six, "text://[::1]:1"));
	close(fd);
}

static int
make_folder(void **state)
{
	(void)state;
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/sock", folder);
	return 0;
}

static int
remove_folder(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_back_the_port_that_the_kernel_chose),
		cmocka_unit_test(gives_every_slot_a_socket_of_the_same_port),
		cmocka_unit_test(
		    makes_sockets_that_do_not_block_and_close_on_exec),
		cmocka_unit_test(refuses_an_address_in_use_and_names_it),
		cmocka_unit_test(listens_on_ipv6_alone),
		cmocka_unit_test(says_what_it_cannot_bind),
		cmocka_unit_test(shares_one_unix_socket_between_all_slots),
		cmocka_unit_test(replaces_the_file_that_a_dead_server_left),
		cmocka_unit_test(refuses_the_file_of_a_live_server),
		cmocka_unit_test(leaves_a_file_that_is_no_socket_alone),
		cmocka_unit_test(probes_an_address_without_listening),
		cmocka_unit_test(gives_the_file_its_mode_and_owner),
		cmocka_unit_test(leaves_no_file_that_it_cannot_give_away),
		cmocka_unit_test(listens_under_an_abstract_name),
		cmocka_unit_test(serves_one_family_or_both),
		cmocka_unit_test(looks_what_is_where_a_unix_socket_is_to_be),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
