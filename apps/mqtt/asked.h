/* SPDX-License-Identifier: MIT */
/*
 * Who was asked a question, and who has answered it. One who has passed what
 * it had to another one passes the question on as well, behind what it gave:
 * so one more answer is to come, which says by whom it was passed on. The two
 * may be heard in any order. And one who ended before it was asked may have
 * left all to somebody in its place who is not known yet.
 */
#ifndef MQTT_ASKED_H
#define MQTT_ASKED_H

#include <stdbool.h>
#include <stdint.h>

struct asked_run {
	uint64_t run;
	uint64_t heirs; /* the place where one that began after it is to
			   answer; 0: it is asked itself */
	bool silent;    /* its own answer is awaited */
	bool answered;
	int passed; /* questions that it passed on, without their answers */
};

struct asked {
	struct asked_run *all;
	unsigned n, answers;
};

/* When memory runs out, it is as if the run was not asked. */
void asked_add(struct asked *, uint64_t run);

/* Whoever began there after that run. */
void asked_add_heir(struct asked *, uint64_t run, uint64_t place);

/* It answered; it never will: returns whether it should have. */
void asked_answered(struct asked *, uint64_t run, uint64_t place);
bool asked_gone(struct asked *, uint64_t run);

/* It has passed the question on; that one was answered. */
void asked_passed(struct asked *, uint64_t run);
void asked_relayed(struct asked *, uint64_t run);

/* Whether no answer is missing, and at least so many have answered. */
bool asked_is_done(const struct asked *, unsigned least);

/* Forgets all. */
void asked_clear(struct asked *);

#endif
