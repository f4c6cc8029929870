/* SPDX-License-Identifier: MIT */
/* Questions and who answers them: see asked.h. */
#include <stdlib.h>

#include "asked.h"

/* Its entry, a new one if need be; null without memory. */
static struct asked_run *
asked_of(struct asked *a, uint64_t run, uint64_t heirs)
{
	struct asked_run *more;
	unsigned i;

	for (i = 0; i < a->n; i++)
		if (a->all[i].run == run && a->all[i].heirs == heirs)
			return &a->all[i];
	more = realloc(a->all, (a->n + 1) * sizeof(*more));
	if (more == NULL)
		return NULL;
	a->all = more;
	a->all[a->n] = (struct asked_run){ .run = run, .heirs = heirs };
	return &a->all[a->n++];
}

void
asked_add(struct asked *a, uint64_t run)
{
	struct asked_run *r = asked_of(a, run, 0);

	if (r != NULL)
		r->silent = !r->answered;
}

void
asked_add_heir(struct asked *a, uint64_t run, uint64_t place)
{
	struct asked_run *r = asked_of(a, run, place);

	if (r != NULL)
		r->silent = !r->answered;
}

void
asked_answered(struct asked *a, uint64_t run, uint64_t place)
{
	struct asked_run *r = asked_of(a, run, 0);
	unsigned i;

	if (r == NULL)
		return;
	a->answers += !r->answered;
	r->answered = true;
	r->silent = false;
	for (i = 0; i < a->n; i++)
		if (a->all[i].heirs == place && run > a->all[i].run)
			a->all[i].silent = false;
}

bool
asked_gone(struct asked *a, uint64_t run)
{
	struct asked_run *r = asked_of(a, run, 0);
	bool silent = r != NULL && r->silent;

	if (r != NULL)
		r->silent = false;
	return silent;
}

void
asked_passed(struct asked *a, uint64_t run)
{
	struct asked_run *r = asked_of(a, run, 0);

	if (r != NULL)
		r->passed++;
}

void
asked_relayed(struct asked *a, uint64_t run)
{
	struct asked_run *r = asked_of(a, run, 0);

	if (r != NULL)
		r->passed--;
}

bool
asked_is_done(const struct asked *a, unsigned least)
{
	for (unsigned i = 0; i < a->n; i++)
		if (a->all[i].silent || a->all[i].passed != 0)
			return false;
	return a->answers >= least;
}

void
asked_clear(struct asked *a)
{
	free(a->all);
	*a = (struct asked){ NULL, 0, 0 };
}
