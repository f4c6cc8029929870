/* SPDX-License-Identifier: MIT */
#include <workerman/protocol-test.h>

#include "framework/kit/wire.h"
#include "tests/support/unit.h"
#include "tests/support/ways.h"

#include "apps/mqtt/mqtt_protocol.h"

/* Clean, no keep-alive, client id "a". */
#define CONNECT "\x10\x0d\0\4MQTT\4\2\0\0\0\1a"

/* What the broker was told, as text, one packet after the other. */
static char said[1024];

static void
say_span(const char *what, struct wm_span s)
{
	size_t n = strlen(said);

	if (s.data != NULL)
		snprintf(said + n, sizeof(said) - n, " %s=%.*s", what,
		    (int)s.len, s.data);
}

static void
say_flags(const struct mqtt_packet *p)
{
	size_t n = strlen(said);

	snprintf(said + n, sizeof(said) - n, "%d id=%u qos=%u%s%s", p->type,
	    p->id, p->qos, p->dup ? " dup" : "", p->retain ? " retain" : "");
}

static void
say_connect(const struct mqtt_connect *c)
{
	size_t n = strlen(said);

	snprintf(said + n, sizeof(said) - n, " keep=%u%s", c->keep_alive,
	    c->clean ? " clean" : "");
	say_span("client", c->client_id);
	if (c->has_will) {
		n = strlen(said);
		snprintf(said + n, sizeof(said) - n, " will-qos=%u%s",
		    c->will_qos, c->will_retain ? " will-retain" : "");
		say_span("will", c->will_topic);
		say_span("payload", c->will_payload);
	}
	say_span("user", c->user);
	say_span("password", c->password);
}

static void
write_down(struct wm_conn *c, const struct wm_msg *m)
{
	const struct mqtt_packet *p = mqtt_packet(m);
	struct mqtt_filter f;
	size_t pos = 0, n;

	(void)c;
	say_flags(p);
	if (p->type == MQTT_CONNECT)
		say_connect(&p->connect);
	say_span("topic", p->topic);
	if (p->type == MQTT_PUBLISH)
		say_span("payload", p->payload);
	while ((p->type == MQTT_SUBSCRIBE || p->type == MQTT_UNSUBSCRIBE) &&
	    mqtt_next_filter(p, &pos, &f)) {
		say_span("filter", f.name);
		n = strlen(said);
		snprintf(said + n, sizeof(said) - n, ":%u", f.qos);
	}
	strncat(said, "\n", sizeof(said) - strlen(said) - 1);
}

static const struct wm_handlers scribe = { .on_message = write_down };

static void
expect_packets(const char *bytes, size_t len, const char *expected)
{
	struct wire *w;
	size_t i, cut;

	for (cut = 0; cut <= len; cut++) { /* 0: byte by byte; len: whole */
		w = wire_new(&mqtt_protocol, NULL, &scribe);
		said[0] = '\0';
		if (cut > 0)
			wire_feed(w, bytes, cut);
		if (cut > 0 && cut < len)
			wire_feed(w, bytes + cut, len - cut);
		for (i = 0; cut == 0 && i < len; i++)
			wire_feed(w, bytes + i, 1);
		wire_turn(w);
		assert_string_equal(said, expected);
		assert_false(wire_is_closed(w));
		wire_free(&w);
	}
}

#define EXPECT(bytes, text) expect_packets(bytes, sizeof(bytes) - 1, text)

static void
takes_every_field_of_connect(void **state)
{
	(void)state;
	EXPECT(CONNECT, "1 id=0 qos=0 keep=0 clean client=a\n");
	EXPECT("\x10\x23\0\4MQTT\4\xec\x01\x02\0\2id\0\3w/t\0\4gone\0\2me"
	       "\0\4pass\xe0\0",
	    "1 id=0 qos=0 keep=258 client=id will-qos=1 will-retain "
	    "will=w/t payload=gone user=me password=pass\n"
	    "14 id=0 qos=0\n");
	EXPECT("\x10\x0c\0\4MQTT\4\2\0\0\0\0",
	    "1 id=0 qos=0 keep=0 clean client=\n");
}

