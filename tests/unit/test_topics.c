/* SPDX-License-Identifier: MIT */
/* Publish and subscribe within one process. */
#include <workerman/channel.h>

#include "framework/channel/channel.h"
#include "framework/channel/record.h"
#include "framework/net/conn.h"
#include "tests/support/unit.h"
#include "framework/kit/wire.h"

static struct wire *wire;
static struct wm_protocol toy;
static unsigned encoded, heard;

/* Even connections share their bytes, odd ones get their own. */
static unsigned
toy_variant(struct wm_conn *c, void *st)
{
	(void)st;
	return wm_conn_id(c) % 2 == 0 ? 5 : 0;
}

static int
toy_encode(struct wm_conn *c, void *st, const struct wm_msg *m,
    struct wm_buf *out)
{
	(void)c, (void)st;
	encoded++;
	if (m->flags & 0x10000)
		return WM_E_DATA;
	wm_buf_printf(out, "<%.*s>", (int)m->len, m->data);
	return 0;
}

static int
set_up(void **state)
{
	(void)state;
	toy = wm_protocol_text;
	toy.encode = toy_encode;
	toy.variant = toy_variant;
	encoded = heard = 0;
	wire = wire_new(&toy, NULL, NULL);
	return wm__channel_init(wire_proc(wire));
}

static int
tear_down(void **state)
{
	(void)state;
	wm__channel_fini(wire_proc(wire));
	wire_free(&wire);
	return 0;
}

static struct wm_proc *
proc(void)
{
	return wire_proc(wire);
}

static void
publish(const char *topic, const char *text)
{
	assert_int_equal(wm_publish(proc(), topic, text, strlen(text), 0), 0);
}

/* What waits in a connection beside the wire's. */
static struct wm_span
output_of(const struct wm_conn *c)
{
	struct wm_span s = { "", 0 };

	if (c->output != NULL)
		s = (struct wm_span){ c->output->buf.data, c->output->buf.len };
	return s;
}

static void
delivers_to_the_subscribers_of_the_topic(void **state)
{
	struct wm_conn *c = wire_conn(wire), *d = wire_open(wire);

	(void)state;
	assert_int_equal(wm_subscribe(c, "a"), 0);
	assert_int_equal(wm_subscribe(c, "a"), 0);
	assert_int_equal(wm_subscribe(d, "b"), 0);
	assert_int_equal(wm_channel_count(proc(), "a"), 1);
	publish("a", "1");
	publish("b", "2");
	publish("c", "3");
	publish("a", "4");
	wire_turn(wire);
	assert_span(wire_output(wire), "<1><4>");
	assert_span(output_of(d), "<2>");
	assert_int_equal(wm__counter(&proc()->counters->published), 4);
}

static void
ends_a_subscription(void **state)
{
	struct wm_conn *c = wire_conn(wire);

	(void)state;
	wm_subscribe(c, "a");
	wm_subscribe(c, "b");
	assert_int_equal(wm_unsubscribe(c, "a"), 0);
	assert_int_equal(wm_unsubscribe(c, "a"), WM_E_NOT_FOUND);
	assert_int_equal(wm_unsubscribe(c, "never"), WM_E_NOT_FOUND);
	assert_int_equal(wm_channel_count(proc(), "a"), 0);
	publish("a", "1");
	publish("b", "2");
	wire_turn(wire);
	assert_span(wire_output(wire), "<2>");
}

static void
ends_all_subscriptions_with_the_connection(void **state)
{
	struct wm_conn *c = wire_conn(wire), *d = wire_open(wire);

	(void)state;
	wm_subscribe(c, "a");
	wm_subscribe(d, "a");
	wm_subscribe(d, "b");
	wm_conn_destroy(d);
	publish("a", "1"); /* it is dead, but still there */
	assert_int_equal(wm_subscribe(d, "c"), WM_E_CLOSED);
	wire_turn(wire);
	assert_int_equal(wm_channel_count(proc(), "a"), 1);
	assert_int_equal(wm_channel_count(proc(), "b"), 0);
	publish("a", "2");
	wire_turn(wire);
	assert_span(wire_output(wire), "<1><2>");
}

static void
encodes_once_for_all_that_get_the_same_bytes(void **state)
{
	struct wm_conn *conns[10];
	unsigned alone = 0;

	(void)state;
	for (size_t i = 0; i < 10; i++) {
		conns[i] = wire_open(wire);
		wm_subscribe(conns[i], "a");
		alone += wm_conn_id(conns[i]) % 2 != 0;
	}
	publish("a", "x");
	assert_int_equal(encoded, alone + 1);
	for (size_t i = 0; i < 10; i++)
		assert_span(output_of(conns[i]), "<x>");
}

