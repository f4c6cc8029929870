/* SPDX-License-Identifier: MIT */
/*
 * What every public header needs: the export mark and small helpers.
 */
#ifndef WORKERMAN_API_H
#define WORKERMAN_API_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define WM_BEGIN_DECLS extern "C" {
#define WM_END_DECLS   }
#else
#define WM_BEGIN_DECLS
#define WM_END_DECLS
#endif

#if defined(__GNUC__)
#define WM_API               __attribute__((visibility("default")))
#define WM_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define WM_API
#define WM_PRINTF(fmt, args)
#endif

/* A span of bytes that somebody else owns; not terminated by a NUL. */
struct wm_span {
	const char *data;
	size_t len;
};

#endif
