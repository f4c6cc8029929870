/* SPDX-License-Identifier: MIT */
#include "tests/support/unit.h"

#include "apps/mqtt/inflight.h"
#include "apps/mqtt/pack.h"

#include <workerman/error.h>

static struct sessions all;

static int
begin(void **state)
{
	(void)state;
	memset(&all, 0, sizeof(all));
	return 0;
}

static int
end(void **state)
{
	(void)state;
	sessions_fini(&all);
	return all.by_id == NULL && all.away == NULL && all.bytes == 0 &&
		all.filters.nodes == NULL ?
	    0 :
	    -1;
}

static struct session *
session(const char *id)
{
	struct session *s = session_new(&all, span_of(id));

	assert_non_null(s);
	return s;
}

static int
add(struct session *s, const char *payload, uint8_t qos)
{
	struct message *m =
	    message_new(span_of("t"), span_of(payload), qos, false);
	int rc = inflight_add(&all, s, m, qos, false);

	message_unref(&m);
	return rc;
}

/* Sends the next packet and describes it: "p1:a", "dup", "rel1", "-". */
static const char *
sent(struct session *s)
{
	static char text[64];
	struct mqtt_packet p;
	struct outgoing *o = inflight_next(s, &p);

	if (o == NULL)
		return "-";
	inflight_sent(s, o);
	if (p.type == MQTT_PUBREL)
		snprintf(text, sizeof(text), "rel%u", p.id);
	else
		snprintf(text, sizeof(text), "%s%u:%.*s", p.dup ? "dup" : "p",
		    p.id, (int)p.payload.len, p.payload.data);
	return text;
}

static bool
acknowledge(struct session *s, enum mqtt_type type, uint16_t id)
{
	return inflight_acknowledge(&all, s,
	    &(struct mqtt_packet){ .type = type, .id = id });
}

static void
sends_in_order_and_forgets_what_is_acknowledged(void **state)
{
	struct session *s = session("a");

	(void)state;
	add(s, "x", 1);
	add(s, "y", 2);
	assert_string_equal(sent(s), "p1:x");
	assert_string_equal(sent(s), "p2:y");
	assert_string_equal(sent(s), "-");
	assert_true(acknowledge(s, MQTT_PUBACK, 1));
	assert_false(acknowledge(s, MQTT_PUBACK, 1));
	assert_false(acknowledge(s, MQTT_PUBACK, 2));
	assert_false(acknowledge(s, MQTT_PUBCOMP, 2));
	assert_true(acknowledge(s, MQTT_PUBREC, 2));
	assert_string_equal(sent(s), "rel2");
	assert_true(acknowledge(s, MQTT_PUBREC, 2)); /* it did not hear us */
	assert_string_equal(sent(s), "rel2");
	assert_true(acknowledge(s, MQTT_PUBCOMP, 2));
	assert_int_equal(s->n_outgoing + s->n_inflight, 0);
	assert_int_equal(s->bytes, 0);
}

static void
sends_again_on_a_new_connection(void **state)
{
	struct session *s = session("a");

	(void)state;
	add(s, "x", 1);
	add(s, "y", 2);
	add(s, "z", 2);
	sent(s);
	sent(s);
	acknowledge(s, MQTT_PUBREC, 2);
	inflight_reset(s);
	assert_string_equal(sent(s), "dup1:x");
	assert_string_equal(sent(s), "rel2");
	assert_string_equal(sent(s), "p3:z");
	assert_string_equal(sent(s), "-");
}

static void
keeps_the_window(void **state)
{
	struct session *s = session("a");
	int i;

	(void)state;
	for (i = 0; i <= SESSION_INFLIGHT; i++)
		add(s, "x", 1);
	for (i = 0; i < SESSION_INFLIGHT; i++)
		assert_string_not_equal(sent(s), "-");
	assert_string_equal(sent(s), "-");
	acknowledge(s, MQTT_PUBACK, 7);
	assert_string_equal(sent(s), "p21:x");
}

static void
uses_no_id_that_is_in_use_and_never_0(void **state)
{
	struct session *s = session("a");

	(void)state;
	add(s, "x", 1);
	sent(s);
	s->last_id = 65535;
	add(s, "y", 1);
	assert_string_equal(sent(s), "p2:y");
}

static void
drops_the_newest_at_the_bounds(void **state)
{
	struct session *s = session("a");
	static char big[SESSION_BYTES_MAX];
	int i;

	(void)state;
	for (i = 0; i < SESSION_MESSAGES_MAX; i++)
		assert_int_equal(add(s, "x", 1), 0);
	assert_int_equal(add(s, "x", 1), WM_E_FULL);
	inflight_drop_all(&all, s);
	memset(big, 'x', sizeof(big) - 1);
	assert_int_equal(add(s, big, 1), 0); /* one fits, however big */
	assert_int_equal(add(s, "x", 1), WM_E_FULL);
}

static void
knows_what_it_receives(void **state)
{
	struct session *s = session("a");
	int i;

	(void)state;
	assert_int_equal(inflight_receive(s, 5), 1);
	assert_int_equal(inflight_receive(s, 5), 0);
	assert_int_equal(inflight_receive(s, 6), 1);
	inflight_release(s, 5);
	inflight_release(s, 5);
	assert_int_equal(inflight_receive(s, 5), 1);
	for (i = 0; i < SESSION_RECEIVING_MAX - 2; i++)
		assert_int_equal(inflight_receive(s, (uint16_t)(100 + i)), 1);
	assert_int_equal(inflight_receive(s, 99), WM_E_FULL);
}

