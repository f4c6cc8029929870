/* SPDX-License-Identifier: MIT */
/*
 * Who was asked a question, and who has answered it. One who gave what it had
 * to its successor says so with its answer: then that one is to answer, too,
 * whether it is known yet or not, and whichever of the two is heard first.
 */
#ifndef MQTT_ASKED_H
#define MQTT_ASKED_H

#include <stdbool.h>
#include <stdint.h>

struct asked_run {
	uint64_t run, place;
	bool answered;
	bool later; /* not that run, but one that began in its place since */
};

struct asked {
	struct asked_run *all;
	unsigned n, answers;
};

/* All of these may lack memory; then it is as if nobody was to answer. */
void asked_add(struct asked *, uint64_t run, uint64_t place);
void asked_add_later(struct asked *, uint64_t run, uint64_t place);

/* It answered; it never will. */
void asked_answered(struct asked *, uint64_t run, uint64_t place);
void asked_gone(struct asked *, uint64_t run);

/* Whether nobody is missing, and at least so many have answered. */
bool asked_is_done(const struct asked *, unsigned least);

/* Forgets all. */
void asked_clear(struct asked *);

#endif