static void
skips_those_whose_encoder_refuses(void **state)
{
	struct wm_conn *c = wire_conn(wire), *d = wire_open(wire);

	(void)state;
	wm_subscribe(c, "a");
	wm_subscribe(d, "a");
	assert_int_equal(wm_publish(proc(), "a", "x", 1, 0x10000), 0);
	wire_turn(wire);
	assert_span(wire_output(wire), "");
	assert_null(d->output);
}

static void
refuses_bad_topics_and_long_messages(void **state)
{
	static char big[WM__MESSAGE_MAX + 1];
	char topic[WM_TOPIC_MAX + 2];

	(void)state;
	memset(topic, 't', sizeof(topic));
	topic[WM_TOPIC_MAX + 1] = '\0';
	assert_int_equal(wm_subscribe(wire_conn(wire), topic), WM_E_INVALID);
	assert_int_equal(wm_subscribe(wire_conn(wire), ""), WM_E_INVALID);
	assert_int_equal(wm_subscribe(wire_conn(wire), NULL), WM_E_INVALID);
	assert_int_equal(wm_publish(proc(), topic, "", 0, 0), WM_E_INVALID);
	assert_int_equal(wm_channel_count(proc(), topic), 0);
	topic[WM_TOPIC_MAX] = '\0';
	assert_int_equal(wm_subscribe(wire_conn(wire), topic), 0);
	assert_int_equal(wm_publish(proc(), topic, big, sizeof(big), 0),
	    WM_E_TOO_BIG);
	assert_int_equal(wm_publish(proc(), topic, "", 0, 0), 0);
}

static void
hear(struct wm_proc *p, const char *topic, const void *data, size_t len,
    void *arg)
{
	assert_ptr_equal(p, proc());
	assert_string_equal(topic, "a");
	assert_memory_equal(data, "x", len);
	heard++;
	if (arg != NULL) {
		wm_unsubscribe(wire_conn(wire), "a");
		wm_channel_listen(p, "a", NULL, NULL);
		assert_int_equal(wm_channel_count(p, "a"), 0);
		publish("b", "y");
	}
}

static void
tells_the_workers_own_function(void **state)
{
	(void)state;
	assert_int_equal(wm_channel_listen(proc(), "a", hear, NULL), 0);
	publish("a", "x");
	assert_int_equal(heard, 1);
	assert_int_equal(wm_channel_listen(proc(), "a", NULL, NULL), 0);
	assert_int_equal(wm_channel_listen(proc(), "a", NULL, NULL), 0);
	publish("a", "x");
	assert_int_equal(heard, 1);
}

static void
lets_the_function_end_the_topic_it_hears(void **state)
{
	(void)state;
	wm_subscribe(wire_conn(wire), "a");
	wm_subscribe(wire_conn(wire), "b");
	wm_channel_listen(proc(), "a", hear, &heard);
	publish("a", "x");
	wire_turn(wire);
	assert_span(wire_output(wire), "<x><y>");
	publish("a", "x");
	assert_int_equal(heard, 1);
}

static void
publish_again(struct wm_conn *c, enum wm_close_reason reason)
{
	(void)reason;
	assert_int_equal(wm_unsubscribe(c, "a"), WM_E_NOT_FOUND);
	publish("a", "left");
}

static void
lets_on_close_publish_to_those_that_stay(void **state)
{
	static const struct wm_handlers h = { .on_close = publish_again };
	struct wm_conn *d = wire_open(wire), *e = wire_open(wire);

	(void)state;
	wm_conn_set_handlers(d, &h);
	wm_conn_set_handlers(e, &h);
	wm_subscribe(wire_conn(wire), "a");
	wm_subscribe(d, "a");
	wm_subscribe(e, "a");
	wm_conn_destroy(d);
	wm_conn_destroy(e);
	wire_turn(wire);
	assert_span(wire_output(wire), "<left><left>");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(delivers_to_the_subscribers_of_the_topic),
		TEST(ends_a_subscription),
		TEST(ends_all_subscriptions_with_the_connection),
		TEST(encodes_once_for_all_that_get_the_same_bytes),
		TEST(skips_those_whose_encoder_refuses),
		TEST(refuses_bad_topics_and_long_messages),
		TEST(tells_the_workers_own_function),
		TEST(lets_the_function_end_the_topic_it_hears),
		TEST(lets_on_close_publish_to_those_that_stay),
#undef TEST
	};

	return UNIT_RUN(tests);
}