static void
takes_every_packet_of_a_client(void **state)
{
	(void)state;
	EXPECT(CONNECT "\x30\6\0\3a/bx\x3b\7\0\3a/b\1\2\x34\6\0\1t\0\7z",
	    "1 id=0 qos=0 keep=0 clean client=a\n"
	    "3 id=0 qos=0 topic=a/b payload=x\n"
	    "3 id=258 qos=1 dup retain topic=a/b payload=\n"
	    "3 id=7 qos=2 topic=t payload=z\n");
	EXPECT(CONNECT "\x40\2\0\1\x50\2\0\2\x62\2\0\3\x70\2\xff\xff\xc0\0",
	    "1 id=0 qos=0 keep=0 clean client=a\n"
	    "4 id=1 qos=0\n5 id=2 qos=0\n6 id=3 qos=0\n"
	    "7 id=65535 qos=0\n12 id=0 qos=0\n");
	EXPECT(CONNECT "\x82\x0c\0\1\0\1#\2\0\3a/+\1\xa2\7\0\2\0\3a/+",
	    "1 id=0 qos=0 keep=0 clean client=a\n"
	    "8 id=1 qos=0 filter=#:2 filter=a/+:1\n"
	    "10 id=2 qos=0 filter=a/+:0\n");
}

static void
takes_a_length_of_four_bytes(void **state)
{
	static const char begin[] = CONNECT "\x30\x80\x80\xc0\0\0\1t";
	char *bytes = calloc(1, sizeof(begin) - 1 + (1 << 20));
	struct wire *w = wire_new(&mqtt_protocol, NULL, NULL);

	(void)state;
	assert_non_null(bytes);
	memcpy(bytes, begin, sizeof(begin) - 1);
	wire_feed(w, bytes, sizeof(begin) - 1 + (1 << 20) - 3);
	assert_int_equal(wire_messages(w), 2);
	assert_int_equal(wire_message(w, 1)->len, 5 + (1 << 20));
	wire_free(&w);
	free(bytes);
}

struct bad {
	const char *name, *bytes;
	size_t len;
	const char *answer;
};

#define BAD(name, bytes)                                                       \
	{                                                                      \
		name, bytes, sizeof(bytes) - 1, ""                             \
	}
#define REFUSED(name, bytes, answer)                                           \
	{                                                                      \
		name, bytes, sizeof(bytes) - 1, answer                         \
	}

/* What may not come first, and CONNECTs that are malformed. */
static const struct bad bad_beginnings[] = {
	BAD("reserved type 0", "\0"),
	BAD("reserved type 15", "\xf0"),
	BAD("PINGREQ first", "\xc0"),
	BAD("PUBLISH first", "\x30"),
	BAD("a packet of servers", "\x20"),
	BAD("flags of CONNECT", "\x11"),
	BAD("length of five bytes", "\x10\x80\x80\x80\x80"),
	BAD("another protocol", "\x10\x0d\0\4MQTX\4\2\0\0\0\1a"),
	BAD("a reserved flag", "\x10\x0d\0\4MQTT\4\3\0\0\0\1a"),
	BAD("a will's QoS without a will", "\x10\x0d\0\4MQTT\4\x0a\0\0\0\1a"),
	BAD("a retained will without one", "\x10\x0d\0\4MQTT\4\x22\0\0\0\1a"),
	BAD("a will of QoS 3", "\x10\x13\0\4MQTT\4\x1e\0\0\0\1a\0\1t\0\1x"),
	BAD("a will for a filter", "\x10\x13\0\4MQTT\4\6\0\0\0\1a\0\1#\0\1x"),
	BAD("a will for nothing", "\x10\x12\0\4MQTT\4\6\0\0\0\1a\0\0\0\1x"),
	BAD("a password alone", "\x10\x10\0\4MQTT\4\x42\0\0\0\1a\0\1p"),
	BAD("a client id with NUL", "\x10\x0d\0\4MQTT\4\2\0\0\0\1\0"),
	BAD("a user that is not UTF-8",
	    "\x10\x10\0\4MQTT\4\x82\0\0\0\1a\0\1\xff"),
	BAD("bytes missing", "\x10\x0c\0\4MQTT\4\2\0\0\0\1"),
	BAD("a will missing", "\x10\x0d\0\4MQTT\4\6\0\0\0\1a"),
	BAD("bytes left", "\x10\x0e\0\4MQTT\4\2\0\0\0\1ax"),
	BAD("nothing at all", "\x10\0"),
	REFUSED("MQTT 5", "\x10\x0e\0\4MQTT\5\2\0\0\0\0\1a", "\x20\2\0\1"),
	REFUSED("MQTT 3.1", "\x10\x0f\0\6MQIsdp\3\2\0\0\0\1a", "\x20\2\0\1"),
	REFUSED("no id to keep", "\x10\x0c\0\4MQTT\4\0\0\0\0\0", "\x20\2\0\2"),
};

