/* SPDX-License-Identifier: MIT */
/* Frames and descriptors between two ends, in one loop. */
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <workerman/buf.h>

#include "framework/base/fd.h"
#include "framework/net/loop.h"
#include "framework/worker/stream.h"
#include "tests/support/unit.h"

#define MOST 300

static struct wm__loop *loop;
static struct wm__stream *near, *far; /* far is listened to */
static int ends[2];
static struct wm_buf story; /* "TYPE:BYTES " of every frame */
static unsigned ended, flushed;
static ino_t came[MOST]; /* descriptors, 0 for none */
static size_t n_came, expected;

static void
on_frame(void *arg, enum wm__frame type, const char *data, size_t len)
{
	(void)arg;
	if (type == WM__FRAME_BATCH) {
		expected = ((const struct wm__batch *)(const void *)data)->n;
		return;
	}
	if (type == WM__FRAME_RECORD) {
		int fd = wm__stream_take_fd(far);
		struct stat st = { .st_ino = 0 };

		assert_true(fd < 0 || fstat(fd, &st) == 0);
		came[n_came++] = st.st_ino;
		wm__fd_close(&fd);
		if (--expected == 0)
			wm__stream_next_batch(far);
		return;
	}
	wm_buf_printf(&story, "%d:%zu:%.*s ", (int)type, len,
	    len < 20 ? (int)len : 20, data);
}

static void
on_flushed(void *arg)
{
	(void)arg;
	flushed++;
}

static void
on_end(void *arg)
{
	(void)arg;
	ended++;
}

static const struct wm__stream_events listen_to = { on_frame, on_flushed,
	on_end };

static void
stop(void *arg)
{
	wm__loop_stop(arg);
}

static void
turn(void)
{
	wm__loop_again(loop);
	assert_int_equal(wm__loop_run(loop), 0);
}

static int
set_up(void **state)
{
	const char *why;

	(void)state;
	assert_int_equal(wm__loop_new(&loop, NULL, &why), 0);
	wm__loop_set_hook(loop, stop, loop);
	assert_int_equal(wm__fd_stream_pair(ends), 0);
	near = wm__stream_new(loop, ends[0], &listen_to, NULL);
	assert_non_null(near);
	far = NULL;
	ended = flushed = 0;
	n_came = expected = 0;
	return 0;
}

static void
listen_far(void)
{
	far = wm__stream_new(loop, ends[1], &listen_to, NULL);
	assert_non_null(far);
}

static int
tear_down(void **state)
{
	(void)state;
	if (far == NULL)
		wm__fd_close(&ends[1]);
	wm__stream_free(&near);
	wm__stream_free(&far);
	wm__loop_free(&loop);
	wm_buf_fini(&story);
	return 0;
}

static const char *
told(void)
{
	wm_buf_put(&story, "", 1);
	story.len--;
	return story.data;
}

static void
frames_are_whole_wherever_they_are_split(void **state)
{
	char bytes[256];
	ssize_t len;
	int raw[2];

	(void)state;
	wm__stream_put(near, WM__FRAME_DATA, "ab", 2, "cde", 3);
	wm__stream_put(near, WM__FRAME_END, NULL, 0, NULL, 0);
	wm__stream_put(near, WM__FRAME_FORWARD, "x", 1, NULL, 0);
	wm__stream_flush(near);
	assert_int_equal(wm__stream_unsent(near), 0);
	len = recv(ends[1], bytes, sizeof(bytes), 0);
	assert_true(len > 6);
	for (ssize_t split = 1; split < len; split++) {
		char want[64];

		wm_buf_fini(&story);
		assert_int_equal(wm__fd_stream_pair(raw), 0);
		far = wm__stream_new(loop, raw[1], &listen_to, NULL);
		assert_int_equal(send(raw[0], bytes, (size_t)split, 0), split);
		turn();
		assert_int_equal(send(raw[0], bytes + split,
				     (size_t)(len - split), 0),
		    len - split);
		turn();
		snprintf(want, sizeof(want), "%d:5:abcde %d:0: %d:1:x ",
		    WM__FRAME_DATA, WM__FRAME_END, WM__FRAME_FORWARD);
		assert_string_equal(told(), want);
		close(raw[0]);
		wm__stream_free(&far);
	}
	assert_int_equal(ended, 0);
}

/* A batch of `n` new descriptors, noted in `want`, with a lot of bytes. */
static void
put_batch(size_t n, ino_t *want)
{
	static char record[3000];
	const struct wm__batch head = { 0, n };
	int fds[WM__STREAM_FDS] = { -1 };
	struct stat st;

	for (size_t i = 0; i < n; i++) {
		assert_int_equal(wm__fd_memory("test", 1, &fds[i]), 0);
		assert_int_equal(fstat(fds[i], &st), 0);
		want[i] = st.st_ino;
	}
	wm__stream_put_fds(near, WM__FRAME_BATCH, &head, sizeof(head), fds, n);
	for (size_t i = 0; i < n; i++)
		wm__stream_put(near, WM__FRAME_RECORD, record, sizeof(record),
		    NULL, 0);
	/* they must be there until they have left */
	while (wm__stream_unsent(near) > 0)
		turn();
	for (size_t i = 0; i < n; i++)
		close(fds[i]);
}

