/* SPDX-License-Identifier: MIT */
/* Toy protocols: see toys.h. They see what any protocol sees. */
#include <string.h>

#include <workerman/conn.h>

#include "tests/support/toys.h"

#define TOY(toy, function)                                                     \
	const struct wm_protocol toy = {                                       \
		.name = "toy",                                                 \
		.abi = WM_PROTOCOL_ABI,                                        \
		.decode = function,                                            \
	}

/* ---- those that break the contract ---- */

static int
idle_decode(struct wm_conn *c, void *state, struct wm_input *in,
    struct wm_msg *msg)
{
	(void)c, (void)state, (void)in, (void)msg;
	return WM_USED;
}
TOY(toy_idle, idle_decode);

static int
empty_decode(struct wm_conn *c, void *state, struct wm_input *in,
    struct wm_msg *msg)
{
	(void)c, (void)state;
	msg->data = in->data;
	return WM_MESSAGE;
}
TOY(toy_empty, empty_decode);

static int
forgetful_decode(struct wm_conn *c, void *state, struct wm_input *in,
    struct wm_msg *msg)
{
	(void)c, (void)state, (void)msg;
	in->need = in->len;
	return WM_MORE;
}
TOY(toy_forgetful, forgetful_decode);

static int
overdrawn_decode(struct wm_conn *c, void *state, struct wm_input *in,
    struct wm_msg *msg)
{
	(void)c, (void)state, (void)msg;
	in->used = in->len + 1;
	return WM_USED;
}
TOY(toy_overdrawn, overdrawn_decode);

static int
inflating_decode(struct wm_conn *c, void *state, struct wm_input *in,
    struct wm_msg *msg)
{
	(void)c, (void)state, (void)msg;
	in->len += 100;
	in->used = 1;
	return WM_USED;
}
TOY(toy_inflating, inflating_decode);

static int
nibbler_decode(struct wm_conn *c, void *state, struct wm_input *in,
    struct wm_msg *msg)
{
	(void)c, (void)state, (void)msg;
	in->used = 1;
	return WM_MORE;
}
TOY(toy_nibbler, nibbler_decode);

static int
babbler_decode(struct wm_conn *c, void *state, struct wm_input *in,
    struct wm_msg *msg)
{
	(void)c, (void)state, (void)msg;
	in->used = 1;
	return 7;
}
TOY(toy_babbler, babbler_decode);

/* ---- those that ask for too much ---- */

static int
mute_decode(struct wm_conn *c, void *state, struct wm_input *in,
    struct wm_msg *msg)
{
	(void)c, (void)state, (void)in, (void)msg;
	return WM_MORE;
}
TOY(toy_mute, mute_decode);

static int
greedy_decode(struct wm_conn *c, void *state, struct wm_input *in,
    struct wm_msg *msg)
{
	(void)c, (void)state, (void)msg;
	in->need = (size_t)1 << 63;
	return WM_MORE;
}
TOY(toy_greedy, greedy_decode);

/* ---- those that fail ---- */

static int
failing_decode(struct wm_conn *c, void *state, struct wm_input *in,
    struct wm_msg *msg)
{
	(void)c, (void)state, (void)msg;
	return -(int)(unsigned char)in->data[0];
}
TOY(toy_failing, failing_decode);

static int
refusing_open(struct wm_conn *c, void *state)
{
	(void)c, (void)state;
	return WM_E_POLICY;
}

const struct wm_protocol toy_refusing = {
	.name = "toy",
	.abi = WM_PROTOCOL_ABI,
	.open = refusing_open,
	.decode = mute_decode,
};

/* ---- those that act ---- */

static void
acting_do(struct wm_conn *c, char what)
{
	switch (what) {
	case 'c':
		wm_conn_close(c);
		break;
	case 'd':
		wm_conn_destroy(c);
		break;
	case 'p':
		wm_conn_pause(c);
		break;
	case 's':
		wm_conn_send(c, "sent", 4);
		break;
	case 'w':
		wm_conn_set_protocol(c, &toy_counting, NULL, 0);
		break;
	default:
		break;
	}
}