/* What is malformed behind a CONNECT. */
static const struct bad bad_packets[] = {
	BAD("a second CONNECT", "\x10"),
	BAD("PINGREQ with a body", "\xc0\1x"),
	BAD("DISCONNECT with flags", "\xe1"),
	BAD("PUBREL without its flag", "\x60"),
	BAD("SUBSCRIBE without its flag", "\x80"),
	BAD("UNSUBSCRIBE without its flag", "\xa0"),
	BAD("QoS 3", "\x36\5\0\1t\0\1"),
	BAD("DUP with QoS 0", "\x38\3\0\1t"),
	BAD("PUBLISH to nothing", "\x30\2\0\0"),
	BAD("PUBLISH to +", "\x30\5\0\3a/+"),
	BAD("PUBLISH to #", "\x30\3\0\1#"),
	BAD("PUBLISH to NUL", "\x30\3\0\1\0"),
	BAD("PUBLISH to a surrogate", "\x30\5\0\3\xed\xa0\x80"),
	BAD("PUBLISH to an overlong /", "\x30\4\0\2\xc0\xaf"),
	BAD("PUBLISH over U+10FFFF", "\x30\6\0\4\xf4\x90\x80\x80"),
	BAD("PUBLISH shorter than its topic", "\x30\4\0\3ab"),
	BAD("PUBLISH without its id", "\x32\4\0\1t\0"),
	BAD("PUBLISH with id 0", "\x32\5\0\1t\0\0"),
	BAD("PUBACK with id 0", "\x40\2\0\0"),
	BAD("PUBACK of one byte", "\x40\1\0"),
	BAD("PUBACK of three bytes", "\x40\3\0\1\0"),
	BAD("SUBSCRIBE to nothing", "\x82\2\0\1"),
	BAD("SUBSCRIBE with id 0", "\x82\6\0\0\0\1#\0"),
	BAD("SUBSCRIBE to an empty filter", "\x82\5\0\1\0\0\0"),
	BAD("SUBSCRIBE with QoS 3", "\x82\6\0\1\0\1#\3"),
	BAD("SUBSCRIBE with reserved bits", "\x82\6\0\1\0\1#\x80"),
	BAD("SUBSCRIBE without a QoS", "\x82\5\0\1\0\1#"),
	BAD("SUBSCRIBE to a#", "\x82\7\0\1\0\2a#\0"),
	BAD("SUBSCRIBE to #/a", "\x82\x08\0\1\0\3#/a\0"),
	BAD("SUBSCRIBE to a+", "\x82\7\0\1\0\2a+\0"),
	BAD("UNSUBSCRIBE from nothing", "\xa2\2\0\1"),
	BAD("UNSUBSCRIBE from ++", "\xa2\6\0\1\0\2++"),
};