static int
lowest_free(void)
{
	int fd = open("/dev/null", O_RDONLY);

	close(fd);
	return fd;
}

static void
descriptors_come_with_their_batch(void **state)
{
	static const size_t sizes[] = { 1, WM__STREAM_FDS, 5, 2 };
	static const int tiny = 1;
	ino_t want[MOST];
	size_t n = 0;
	int before;

	(void)state;
	assert_int_equal(setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &tiny,
			     sizeof(tiny)),
	    0);
	listen_far();
	before = lowest_free();
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		put_batch(sizes[i], want + n);
		n += sizes[i];
	}
	while (n_came < n)
		turn();
	assert_memory_equal(came, want, n * sizeof(*want));
	assert_int_equal(lowest_free(), before);
	assert_true(flushed > 0);
}

static void
a_batch_without_room_has_none_and_the_next_one_its_own(void **state)
{
	ino_t want[8], none[6] = { 0 };
	const struct wm__batch head = { 0, 6 };
	struct rlimit limit, little;
	int fds[6];

	(void)state;
	listen_far();
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(wm__fd_memory("test", 1, &fds[i]), 0);
	wm__stream_put_fds(near, WM__FRAME_BATCH, &head, sizeof(head), fds, 6);
	for (size_t i = 0; i < 6; i++)
		wm__stream_put(near, WM__FRAME_RECORD, "r", 1, NULL, 0);
	wm__stream_flush(near);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	little = limit;
	little.rlim_cur = (rlim_t)lowest_free() + 2;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &little), 0);
	while (n_came < 6)
		turn();
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_memory_equal(came, none, sizeof(none));
	assert_int_equal(lowest_free(), fds[5] + 1);
	for (size_t i = 0; i < 6; i++)
		close(fds[i]);
	put_batch(2, want);
	while (n_came < 8)
		turn();
	assert_memory_equal(came + 6, want, 2 * sizeof(*want));
	assert_int_equal(ended, 0);
}

static void
descriptors_that_nobody_took_are_closed(void **state)
{
	const struct wm__batch head = { 0, 2 };
	int fds[2], before;

	(void)state;
	listen_far();
	assert_int_equal(wm__fd_memory("test", 1, &fds[0]), 0);
	assert_int_equal(wm__fd_memory("test", 1, &fds[1]), 0);
	before = lowest_free();
	wm__stream_put_fds(near, WM__FRAME_BATCH, &head, sizeof(head), fds, 2);
	wm__stream_flush(near);
	while (expected == 0)
		turn();
	assert_true(lowest_free() > before);
	wm__stream_free(&far);
	far = NULL;
	ends[1] = -1;
	assert_true(lowest_free() <= before);
	close(fds[0]);
	close(fds[1]);
}

static void
nonsense_ends_it_once(void **state)
{
	static const uint32_t unknown[2] = { 0, WM__FRAMES },
			      huge[2] = { WM__STREAM_FRAME + 1, 0 };

	(void)state;
	assert_int_equal(send(ends[1], unknown, sizeof(unknown), 0),
	    sizeof(unknown));
	turn();
	assert_int_equal(send(ends[1], huge, sizeof(huge), 0), sizeof(huge));
	turn();
	assert_int_equal(ended, 1);
	tear_down(NULL);
	set_up(NULL);
	assert_int_equal(send(ends[1], huge, sizeof(huge), 0), sizeof(huge));
	turn();
	turn();
	assert_int_equal(ended, 1);
}

static void
what_was_said_before_the_end_is_heard(void **state)
{
	(void)state;
	listen_far();
	wm__stream_put(near, WM__FRAME_ANSWER, "\1", 1, NULL, 0);
	wm__stream_flush(near);
	wm__stream_free(&near);
	while (ended == 0)
		turn();
	assert_int_equal(story.len, strlen("3:1:x "));
	wm__stream_put(far, WM__FRAME_END, NULL, 0, NULL, 0);
	assert_true(wm__stream_finish(far, 1000)); /* nobody is there */
}

static void
the_last_word_waits_only_so_long(void **state)
{
	static char lots[4 << 20];

	(void)state;
	wm__stream_put(near, WM__FRAME_DATA, lots, sizeof(lots), NULL, 0);
	assert_false(wm__stream_finish(near, 20));
	assert_true(wm__stream_unsent(near) > 0);
}

#define STREAM_TEST(name)                                                      \
	cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		STREAM_TEST(frames_are_whole_wherever_they_are_split),
		STREAM_TEST(descriptors_come_with_their_batch),
		STREAM_TEST(
		    a_batch_without_room_has_none_and_the_next_one_its_own),
		STREAM_TEST(descriptors_that_nobody_took_are_closed),
		STREAM_TEST(nonsense_ends_it_once),
		STREAM_TEST(what_was_said_before_the_end_is_heard),
		STREAM_TEST(the_last_word_waits_only_so_long),
	};

	return UNIT_RUN(tests);
}
