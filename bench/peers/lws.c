/* SPDX-License-Identifier: MIT */
/*
 * libwebsockets' place in the comparison: GET /plaintext, and WebSocket echo,
 * as its examples write it.
 *
 *	lws PORT
 */
#include <libwebsockets.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define GREETING  "Hello, World!"
#define DATE_LEN  29
#define RX_BUFFER 65536

/* A message of a WebSocket that is to be echoed. */
struct session {
	unsigned char *message; /* LWS_PRE bytes before it */
	size_t len, size;
	bool binary, waits;
};

static const char *
date(void)
{
	static char text[DATE_LEN + 1];
	static time_t of;
	time_t now = time(NULL);

	if (now != of)
		strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT",
		    gmtime(&now));
	of = now;
	return text;
}

static int
answer_head(struct lws *wsi)
{
	unsigned char head[LWS_PRE + 512], *start = head + LWS_PRE;
	unsigned char *p = start, *end = head + sizeof(head);

	if (lws_add_http_common_headers(wsi, HTTP_STATUS_OK, "text/plain",
		sizeof(GREETING) - 1, &p, end) ||
	    lws_add_http_header_by_token(wsi, WSI_TOKEN_HTTP_DATE,
		(const unsigned char *)date(), DATE_LEN, &p, end) ||
	    lws_finalize_write_http_header(wsi, start, &p, end))
		return 1;
	lws_callback_on_writable(wsi);
	return 0;
}

static int
answer_body(struct lws *wsi)
{
	unsigned char body[LWS_PRE + sizeof(GREETING)];
	size_t len = sizeof(GREETING) - 1;

	memcpy(body + LWS_PRE, GREETING, len);
	if (lws_write(wsi, body + LWS_PRE, len, LWS_WRITE_HTTP_FINAL) !=
	    (int)len)
		return 1;
	return lws_http_transaction_completed(wsi);
}

static int
on_http(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
    size_t len)
{
	switch (reason) {
	case LWS_CALLBACK_HTTP:
		return answer_head(wsi);
	case LWS_CALLBACK_HTTP_WRITEABLE:
		return answer_body(wsi);
	default:
		return lws_callback_http_dummy(wsi, reason, user, in, len);
	}
}

static int
gather(struct lws *wsi, struct session *s, const void *bytes, size_t len)
{
	if (lws_is_first_fragment(wsi))
		s->len = 0;
	if (s->len + len > s->size) {
		s->size = s->len + len + lws_remaining_packet_payload(wsi);
		s->message = realloc(s->message, LWS_PRE + s->size);
		if (s->message == NULL)
			return -1;
	}
	memcpy(s->message + LWS_PRE + s->len, bytes, len);
	s->len += len;
	if (!lws_is_final_fragment(wsi))
		return 0;
	s->binary = lws_frame_is_binary(wsi);
	s->waits = true;
	lws_callback_on_writable(wsi);
	return 0;
}

static int
echo(struct lws *wsi, struct session *s)
{
	if (!s->waits)
		return 0;
	s->waits = false;
	return lws_write(wsi, s->message + LWS_PRE, s->len,
		   s->binary ? LWS_WRITE_BINARY : LWS_WRITE_TEXT) <
		(int)s->len ?
	    -1 :
	    0;
}

static int
on_websocket(struct lws *wsi, enum lws_callback_reasons reason, void *user,
    void *in, size_t len)
{
	struct session *s = user;

	switch (reason) {
	case LWS_CALLBACK_RECEIVE:
		return gather(wsi, s, in, len);
	case LWS_CALLBACK_SERVER_WRITEABLE:
		return echo(wsi, s);
	case LWS_CALLBACK_CLOSED:
		free(s->message);
		s->message = NULL;
		return 0;
	default:
		return 0;
	}
}

/* Requests without Sec-WebSocket-Protocol get the protocol that is named as
   the default of the virtual host. */
static const struct lws_protocols protocols[] = {
	{ .name = "http", .callback = on_http },
	{ .name = "echo",
	    .callback = on_websocket,
	    .per_session_data_size = sizeof(struct session),
	    .rx_buffer_size = RX_BUFFER },
	{ .name = NULL },
};

static const struct lws_protocol_vhost_options as_default = {
	.name = "default",
	.value = "1",
};

static const struct lws_protocol_vhost_options options = {
	.name = "echo",
	.value = "",
	.options = &as_default,
};

int
main(int argc, char **argv)
{
	struct lws_context_creation_info info = { .iface = "127.0.0.1",
		.protocols = protocols,
		.pvo = &options,
		.keepalive_timeout = 600,
		.options = LWS_SERVER_OPTION_DISABLE_IPV6 };
	struct lws_context *context;
	int status = 0;

	if (argc != 2) {
		fputs("usage: lws PORT\n", stderr);
		return 2;
	}
	info.port = atoi(argv[1]);
	lws_set_log_level(LLL_ERR, NULL);
	context = lws_create_context(&info);
	if (context == NULL)
		return 1;
	while (status >= 0)
		status = lws_service(context, 0);
	lws_context_destroy(context);
	return 1;
}
