/* SPDX-License-Identifier: MIT */
/*
 * Digests, encodings and random bytes for protocols, so that they need no
 * cryptographic library of their own.
 */
#ifndef WORKERMAN_DIGEST_H
#define WORKERMAN_DIGEST_H

#include <workerman/api.h>

WM_BEGIN_DECLS

#define WM_SHA1_LEN   20
#define WM_SHA256_LEN 32

/* Return 0, or WM_E_SYSTEM when the library refuses the algorithm. */
WM_API int wm_sha1(const void *data, size_t len,
    unsigned char out[WM_SHA1_LEN]);
WM_API int wm_sha256(const void *data, size_t len,
    unsigned char out[WM_SHA256_LEN]);

/*
 * Base64 (RFC 4648 section 4, padded). wm_base64_encode writes
 * WM_BASE64_LEN(len) characters and a NUL, and returns the length without
 * the NUL. wm_base64_decode writes at most len / 4 * 3 bytes and returns how
 * many, or WM_E_INVALID for anything but canonical padded base64.
 */
#define WM_BASE64_LEN(len) (((len) + 2) / 3 * 4)
WM_API size_t wm_base64_encode(const void *data, size_t len, char *out);
WM_API int wm_base64_decode(const char *text, size_t len, void *out);

/* Cryptographically strong. Returns 0 or WM_E_SYSTEM. */
WM_API int wm_random(void *out, size_t len);

WM_END_DECLS

#endif