static void
subscribes_once_for_a_filter(void **state)
{
	struct session *s = session("a");
	char filter[16];
	int i;

	(void)state;
	assert_int_equal(session_subscribe(&all, s, span_of("a/+"), 0), 0);
	assert_int_equal(session_subscribe(&all, s, span_of("a/+"), 2), 0);
	assert_int_equal(s->n_subscriptions, 1);
	assert_int_equal(s->subscriptions->qos, 2);
	session_unsubscribe(&all, s, span_of("a/#"));
	session_unsubscribe(&all, s, span_of("a/+"));
	assert_null(s->subscriptions);
	for (i = 0; i < SESSION_FILTERS_MAX; i++) {
		snprintf(filter, sizeof(filter), "f/%d", i);
		assert_int_equal(session_subscribe(&all, s, span_of(filter), 1),
		    0);
	}
	assert_int_equal(session_subscribe(&all, s, span_of("more"), 1),
	    WM_E_FULL);
}

static void
lets_go_who_is_away_longest(void **state)
{
	struct wm_conn *there = (struct wm_conn *)&all; /* only looked at */
	char id[16];
	int i;

	(void)state;
	for (i = 0; i < SESSIONS_MAX; i++) {
		snprintf(id, sizeof(id), "%d", i);
		session_attach(&all, session(id), i == 0 ? there : NULL);
	}
	session_attach(&all, session("more"), there);
	assert_non_null(session_find(&all, span_of("0")));
	assert_null(session_find(&all, span_of("1")));
	assert_non_null(session_find(&all, span_of("2")));
}

static void
gives_its_id_to_another_one_and_lives_on(void **state)
{
	struct session *s = session("a"), *other;

	(void)state;
	add(s, "x", 1);
	session_unlist(&all, s);
	session_unlist(&all, s);
	assert_null(session_find(&all, span_of("a")));
	other = session("a");
	assert_ptr_equal(session_find(&all, span_of("a")), other);
	assert_string_equal(sent(s), "p1:x");
	session_free(&all, &s);
	assert_ptr_equal(session_find(&all, span_of("a")), other);
}

/* A session with something of everything. */
static struct session *
full_session(void)
{
	struct session *s = session("full");

	session_subscribe(&all, s, span_of("a/#"), 2);
	session_subscribe(&all, s, span_of("b/+"), 0);
	add(s, "one", 1);
	add(s, "two", 2);
	add(s, "three", 2);
	add(s, "four", 1);
	sent(s);
	sent(s);
	sent(s);
	acknowledge(s, MQTT_PUBREC, 2);
	inflight_receive(s, 77);
	session_add_seen(s, 1, 10);
	session_add_seen(s, 2, 20);
	session_add_seen(s, 1, 5);
	return s;
}

static void
comes_out_of_bytes_as_it_went_in(void **state)
{
	struct wm_buf first = WM_BUF_INIT, second = WM_BUF_INIT;
	struct session *s = full_session();

	(void)state;
	session_pack(&first, s);
	session_free(&all, &s);
	s = session("full");
	assert_int_equal(session_unpack(&all, s, first.data, first.len), 0);
	session_pack(&second, s);
	assert_int_equal(first.len, second.len);
	assert_memory_equal(first.data, second.data, first.len);
	/* on the same connection, what was sent is sent */
	assert_string_equal(sent(s), "rel2");
	assert_string_equal(sent(s), "p4:four");
	assert_string_equal(sent(s), "-");
	session_free(&all, &s);
	s = session("full");
	assert_int_equal(session_unpack(&all, s, first.data, first.len), 0);
	session_attach(&all, s, NULL);
	assert_string_equal(sent(s), "dup1:one");
	assert_string_equal(sent(s), "rel2");
	assert_string_equal(sent(s), "dup3:three");
	assert_string_equal(sent(s), "p4:four");
	assert_int_equal(inflight_receive(s, 77), 0);
	assert_true(session_has_seen(s,
	    &(struct message){ .stamp = { 0, 1 }, .seq = 10 }));
	assert_false(session_has_seen(s,
	    &(struct message){ .stamp = { 0, 1 }, .seq = 11 }));
	assert_false(session_has_seen(s,
	    &(struct message){ .stamp = { 0, 3 }, .seq = 1 }));
	wm_buf_fini(&first);
	wm_buf_fini(&second);
}

static void
refuses_bytes_that_are_no_session(void **state)
{
	struct wm_buf bytes = WM_BUF_INIT;
	struct session *s = full_session();
	size_t i;

	(void)state;
	session_pack(&bytes, s);
	session_free(&all, &s);
	for (i = 0; i < bytes.len; i++) { /* every beginning of it */
		s = session("cut");
		assert_int_equal(session_unpack(&all, s, bytes.data, i),
		    WM_E_PROTOCOL);
		session_free(&all, &s);
	}
	for (i = 0; i < bytes.len; i++) { /* any of its bits: no crash */
		bytes.data[i] ^= (char)(1 << i % 8);
		s = session("flipped");
		session_unpack(&all, s, bytes.data, bytes.len);
		session_free(&all, &s);
		bytes.data[i] ^= (char)(1 << i % 8);
	}
	wm_buf_fini(&bytes);
}

int
main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, begin, end)
	const struct CMUnitTest tests[] = {
		T(sends_in_order_and_forgets_what_is_acknowledged),
		T(sends_again_on_a_new_connection),
		T(keeps_the_window),
		T(uses_no_id_that_is_in_use_and_never_0),
		T(drops_the_newest_at_the_bounds),
		T(knows_what_it_receives),
		T(subscribes_once_for_a_filter),
		T(lets_go_who_is_away_longest),
		T(gives_its_id_to_another_one_and_lives_on),
		T(comes_out_of_bytes_as_it_went_in),
		T(refuses_bytes_that_are_no_session),
	};
#undef T

	return UNIT_RUN(tests);
}
