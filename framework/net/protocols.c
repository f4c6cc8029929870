/* SPDX-License-Identifier: MIT */
/* Finding a protocol by name. */
#include "config.h"

#include <string.h>

#include "framework/net/protocols.h"

const struct wm_protocol *
wm__protocol_find(const struct wm_protocol *const *own, const char *scheme)
{
	for (size_t i = 0; own != NULL && own[i] != NULL; i++)
		if (strcmp(own[i]->name, scheme) == 0)
			return own[i];
	for (size_t i = 0; wm_builtin_protocols[i] != NULL; i++)
		if (strcmp(wm_builtin_protocols[i]->name, scheme) == 0)
			return wm_builtin_protocols[i];
	return NULL;
}
