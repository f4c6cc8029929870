/* SPDX-License-Identifier: MIT */
/*
 * OpenSSL, and nothing else.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "secure.h"

static SSL_CTX *context;

int
secure_setup(const char *cert, const char *key)
{
	context = SSL_CTX_new(TLS_server_method());
	if (context == NULL ||
	    SSL_CTX_use_certificate_chain_file(context, cert) != 1 ||
	    SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1) {
		ERR_print_errors_fp(stderr);
		return -1;
	}
	SSL_CTX_set_read_ahead(context, 1);
	SSL_CTX_set_num_tickets(context, 1);
	SSL_CTX_set_mode(context,
	    SSL_MODE_ENABLE_PARTIAL_WRITE |
		SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
	return 0;
}

bool
secure_on(void)
{
	return context != NULL;
}

SSL *
secure_new(int fd)
{
	SSL *tls = SSL_new(context);

	if (tls != NULL && SSL_set_fd(tls, fd) != 1)
		secure_free(tls), tls = NULL;
	if (tls != NULL)
		SSL_set_accept_state(tls);
	return tls;
}

void
secure_free(SSL *tls)
{
	SSL_free(tls);
}

static bool
waits(const SSL *tls, int n)
{
	int error = SSL_get_error(tls, n);

	return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
}

int
secure_shake(SSL *tls)
{
	int n;

	ERR_clear_error();
	n = SSL_do_handshake(tls);
	if (n == 1)
		return 1;
	return waits(tls, n) ? 0 : -1;
}

/* The result of a call in the terms of a socket. */
static ssize_t
result(const SSL *tls, int n)
{
	if (n > 0)
		return n;
	errno = waits(tls, n) ? EAGAIN : EIO;
	return -1;
}

static int
int_size(size_t size)
{
	return size > INT_MAX ? INT_MAX : (int)size;
}

ssize_t
secure_read(SSL *tls, void *buf, size_t size)
{
	ERR_clear_error();
	return result(tls, SSL_read(tls, buf, int_size(size)));
}

ssize_t
secure_write(SSL *tls, const void *buf, size_t len)
{
	ERR_clear_error();
	return result(tls, SSL_write(tls, buf, int_size(len)));
}

bool
secure_pending(const SSL *tls)
{
	return SSL_has_pending(tls) == 1;
}