static void
expect_refused(const struct bad *bad, const char *before, size_t before_len)
{
	static const struct ways_message connect[] = { WAYS_MESSAGE(CONNECT),
		WAYS_END };
	struct ways way = { .protocol = &mqtt_protocol,
		.messages = before_len > 0 ? connect : NULL,
		.output = bad->answer,
		.output_len = bad->answer[0] != '\0' ? 4 : 0,
		.closes = true,
		.reason = WM_CLOSE_PROTOCOL };
	char bytes[128];
	const char *why;

	memcpy(bytes, before, before_len);
	memcpy(bytes + before_len, bad->bytes, bad->len);
	way.input = bytes;
	way.input_len = before_len + bad->len;
	if ((why = ways_differ(&way)) != NULL)
		fail_msg("%s: %s", bad->name, why);
}

static void
refuses_what_may_not_come_first(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad_beginnings) / sizeof(*bad_beginnings); i++)
		expect_refused(&bad_beginnings[i], "", 0);
}

static void
refuses_what_is_malformed(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad_packets) / sizeof(*bad_packets); i++)
		expect_refused(&bad_packets[i], CONNECT, sizeof(CONNECT) - 1);
}

static void
refuses_a_length_over_the_limit_before_it_came(void **state)
{
	static const struct ways_message connect[] = { WAYS_MESSAGE(CONNECT),
		WAYS_END };

	(void)state;
	ways_check((&(struct ways){ .protocol = &mqtt_protocol,
	    .limits = &(struct wm_limits){ .message = 1000 },
	    WAYS_INPUT(CONNECT "\x30\xff\xff\xff\x7f"),
	    .messages = connect,
	    .closes = true,
	    .reason = WM_CLOSE_TOO_BIG }));
}

static void
closes_who_does_not_connect_in_time(void **state)
{
	struct wire *w = wire_new(&mqtt_protocol,
	    &(struct wm_limits){ .handshake_ms = 3000 }, NULL);

	(void)state;
	wire_feed(w, CONNECT, 5);
	wire_turn(w);
	wire_advance(w, 2);
	assert_false(wire_is_closed(w));
	wire_advance(w, 10);
	assert_true(wire_is_closed(w));
	assert_int_equal(wire_reason(w), WM_CLOSE_TIMEOUT);
	wire_free(&w);
}

static void
keeps_alive_for_one_and_a_half_times(void **state)
{
	struct wire *w = wire_new(&mqtt_protocol, NULL, NULL);
	int i;

	(void)state;
	wire_feed(w, "\x10\x0d\0\4MQTT\4\2\0\x0a\0\1a", 15);
	for (i = 0; i < 3; i++) {
		wire_advance(w, 14);
		assert_false(wire_is_closed(w));
		wire_feed(w, "\xc0\0", 2);
	}
	wire_advance(w, 14);
	wire_feed(w, "\xc0", 1); /* half a packet is none */
	wire_advance(w, 10);
	assert_true(wire_is_closed(w));
	assert_int_equal(wire_reason(w), WM_CLOSE_TIMEOUT);
	wire_free(&w);
}

static void
has_the_keep_alive_that_was_left_in_another_process(void **state)
{
	struct wire *w = wire_new(&mqtt_protocol, NULL, NULL);

	(void)state;
	wire_feed(w, "\x10\x0d\0\4MQTT\4\2\0\x0a\0\1a\xc0", 16);
	wire_advance(w, 8);
	assert_int_equal(wire_move(w), 0);
	wire_advance(w, 5);
	assert_false(wire_is_closed(w));
	wire_feed(w, "\0", 1); /* the other half of the packet */
	wire_advance(w, 8);
	assert_int_equal(wire_move(w), 0);
	wire_advance(w, 5);
	assert_false(wire_is_closed(w));
	wire_advance(w, 4);
	assert_true(wire_is_closed(w));
	assert_int_equal(wire_reason(w), WM_CLOSE_TIMEOUT);
	wire_free(&w);
}

