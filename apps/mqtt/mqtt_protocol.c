/* SPDX-License-Identifier: MIT */
/*
 * MQTT 3.1.1, server side: which bytes are a packet, which packets may come
 * when, and how packets are written. What they mean is the broker's.
 */
#include "mqtt_protocol.h"

#include "pack.h"
#include "topic.h"

#define MQTT_HEADER_MAX 5 /* bytes: type and flags, remaining length */
#define MQTT_LENGTH_MAX 268435455u

#define MQTT_STATE_VERSION 1

struct mqtt_state {
	struct mqtt_packet packet; /* the one being delivered */
	const char *why;           /* what was wrong with the last one */
	uint32_t keep_ms;          /* 0: the client may be silent for ever */
	uint8_t refusal;           /* code of the CONNACK to end with */
	bool connected;            /* CONNECT was received */
};

static const struct {
	const char *name;
	uint8_t flags;
	bool client;
} mqtt_types[MQTT_TYPES] = {
#define MQTT_TYPE_ROW(number, name, flags, client)                             \
	[number] = { #name, flags, client },
	MQTT_TYPE_TABLE(MQTT_TYPE_ROW)
#undef MQTT_TYPE_ROW
};

/* ---- reading: null, or why it is malformed ---- */

static const char *
parse_will(struct unpack *u, unsigned flags, struct mqtt_connect *c)
{
	c->has_will = flags & 0x04;
	c->will_qos = flags >> 3 & 3;
	c->will_retain = flags & 0x20;
	if (!c->has_will)
		return c->will_qos > 0 || c->will_retain ?
		    "flags of a will without a will" :
		    NULL;
	if (c->will_qos > 2)
		return "QoS 3 for the will";
	c->will_topic = unpack_span(u, 2);
	c->will_payload = unpack_span(u, 2);
	if (!u->failed && !topic_is_valid(c->will_topic))
		return "the will's topic is not one to publish to";
	return NULL;
}

static const char *
parse_login(struct unpack *u, unsigned flags, struct mqtt_connect *c)
{
	if ((flags & 0xc0) == 0x40)
		return "a password without a user name";
	if (flags & 0x80)
		c->user = unpack_span(u, 2);
	if (flags & 0x40)
		c->password = unpack_span(u, 2);
	if (!text_is_valid(c->user))
		return "the user name is not UTF-8";
	return NULL;
}

/* Before the level is known to be ours, nothing behind it is looked at. */
static const char *
parse_level(struct unpack *u, struct mqtt_state *st)
{
	struct wm_span name = unpack_span(u, 2);
	uint64_t level = unpack_uint(u, 1);
	bool ours = name.len == 4 && memcmp(name.data, "MQTT", 4) == 0;
	bool older = name.len == 6 && memcmp(name.data, "MQIsdp", 6) == 0;

	if (!ours && !older)
		return "not the protocol MQTT";
	if (older || (!u->failed && level != 4)) {
		st->refusal = MQTT_BAD_VERSION;
		return "not MQTT 3.1.1";
	}
	return NULL;
}

static const char *
parse_connect(struct unpack *u, struct mqtt_state *st)
{
	struct mqtt_connect *c = &st->packet.connect;
	const char *why;
	unsigned flags;

	if ((why = parse_level(u, st)) != NULL)
		return why;
	flags = (unsigned)unpack_uint(u, 1);
	c->clean = flags & 0x02;
	c->keep_alive = (uint16_t)unpack_uint(u, 2);
	c->client_id = unpack_span(u, 2);
	if (flags & 0x01)
		return "a reserved flag of CONNECT is set";
	if (!text_is_valid(c->client_id))
		return "the client id is not UTF-8";
	if ((why = parse_will(u, flags, c)) != NULL ||
	    (why = parse_login(u, flags, c)) != NULL)
		return why;
	if (!u->failed && c->client_id.len == 0 && !c->clean) {
		st->refusal = MQTT_BAD_CLIENT_ID; /* [MQTT-3.1.3-8] */
		return "a session to keep, but no client id";
	}
	return NULL;
}

static const char *
parse_publish(struct unpack *u, struct mqtt_packet *p, unsigned flags)
{
	p->qos = flags >> 1 & 3;
	p->dup = flags & 8;
	p->retain = flags & 1;
	if (p->qos > 2)
		return "QoS 3";
	if (p->qos == 0 && p->dup)
		return "DUP with QoS 0";
	p->topic = unpack_span(u, 2);
	if (p->qos > 0)
		p->id = (uint16_t)unpack_uint(u, 2);
	p->payload = unpack_rest(u);
	if (!u->failed && !topic_is_valid(p->topic))
		return "not a topic to publish to";
	return NULL;
}

static const char *
parse_filters(struct unpack *u, struct mqtt_packet *p)
{
	struct unpack rest;
	struct wm_span name;
	uint64_t qos = 0;

	p->id = (uint16_t)unpack_uint(u, 2);
	p->payload = unpack_rest(u);
	rest = (struct unpack)UNPACK_INIT(p->payload.data, p->payload.len);
	if (!u->failed && p->payload.len == 0)
		return "no topic filter"; /* [MQTT-3.8.3-3], [MQTT-3.10.3-2] */
	while (!u->failed && unpack_left(&rest) > 0) {
		name = unpack_span(&rest, 2);
		if (p->type == MQTT_SUBSCRIBE)
			qos = unpack_uint(&rest, 1);
		if (rest.failed)
			u->failed = true;
		else if (!filter_is_valid(name))
			return "not a topic filter";
		else if (qos > 2)
			return "a filter's QoS is not 0, 1 or 2";
	}
	return NULL;
}

static const char *
parse_body(struct mqtt_state *st, unsigned flags, struct unpack *u)
{
	struct mqtt_packet *p = &st->packet;

	switch (p->type) {
	case MQTT_CONNECT:
		return parse_connect(u, st);
	case MQTT_PUBLISH:
		return parse_publish(u, p, flags);
	case MQTT_SUBSCRIBE:
	case MQTT_UNSUBSCRIBE:
		return parse_filters(u, p);
	case MQTT_PUBACK:
	case MQTT_PUBREC:
	case MQTT_PUBREL:
	case MQTT_PUBCOMP:
		p->id = (uint16_t)unpack_uint(u, 2);
		return NULL;
	default: /* PINGREQ, DISCONNECT: nothing */
		return NULL;
	}
}

static bool
parse_has_id(const struct mqtt_packet *p)
{
	return (p->type >= MQTT_PUBACK && p->type <= MQTT_UNSUBSCRIBE) ||
	    (p->type == MQTT_PUBLISH && p->qos > 0);
}

static const char *
parse_packet(struct mqtt_state *st, unsigned first, struct wm_span body)
{
	struct unpack u = UNPACK_INIT(body.data, body.len);
	const char *why;

	memset(&st->packet, 0, sizeof(st->packet));
	st->packet.type = (enum mqtt_type)(first >> 4);
	if ((why = parse_body(st, first & 15, &u)) != NULL)
		return why;
	if (u.failed)
		return "the packet is shorter than what it says";
	if (unpack_left(&u) > 0)
		return "the packet is longer than what it says";
	if (parse_has_id(&st->packet) && st->packet.id == 0)
		return "packet identifier 0"; /* [MQTT-2.3.1-1] */
	return NULL;
}

/* What the first byte alone tells. */
static const char *
parse_first(const struct mqtt_state *st, unsigned first)
{
	unsigned type = first >> 4;

	if (type == 0 || type >= MQTT_TYPES)
		return "a reserved packet type";
	if (!mqtt_types[type].client)
		return "a packet that only servers send";
	if (type != MQTT_PUBLISH && (first & 15) != mqtt_types[type].flags)
		return "reserved flags"; /* [MQTT-2.2.2-2] */
	if (!st->connected && type != MQTT_CONNECT)
		return "the first packet is not CONNECT"; /* [MQTT-3.1.0-1] */
	if (st->connected && type == MQTT_CONNECT)
		return "a second CONNECT"; /* [MQTT-3.1.0-2] */
	return NULL;
}

/* Bytes of the whole packet; 0: not known yet; 1: over four bytes long. */
static size_t
parse_length(const unsigned char *p, size_t len)
{
	size_t i, value = 0;

	for (i = 1; i < len && i < MQTT_HEADER_MAX; i++) {
		value |= (size_t)(p[i] & 0x7f) << 7 * (i - 1);
		if ((p[i] & 0x80) == 0)
			return i + 1 + value;
	}
	return i < MQTT_HEADER_MAX ? 0 : 1;
}

bool
mqtt_next_filter(const struct mqtt_packet *p, size_t *pos,
    struct mqtt_filter *filter_r)
{
	struct unpack u = UNPACK_INIT(p->payload.data, p->payload.len);

	if (*pos >= p->payload.len)
		return false;
	u.p += *pos;
	filter_r->name = unpack_span(&u, 2);
	filter_r->qos =
	    p->type == MQTT_SUBSCRIBE ? (uint8_t)unpack_uint(&u, 1) : 0;
	*pos = (size_t)(u.p - p->payload.data);
	return true;
}

/* ---- writing ---- */

static void
build_publish(const struct mqtt_packet *p, struct wm_buf *out)
{
	pack_span(out, p->topic, 2);
	if (p->qos > 0)
		pack_uint(out, p->id, 2);
	wm_buf_put(out, p->payload.data, p->payload.len);
}

static size_t
build_length(const struct mqtt_packet *p)
{
	switch (p->type) {
	case MQTT_PUBLISH:
		return 2 + p->topic.len + (p->qos > 0 ? 2 : 0) + p->payload.len;
	case MQTT_SUBACK:
		return 2 + p->payload.len;
	case MQTT_PINGRESP:
		return 0;
	default:
		return 2;
	}
}

static int
mqtt_encode(struct wm_conn *c, void *state, const struct wm_msg *m,
    struct wm_buf *out)
{
	const struct mqtt_packet *p = m->view;
	unsigned char header[MQTT_HEADER_MAX];
	size_t n = 1, length;

	(void)c, (void)state;
	if (p == NULL || p->topic.len > UINT16_MAX)
		return WM_E_INVALID;
	if ((length = build_length(p)) > MQTT_LENGTH_MAX)
		return WM_E_TOO_BIG;
	header[0] = (unsigned char)(p->type << 4 | mqtt_types[p->type].flags);
	if (p->type == MQTT_PUBLISH)
		header[0] |=
		    (unsigned char)(p->dup << 3 | p->qos << 1 | p->retain);
	for (size_t rest = length; n == 1 || rest > 0; rest >>= 7)
		header[n++] =
		    (unsigned char)((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
	wm_buf_put(out, header, n);
	if (p->type == MQTT_PUBLISH)
		build_publish(p, out);
	else if (p->type == MQTT_CONNACK)
		pack_uint(out, (uint64_t)p->present << 8 | p->code, 2);
	else if (length > 0) {
		pack_uint(out, p->id, 2);
		wm_buf_put(out, p->payload.data, p->payload.len);
	}
	return 0;
}

/* ---- the protocol ---- */

static int
mqtt_open(struct wm_conn *c, void *state)
{
	(void)state;
	wm_conn_set_deadline(c, 0, wm_conn_limits(c)->handshake_ms);
	return 0;
}

static int
mqtt_decode(struct wm_conn *c, void *state, struct wm_input *in,
    struct wm_msg *msg)
{
	unsigned char *p = (unsigned char *)in->data;
	struct mqtt_state *st = state;
	size_t body, total;

	if ((st->why = parse_first(st, p[0])) != NULL)
		return WM_E_PROTOCOL;
	if ((total = parse_length(p, in->len)) == 0)
		return WM_MORE;
	if (total == 1) {
		st->why = "a remaining length of more than four bytes";
		return WM_E_PROTOCOL;
	}
	if (in->len < total) {
		in->need = total;
		return WM_MORE;
	}
	for (body = 1; (p[body] & 0x80) != 0; body++)
		continue;
	body++;
	st->why = parse_packet(st, p[0],
	    (struct wm_span){ in->data + body, total - body });
	if (st->why != NULL)
		return WM_E_PROTOCOL;
	if (st->packet.type == MQTT_CONNECT) {
		st->connected = true;
		st->keep_ms = st->packet.connect.keep_alive * 1500u;
	}
	if (wm_conn_protocol(c) == &mqtt_protocol) /* else see link.c */
		wm_conn_set_deadline(c, 0, st->keep_ms);
	in->used = total;
	msg->data = in->data;
	msg->len = total;
	msg->view = &st->packet;
	return WM_MESSAGE;
}

/* MQTT 3.1.1 has no last words of a server but a CONNACK that refuses; why a
   client was closed, its owner finds in the log. */
static int
mqtt_farewell(struct wm_conn *c, void *state, enum wm_close_reason reason,
    struct wm_buf *out)
{
	struct mqtt_state *st = state;
	struct mqtt_packet answer = { .type = MQTT_CONNACK,
		.code = st->refusal };
	const char *why = st->why;
	char peer[WM_ADDRESS_MAX];

	if (reason == WM_CLOSE_APPLICATION || reason == WM_CLOSE_SHUTDOWN)
		return WM_BYE;
	if (why == NULL && reason == WM_CLOSE_TIMEOUT)
		why = st->connected ? "silent for longer than its keep-alive" :
				      "no CONNECT in time";
	wm_log(WM_LOG_INFO, "%s closed: %s",
	    wm_conn_peer(c, peer, sizeof(peer)),
	    why != NULL ? why : wm_close_reason_text(reason));
	if (st->refusal != 0)
		mqtt_encode(c, st, &(struct wm_msg){ .view = &answer }, out);
	return WM_BYE;
}

/* Between packets nothing else of the state counts. */
static int
mqtt_freeze(struct wm_conn *c, void *state, struct wm_freezer *f)
{
	const struct mqtt_state *st = state;

	(void)c;
	wm_freeze_number(f, st->connected);
	wm_freeze_number(f, st->keep_ms);
	return 0;
}

static int
mqtt_thaw(struct wm_conn *c, void *state, unsigned version, struct wm_thawer *t)
{
	struct mqtt_state *st = state;

	(void)c;
	if (version != MQTT_STATE_VERSION)
		return WM_E_VERSION;
	st->connected = wm_thaw_number(t) != 0;
	st->keep_ms = (uint32_t)wm_thaw_number(t);
	return wm_thaw_ok(t) ? 0 : WM_E_PROTOCOL;
}

const struct wm_protocol mqtt_protocol = {
	.name = "mqtt",
	.abi = WM_PROTOCOL_ABI,
	.state_version = MQTT_STATE_VERSION,
	.state_size = sizeof(struct mqtt_state),
	.overhead = MQTT_HEADER_MAX,
	.open = mqtt_open,
	.decode = mqtt_decode,
	.encode = mqtt_encode,
	.farewell = mqtt_farewell,
	.freeze = mqtt_freeze,
	.thaw = mqtt_thaw,
};

uint32_t
mqtt_keep_alive_ms(const void *state)
{
	const struct mqtt_state *st = state;

	return st->keep_ms;
}

const struct mqtt_packet *
mqtt_packet(const struct wm_msg *m)
{
	return m->protocol == &mqtt_protocol ? m->view : NULL;
}
