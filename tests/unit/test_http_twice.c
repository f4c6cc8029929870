/* SPDX-License-Identifier: MIT */
/*
 * Our scan of a head against llhttp's, over heads that a generator puts
 * together and then damages. The fuzz target fuzz_http_head goes further.
 */
#include "tests/support/http_twice.h"
#include "tests/support/unit.h"

#include <workerman/buf.h>

#define ROUNDS 100000

static uint32_t seed;

static uint32_t
draw(uint32_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return seed % n;
}

#define DRAW(list) list[draw(sizeof(list) / sizeof(*(list)))]

static const char *const methods[] = { "GET", "HEAD", "POST", "PUT", "DELETE",
	"PATCH", "OPTIONS", "TRACE", "get" };

static const char *const targets[] = { "/", "*", "/a/b;c=d", "/a%20b?c=%2F",
	"/?a[b]={c|d}^`", "/a?b?c/d", "http://b:80/x?y", "HTTPS://b?y",
	"http://[::1]:1/", "http://%41.example/", "//a", "/a#b", "a",
	"/@:!$&'()*+,;=~-._" };

static const char *const versions[] = { "HTTP/1.1", "HTTP/1.1", "HTTP/1.0",
	"HTTP/2.0", "HTTP/1.10" };

static const char *const fields[] = { "Host: a", "hOsT: [::1]:80",
	"Content-Length: 0", "content-length:  0042 ", "Content-Length: 3\t",
	"Content-Length: 9223372036854775807", "Transfer-Encoding: chunked",
	"TRANSFER-ENCODING:CHUNKED ", "Connection: close",
	"Connection: keep-alive", "Connection: a, Close ,b",
	"connection:upgrade", "Connection: Keep-Alive, Upgrade",
	"Connection: closed, keep-alives", "Connection: ,, close\t,",
	"Proxy-Connection: close", "Upgrade: websocket",
	"Upgrade:", "Expect: 100-continue", "A:", "A: ", "X-Empty: \t ",
	"Set-Cookie: a=\"b\"; c", "X: \x80\xff\t\xc3\xa4", "!#$%&'*+-.^_`|~: 1",
	"Content-Lengths: 1", "Transfer-Encodin: g", "X:: :", "X:a\tb  " };

static const char *const debris[] = { "", "\r", "\n", "\r\n", " ", "\t", ",",
	":", "\x7f", "\x80", "close", "chunked", "Content-Length: 1\r\n" };

static void
put_head(struct wm_buf *b)
{
	size_t n = draw(6);

	b->len = 0;
	if (draw(8) == 0)
		wm_buf_puts(b, "\r\n");
	wm_buf_printf(b, "%s %s %s\r\n", DRAW(methods), DRAW(targets),
	    DRAW(versions));
	if (draw(8) != 0)
		wm_buf_puts(b, "Host: a\r\n");
	while (n-- > 0)
		wm_buf_printf(b, "%s\r\n", DRAW(fields));
	wm_buf_puts(b, "\r\n");
}

/* Another byte, or something else in place of a few. */
static void
damage(struct wm_buf *b)
{
	const char *with = DRAW(debris);
	size_t at = draw((uint32_t)b->len), gone = draw(3);
	struct wm_buf out = WM_BUF_INIT;

	if (draw(2) == 0) {
		b->data[at] = (char)draw(256);
		return;
	}
	if (gone > b->len - at)
		gone = b->len - at;
	wm_buf_put(&out, b->data, at);
	wm_buf_puts(&out, with);
	wm_buf_put(&out, b->data + at + gone, b->len - at - gone);
	wm_buf_fini(b);
	*b = out;
}

/* How many of the heads our scan took. */
static unsigned
compare_heads(unsigned damages)
{
	struct wm_buf b = WM_BUF_INIT;
	unsigned i, k, taken = 0;
	const char *why;

	seed = 2463534242u;
	for (i = 0; i < ROUNDS; i++) {
		put_head(&b);
		for (k = 0; k < damages; k++)
			damage(&b);
		if (!http_twice(b.data, b.len, &why))
			continue;
		taken++;
		if (why != NULL)
			fail_msg("%s\n%.*s", why, (int)b.len, b.data);
	}
	wm_buf_fini(&b);
	return taken;
}

static void
llhttp_reads_the_same_in_heads_of_good_parts(void **state)
{
	(void)state;
	assert_in_range(compare_heads(0), ROUNDS / 10, ROUNDS / 2);
}

static void
llhttp_reads_the_same_in_damaged_heads(void **state)
{
	(void)state;
	assert_in_range(compare_heads(1), ROUNDS / 20, ROUNDS / 2);
	assert_in_range(compare_heads(3), ROUNDS / 500, ROUNDS / 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(llhttp_reads_the_same_in_heads_of_good_parts),
		cmocka_unit_test(llhttp_reads_the_same_in_damaged_heads),
	};

	return UNIT_RUN(tests);
}