static void
does_not_take_what_another_version_wrote(void **state)
{
	struct wire *w = wire_new(&mqtt_protocol, NULL, NULL);

	(void)state;
	assert_int_equal(mqtt_protocol.thaw(wire_conn(w),
			     wm_conn_state(wire_conn(w), &mqtt_protocol),
			     mqtt_protocol.state_version + 1, NULL),
	    WM_E_VERSION);
	wire_free(&w);
}

static void
lets_a_client_without_keep_alive_be_silent(void **state)
{
	struct wire *w = wire_new(&mqtt_protocol, NULL, NULL);

	(void)state;
	wire_feed(w, CONNECT, sizeof(CONNECT) - 1);
	wire_advance(w, 1000);
	assert_false(wire_is_closed(w));
	wire_free(&w);
}

static void
expect_bytes(const struct mqtt_packet *p, const char *bytes, size_t len)
{
	struct wire *w = wire_new(&mqtt_protocol, NULL, NULL);
	struct wm_msg m = { .view = p };

	assert_true(wm_conn_send_msg(wire_conn(w), &m) >= 0);
	wire_turn(w);
	assert_int_equal(wire_output(w).len, len);
	assert_memory_equal(wire_output(w).data, bytes, len);
	wire_free(&w);
}

#define BYTES(literal, ...)                                                    \
	expect_bytes(&(struct mqtt_packet){ __VA_ARGS__ }, literal,            \
	    sizeof(literal) - 1)

static void
writes_every_packet_of_a_server(void **state)
{
	(void)state;
	BYTES("\x20\2\1\0", .type = MQTT_CONNACK, .present = true);
	BYTES("\x20\2\0\3", .type = MQTT_CONNACK, .code = 3);
	BYTES("\x30\4\0\1tx", .type = MQTT_PUBLISH, .topic = { "t", 1 },
	    .payload = { "x", 1 });
	BYTES("\x3d\5\0\1t\1\2", .type = MQTT_PUBLISH, .topic = { "t", 1 },
	    .id = 258, .qos = 2, .dup = true, .retain = true);
	BYTES("\x40\2\0\7", .type = MQTT_PUBACK, .id = 7);
	BYTES("\x50\2\0\7", .type = MQTT_PUBREC, .id = 7);
	BYTES("\x62\2\0\7", .type = MQTT_PUBREL, .id = 7);
	BYTES("\x70\2\0\7", .type = MQTT_PUBCOMP, .id = 7);
	BYTES("\x90\5\0\7\0\2\x80", .type = MQTT_SUBACK, .id = 7,
	    .payload = { "\0\2\x80", 3 });
	BYTES("\xb0\2\0\7", .type = MQTT_UNSUBACK, .id = 7);
	BYTES("\xd0\0", .type = MQTT_PINGRESP);
}

static void
writes_long_lengths(void **state)
{
	static const struct {
		size_t payload;
		const char *header;
		size_t len;
	} rows[] = { { 124, "\x30\x7f", 2 }, { 125, "\x30\x80\1", 3 },
		{ 16380, "\x30\xff\x7f", 3 }, { 16381, "\x30\x80\x80\1", 4 },
		{ 2097148, "\x30\xff\xff\x7f", 4 },
		{ 2097149, "\x30\x80\x80\x80\1", 5 } };
	char *payload = calloc(1, 2097149);
	struct mqtt_packet p = { .type = MQTT_PUBLISH, .topic = { "t", 1 } };
	struct wm_msg m = { .view = &p };
	struct wm_buf out;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		out = (struct wm_buf)WM_BUF_INIT;
		p.payload = (struct wm_span){ payload, rows[i].payload };
		assert_int_equal(mqtt_protocol.encode(NULL, NULL, &m, &out), 0);
		assert_memory_equal(out.data, rows[i].header, rows[i].len);
		assert_int_equal(out.len, rows[i].len + 3 + rows[i].payload);
		wm_buf_fini(&out);
	}
	free(payload);
}