static int
acting_decode(struct wm_conn *c, void *state, struct wm_input *in,
    struct wm_msg *msg)
{
	(void)state;
	acting_do(c, in->data[0]);
	msg->data = in->data;
	msg->len = in->used = 1;
	return WM_MESSAGE;
}
TOY(toy_acting, acting_decode);

static int
squeezing_decode(struct wm_conn *c, void *state, struct wm_input *in,
    struct wm_msg *msg)
{
	size_t len = 0;
	char *dot;

	(void)c, (void)state;
	for (size_t i = 0; i < in->len; i++)
		if (in->data[i] != '-')
			in->data[len++] = in->data[i];
	in->len = len;
	dot = memchr(in->data, '.', len);
	if (dot == NULL)
		return WM_MORE;
	msg->data = in->data;
	msg->len = (size_t)(dot - in->data);
	in->used = msg->len + 1;
	return WM_MESSAGE;
}
TOY(toy_squeezing, squeezing_decode);

static int
counting_decode(struct wm_conn *c, void *state, struct wm_input *in,
    struct wm_msg *msg)
{
	unsigned *calls = state;
	const char *dot = memchr(in->data + in->seen, '.', in->len - in->seen);

	(void)c;
	++*calls;
	msg->data = in->data;
	if (dot != NULL) {
		msg->len = (size_t)(dot - in->data);
		in->used = msg->len + 1;
		return WM_MESSAGE;
	}
	if (!(in->flags & WM_IN_EOF))
		return WM_MORE;
	msg->len = in->len;
	return WM_MESSAGE;
}

const struct wm_protocol toy_counting = {
	.name = "toy",
	.abi = WM_PROTOCOL_ABI,
	.state_size = sizeof(unsigned),
	.decode = counting_decode,
};

/* ---- those that say goodbye, and rise ---- */

static bool
line_is(const struct wm_msg *msg, const char *word)
{
	return msg->len == strlen(word) &&
	    memcmp(msg->data, word, msg->len) == 0;
}

static int
polite_decode(struct wm_conn *c, void *state, struct wm_input *in,
    struct wm_msg *msg)
{
	int result = wm_protocol_text.decode(c, state, in, msg);

	if (result != WM_MESSAGE)
		return result;
	if (line_is(msg, "bye")) {
		wm_conn_close_reason(c, WM_CLOSE_PEER);
		return WM_USED;
	}
	if (line_is(msg, "slow"))
		wm_conn_set_deadline(c, 7, 3000);
	else if (line_is(msg, "hold"))
		wm_conn_hold(c);
	else if (line_is(msg, "go"))
		wm_conn_release(c);
	return WM_MESSAGE;
}

static int
polite_encode(struct wm_conn *c, void *state, const struct wm_msg *msg,
    struct wm_buf *out)
{
	return wm_protocol_text.encode(c, state, msg, out);
}

static int
polite_farewell(struct wm_conn *c, void *state, enum wm_close_reason reason,
    struct wm_buf *out)
{
	(void)c, (void)state;
	wm_buf_printf(out, "bye %s\n", wm_close_reason_word(reason));
	return WM_BYE_AWAIT;
}

static void
polite_deadline(struct wm_conn *c, void *state, unsigned which)
{
	(void)state;
	wm_conn_send(c, which == 7 ? "late" : "wrong", which == 7 ? 4 : 5);
}

const struct wm_protocol toy_polite = {
	.name = "polite",
	.abi = WM_PROTOCOL_ABI,
	.decode = polite_decode,
	.encode = polite_encode,
	.farewell = polite_farewell,
	.deadline = polite_deadline,
};

static void
rising_upgrade(struct wm_conn *c, const struct wm_msg *msg)
{
	if (line_is(msg, "up"))
		wm_conn_set_protocol(c, &toy_polite, NULL, 0);
	else
		wm_conn_send(c, "no", 2);
}

const struct wm_protocol toy_rising = {
	.name = "rising",
	.abi = WM_PROTOCOL_ABI,
	.begins_as = &wm_protocol_text,
	.upgrade = rising_upgrade,
	.decode = polite_decode,
	.encode = polite_encode,
};
