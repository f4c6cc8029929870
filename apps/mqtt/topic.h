/* SPDX-License-Identifier: MIT */
/*
 * Topic names and topic filters as text (MQTT 3.1.1, sections 1.5.3 and 4.7).
 */
#ifndef MQTT_TOPIC_H
#define MQTT_TOPIC_H

#include <workerman/buf.h>

/* UTF-8 without U+0000 and surrogates [MQTT-1.5.3-1, -2]. */
bool text_is_valid(struct wm_span s);

/* A name to publish to: not empty, no wildcards. */
bool topic_is_valid(struct wm_span s);

/* A filter: '+' and '#' fill a level, '#' is the last one. */
bool filter_is_valid(struct wm_span s);

/* Whether a valid filter matches a valid name. A wildcard in front does not
   match a name that begins with '$'. */
bool filter_matches(struct wm_span filter, struct wm_span topic);

bool filter_has_wildcard(struct wm_span filter);
size_t filter_levels(struct wm_span filter);

/*
 * Takes the first level off *s; "a/" has two, the second one empty. Behind
 * the last, *s has null data, and the next call returns false.
 */
bool topic_next_level(struct wm_span *s, struct wm_span *level_r);

#endif
