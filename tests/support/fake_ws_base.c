/* SPDX-License-Identifier: MIT */
/*
 * Responsible for the buffer, the digests and the names of reasons that
 * websocket and its tests use, as the public headers describe them.
 */
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include <workerman/buf.h>
#include <workerman/digest.h>
#include <workerman/error.h>

char *
wm_buf_reserve(struct wm_buf *b, size_t len)
{
	size_t cap = b->cap > 0 ? b->cap : 64;
	char *p;

	if (b->failed)
		return NULL;
	while (cap - b->len < len)
		cap *= 2;
	if (cap != b->cap) {
		if ((p = realloc(b->data, cap)) == NULL) {
			b->failed = true;
			return NULL;
		}
		b->data = p;
		b->cap = cap;
	}
	return b->data + b->len;
}

void
wm_buf_consume(struct wm_buf *b, size_t len)
{
	b->len -= len;
	if (b->len > 0)
		memmove(b->data, b->data + len, b->len);
}

void
wm_buf_fini(struct wm_buf *b)
{
	free(b->data);
	memset(b, 0, sizeof(*b));
}

const char *
wm_close_reason_word(enum wm_close_reason reason)
{
	static const char *const table[] = {
#define WORD(name, word, text) word,
		WM_CLOSE_TABLE(WORD)
#undef WORD
	};

	return table[reason];
}

int
wm_sha1(const void *data, size_t len, unsigned char out[WM_SHA1_LEN])
{
	return EVP_Digest(data, len, out, NULL, EVP_sha1(), NULL) == 1 ?
	    0 :
	    WM_E_SYSTEM;
}

size_t
wm_base64_encode(const void *data, size_t len, char *out)
{
	return (size_t)EVP_EncodeBlock((unsigned char *)out, data, (int)len);
}

/* Canonical: what encodes to the same text again. */
int
wm_base64_decode(const char *text, size_t len, void *out)
{
	unsigned char bytes[192];
	char again[257];
	int n;

	if (len % 4 != 0 || len > 256)
		return WM_E_INVALID;
	n = EVP_DecodeBlock(bytes, (const unsigned char *)text, (int)len);
	if (n < 0)
		return WM_E_INVALID;
	while (n > 0 && len > 0 && text[len - 1] == '=') {
		n--;
		if (len >= 2 && text[len - 2] == '=')
			n--;
		break;
	}
	if (wm_base64_encode(bytes, (size_t)n, again) != len ||
	    memcmp(again, text, len) != 0)
		return WM_E_INVALID;
	memcpy(out, bytes, (size_t)n);
	return n;
}
