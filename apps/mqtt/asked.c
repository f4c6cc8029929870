/* SPDX-License-Identifier: MIT */
/* Questions and who answers them: see asked.h. */
#include <stdlib.h>

#include "asked.h"

static struct asked_run *
asked_find(struct asked *a, uint64_t run)
{
	for (unsigned i = 0; i < a->n; i++)
		if (a->all[i].run == run && !a->all[i].later)
			return &a->all[i];
	return NULL;
}

/* The one that stands for whoever began in that place since. */
static struct asked_run *
asked_find_later(struct asked *a, uint64_t place)
{
	for (unsigned i = 0; i < a->n; i++)
		if (a->all[i].place == place && a->all[i].later)
			return &a->all[i];
	return NULL;
}

static struct asked_run *
asked_append(struct asked *a, uint64_t run, uint64_t place)
{
	struct asked_run *more = realloc(a->all, (a->n + 1) * sizeof(*more));

	if (more == NULL)
		return NULL;
	a->all = more;
	a->all[a->n] = (struct asked_run){ run, place, false, false };
	return &a->all[a->n++];
}

void
asked_add(struct asked *a, uint64_t run, uint64_t place)
{
	if (asked_find(a, run) == NULL)
		asked_append(a, run, place);
}

void
asked_add_later(struct asked *a, uint64_t run, uint64_t place)
{
	struct asked_run *later;

	for (unsigned i = 0; i < a->n; i++)
		if (a->all[i].place == place && a->all[i].run > run)
			return; /* known: answered, or asked */
	later = asked_find_later(a, place);
	if (later == NULL && (later = asked_append(a, run, place)) == NULL)
		return;
	*later = (struct asked_run){ run, place, false, true };
}

void
asked_answered(struct asked *a, uint64_t run, uint64_t place)
{
	struct asked_run *r = asked_find(a, run);
	struct asked_run *later = asked_find_later(a, place);

	if (r == NULL && later != NULL && run > later->run) {
		later->run = run;
		later->later = false;
		r = later;
	}
	if (r == NULL)
		r = asked_append(a, run, place);
	if (r == NULL || r->answered)
		return;
	r->answered = true;
	a->answers++;
}

void
asked_gone(struct asked *a, uint64_t run)
{
	struct asked_run *r = asked_find(a, run);

	if (r != NULL)
		r->answered = true;
}

bool
asked_is_done(const struct asked *a, unsigned least)
{
	for (unsigned i = 0; i < a->n; i++)
		if (!a->all[i].answered)
			return false;
	return a->answers >= least;
}

void
asked_clear(struct asked *a)
{
	free(a->all);
	*a = (struct asked){ NULL, 0, 0 };
}
