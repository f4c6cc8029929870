/* SPDX-License-Identifier: MIT */
/*
 * Sockets and OpenSSL. Knows nothing of what is said.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "die.h"
#include "link.h"

#define SPREAD     32        /* local addresses */
#define ONE_RECORD (1 << 14) /* bytes */

static SSL_CTX *context;

static void
set(int fd, int level, int option)
{
	int on = 1;

	if (setsockopt(fd, level, option, &on, sizeof(on)) < 0)
		die_errno("setsockopt");
}

static struct sockaddr_in
loopback(uint32_t host, unsigned port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK + host) };
}

static void
bind_somewhere(int fd)
{
	static uint32_t turn;
	struct sockaddr_in from = loopback(1 + turn++ % SPREAD, 0);

	set(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT);
	if (bind(fd, (struct sockaddr *)&from, sizeof(from)) < 0)
		die_errno("bind");
}

void
link_connect(struct link *l, unsigned port, bool spread)
{
	struct sockaddr_in to = loopback(0, port);

	l->tls = NULL;
	l->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (l->fd < 0)
		die_errno("socket");
	set(l->fd, IPPROTO_TCP, TCP_NODELAY);
	if (spread)
		bind_somewhere(l->fd);
	if (connect(l->fd, (struct sockaddr *)&to, sizeof(to)) < 0 &&
	    errno != EINPROGRESS)
		die_errno("connect");
}

void
link_connected(const struct link *l)
{
	socklen_t len = sizeof(errno);
	int error = 0;

	if (getsockopt(l->fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
		die_errno("getsockopt");
	errno = error;
	if (error != 0)
		die_errno("connect");
}

void
link_close(struct link *l)
{
	SSL_free(l->tls);
	l->tls = NULL;
	close(l->fd);
	l->fd = -1;
}

/* A key that was made for the measurement is nobody's: not verified. */
static SSL_CTX *
make_context(void)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

	if (ctx == NULL)
		die("OpenSSL: no context");
	SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_read_ahead(ctx, 1);
	SSL_CTX_set_mode(ctx,
	    SSL_MODE_ENABLE_PARTIAL_WRITE |
		SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
	return ctx;
}

void
link_tls(struct link *l)
{
	if (context == NULL)
		context = make_context();
	l->tls = SSL_new(context);
	if (l->tls == NULL || SSL_set_fd(l->tls, l->fd) != 1)
		die("OpenSSL: no connection");
	SSL_set_connect_state(l->tls);
}

/* What a call that gave `n` means: LINK_AGAIN, 0, or the end. */
static int
tls_result(const struct link *l, int n)
{
	switch (SSL_get_error(l->tls, n)) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		return LINK_AGAIN;
	case SSL_ERROR_ZERO_RETURN:
		return 0;
	default:
		die("TLS: %s", ERR_reason_error_string(ERR_peek_error()));
	}
}

bool
link_shake(struct link *l)
{
	int n;

	ERR_clear_error();
	n = SSL_do_handshake(l->tls);
	return n == 1 || tls_result(l, n) != LINK_AGAIN;
}

ssize_t
link_read(struct link *l, void *buf, size_t size)
{
	ssize_t n;

	if (l->tls != NULL) {
		ERR_clear_error();
		n = SSL_read(l->tls, buf, (int)size);
		return n > 0 ? n : tls_result(l, (int)n);
	}
	n = recv(l->fd, buf, size, 0);
	if (n < 0 && errno == EAGAIN)
		return LINK_AGAIN;
	if (n < 0)
		die_errno("recv");
	return n;
}

ssize_t
link_write(struct link *l, const void *buf, size_t len)
{
	ssize_t n;

	if (l->tls != NULL) {
		ERR_clear_error();
		n = SSL_write(l->tls, buf,
		    (int)(len < ONE_RECORD ? len : ONE_RECORD));
		return n > 0 ? n : tls_result(l, (int)n);
	}
	n = send(l->fd, buf, len, MSG_NOSIGNAL);
	if (n < 0 && errno == EAGAIN)
		return LINK_AGAIN;
	if (n < 0)
		die_errno("send");
	return n;
}