#define PUBLISH   "\x30\x16\0\1alonger than CONNECT"
#define SUBSCRIBE "\x82\x06\0\1\0\1a\0"
#define PING      "\xc0\0"

static const struct wm_test_sample after_connect[] = {
	{ .name = "packets",
	    WM_TEST_INPUT(PUBLISH SUBSCRIBE PING),
	    .messages = WM_TEST_MESSAGES({ WM_TEST_DATA(PUBLISH) },
		{ WM_TEST_DATA(SUBSCRIBE) }, { WM_TEST_DATA(PING) }) },
	{ .name = "one more",
	    WM_TEST_INPUT(PING),
	    .messages = WM_TEST_MESSAGES({ WM_TEST_DATA(PING) }) },
	{ .name = "QoS 3",
	    WM_TEST_INPUT(PING "\x36\x05\0\1ahi"),
	    .messages = WM_TEST_MESSAGES({ WM_TEST_DATA(PING) }),
	    .closes = true,
	    .reason = WM_CLOSE_PROTOCOL },
	{ .name = "a length of five bytes",
	    WM_TEST_INPUT("\x30\xff\xff\xff\xff\x01"),
	    .closes = true,
	    .reason = WM_CLOSE_PROTOCOL },
	{ .name = "a second CONNECT",
	    WM_TEST_INPUT(CONNECT),
	    .closes = true,
	    .reason = WM_CLOSE_PROTOCOL },
	{ 0 },
};

/* CONNECT itself, which is cut, damaged and moved in the middle, too. */
static const struct wm_test_sample from_the_start[] = {
	{ .name = "CONNECT and more",
	    WM_TEST_INPUT(CONNECT PUBLISH PING),
	    .messages = WM_TEST_MESSAGES({ WM_TEST_DATA(CONNECT) },
		{ WM_TEST_DATA(PUBLISH) }, { WM_TEST_DATA(PING) }) },
	{ .name = "no CONNECT",
	    WM_TEST_INPUT(PING),
	    .closes = true,
	    .reason = WM_CLOSE_PROTOCOL },
	{ 0 },
};

static void
run_kit(const struct wm_test_sample *samples, const char *before, size_t len)
{
	static char report[4096];
	FILE *to = fmemopen(report, sizeof(report), "w");
	int differs;

	assert_non_null(to);
	differs =
	    wm_protocol_test(&(struct wm_protocol_test){ .protocol =
							     &mqtt_protocol,
				 .samples = samples,
				 .before = before,
				 .before_len = len },
		to);
	fclose(to);
	if (differs)
		fail_msg("%s", report);
}

static void
passes_the_kit(void **state)
{
	(void)state;
	run_kit(after_connect, CONNECT, sizeof(CONNECT) - 1);
	run_kit(from_the_start, NULL, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(passes_the_kit),
		cmocka_unit_test(takes_every_field_of_connect),
		cmocka_unit_test(takes_every_packet_of_a_client),
		cmocka_unit_test(takes_a_length_of_four_bytes),
		cmocka_unit_test(refuses_what_may_not_come_first),
		cmocka_unit_test(refuses_what_is_malformed),
		cmocka_unit_test(
		    refuses_a_length_over_the_limit_before_it_came),
		cmocka_unit_test(closes_who_does_not_connect_in_time),
		cmocka_unit_test(keeps_alive_for_one_and_a_half_times),
		cmocka_unit_test(
		    has_the_keep_alive_that_was_left_in_another_process),
		cmocka_unit_test(does_not_take_what_another_version_wrote),
		cmocka_unit_test(lets_a_client_without_keep_alive_be_silent),
		cmocka_unit_test(writes_every_packet_of_a_server),
		cmocka_unit_test(writes_long_lengths),
	};

	return UNIT_RUN(tests);
}
