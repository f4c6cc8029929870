/* SPDX-License-Identifier: MIT */
#ifndef PARCEL_H
#define PARCEL_H

#include <workerman/protocol.h>

extern const struct wm_protocol parcel_protocol;

#endif
