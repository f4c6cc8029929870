/* SPDX-License-Identifier: MIT */
/* Digests, base64 and random bytes of <workerman/digest.h>, by OpenSSL. */
#include "config.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <string.h>

#include <workerman/digest.h>
#include <workerman/error.h>

int
wm_sha1(const void *data, size_t len, unsigned char out[WM_SHA1_LEN])
{
	return EVP_Digest(data, len, out, NULL, EVP_sha1(), NULL) == 1 ?
	    0 :
	    WM_E_SYSTEM;
}

int
wm_sha256(const void *data, size_t len, unsigned char out[WM_SHA256_LEN])
{
	return EVP_Digest(data, len, out, NULL, EVP_sha256(), NULL) == 1 ?
	    0 :
	    WM_E_SYSTEM;
}

size_t
wm_base64_encode(const void *data, size_t len, char *out)
{
	return (size_t)EVP_EncodeBlock((unsigned char *)out, data, (int)len);
}

/* The value of a base64 digit, or -1. */
static int
base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Canonical: only digits, at most two '=' at the end, no stray bits. */
static int
base64_padding(const char *text, size_t len)
{
	int padding = 0, last;

	while (padding < 2 && text[len - 1 - (size_t)padding] == '=')
		padding++;
	for (size_t i = 0; i < len - (size_t)padding; i++)
		if (base64_value(text[i]) < 0)
			return WM_E_INVALID;
	last = base64_value(text[len - 1 - (size_t)padding]);
	if ((padding == 1 && (last & 3) != 0) ||
	    (padding == 2 && (last & 15) != 0))
		return WM_E_INVALID;
	return padding;
}

int
wm_base64_decode(const char *text, size_t len, void *out)
{
	unsigned char *p = out;
	int padding;

	if (len == 0)
		return 0;
	if (len % 4 != 0 || len > 1u << 30)
		return WM_E_INVALID;
	padding = base64_padding(text, len);
	if (padding < 0)
		return padding;
	for (size_t i = 0; i < len; i += 4) {
		uint32_t bits = 0;
		int n = i + 4 == len ? 3 - padding : 3;

		for (size_t k = 0; k < 4; k++) {
			int v = base64_value(text[i + k]);

			bits = bits << 6 | (uint32_t)(v > 0 ? v : 0);
		}
		for (int k = 0; k < n; k++)
			*p++ = (unsigned char)(bits >> (16 - 8 * k));
	}
	return (int)(p - (unsigned char *)out);
}

int
wm_random(void *out, size_t len)
{
	return RAND_bytes(out, (int)len) == 1 ? 0 : WM_E_SYSTEM;
}
