// SPDX-License-Identifier: GPL-2.0
/* A cause in a few words: see cause_show(). */
#include <ctype.h>
#include <string.h>

#include "cause_internal.h"
#include "utils.h"

static const char *or_unknown(const char *value, const char *unknown)
{
	return value && !name_is_unknown(value) ? value : unknown;
}

/* "function [module]" */
static char *show_function(const struct cause *cause)
{
	const char *function = or_unknown(cause->field[FIELD_FUNCTION], "code that is not known");
	const char *module = cause->field[FIELD_MODULE];

	return module && *module ? xprintf("%s [%s]", function, module) : xstrdup(function);
}

/* The kernel deals with breakpoints and errors of the hardware as with NMIs. */
static const char *show_nmi(const struct cause *cause)
{
	const char *path = cause->field[FIELD_PATH];

	if (path && (!strcmp(path, "exc_int3") || !strcmp(path, "exc_debug")))
		return "a breakpoint in the kernel took long";
	if (path && !strcmp(path, "exc_machine_check"))
		return "a machine check took long";
	return "a non-maskable interrupt (NMI) took long";
}

static char *show_span(const struct cause *cause, const char *function)
{
	const char *context = cause->field[FIELD_CONTEXT];
	const char *task = or_unknown(cause->field[FIELD_TASK], NULL);

	if (*cause->field[FIELD_WAITED])
		return xprintf("%s waited for a lock with interrupts off%s%s", function,
			       task ? ", in task " : "", task ? task : "");
	if (!strcmp(cause->field[FIELD_BY], "handler"))
		return xprintf("%s ran in an interrupt", function);
	if (!strcmp(context, "nmi"))
		return xstrdup(show_nmi(cause));
	if (!strcmp(context, "hardirq"))
		return xprintf("the interrupt %s took long", function);
	if (task)
		return xprintf("%s had interrupts off, in task %s", function, task);
	return xprintf("%s had interrupts off (%s)", function, context);
}

static char *show_ipi(const struct cause *cause, const char *function)
{
	const char *task = or_unknown(cause->field[FIELD_TASK], NULL);
	const char *caller = or_unknown(cause->field[FIELD_CALLER], "code that is not known");
	const char *work = or_unknown(cause->field[FIELD_WORK], NULL);
	bool called = !name_is_unknown(cause->field[FIELD_FUNCTION]);
	/* Work that a CPU has itself do, once its interrupts are on again */
	bool to_itself = set_count(&cause->cpus) == 1 && set_count(&cause->from) == 1 &&
			 set_is_subset(&cause->from, &cause->cpus);

	return xprintf("IPIs from CPU %s%s, %s%s%s, asked for by %s%s%s%s%s",
		       cause->field[FIELD_FROM], to_itself ? " to itself" : "",
		       cause->field[FIELD_KIND], called ? " of " : "", called ? function : "",
		       caller, task ? ", last in task " : "", task ? task : "",
		       work ? ", for the work " : "", work ? work : "");
}

static char *show_timer(const struct cause *cause, const char *function)
{
	const char *task = or_unknown(cause->field[FIELD_TASK], "tasks that are not known");
	const char *work = or_unknown(cause->field[FIELD_WORK], NULL);
	const char *what = work ? work : function;

	if (!strcmp(cause->field[FIELD_BY], "came"))
		return xprintf("timers of CPU %s, of %s (%s), came to it", cause->field[FIELD_FROM],
			       task, what);
	return xprintf("timers of %s (%s) left it for CPU %s", task, what,
		       cause->field[FIELD_FROM]);
}

static char *show_expiry(const struct cause *cause, const char *function)
{
	const char *work = or_unknown(cause->field[FIELD_WORK], NULL);
	const char *task = or_unknown(cause->field[FIELD_TASK], NULL);

	if (!strcmp(cause->field[FIELD_BY], "none"))
		return xstrdup("the interrupt of timers came there, and none expired");
	if (work)
		return xprintf("the timer of the work %s (%s) expired there", work, function);
	if (!task)
		return xprintf("the timer %s expired there", function);
	if (!strcmp(cause->field[FIELD_BY], "task"))
		return xprintf("timers of %s (%s) expired there while another task ran", task,
			       function);
	if (!strcmp(cause->field[FIELD_BY], "elsewhere"))
		return xprintf("the timer %s expired there for %s, which is elsewhere", function,
			       task);
	return xprintf("the timer %s expired there and woke up the thread %s", function, task);
}

/* So many of those that were late are named. */
#define NAMED_VICTIMS	3

static char *show_late(const struct cause *cause, const char *function)
{
	const char *task = or_unknown(cause->field[FIELD_TASK], NULL);
	size_t size;
	char *text;
	FILE *to = open_memstream(&text, &size);

	if (!to)
		fail("out of memory");
	/* It need not have taken most of the time: the table does not tell. */
	if (!strcmp(cause->field[FIELD_BY], "interrupt"))
		fprintf(to, "an interrupt in which %s ran longest", function);
	else
		fprintf(to, "%s%s%s", function, task ? ", in task " : "", task ? task : "");
	if (*cause->field[FIELD_WAITED])
		fprintf(to, " waited for a lock, and");
	fprintf(to, " made others late: ");
	for (unsigned int i = 0; i < cause->nr_victims && i < NAMED_VICTIMS; i++)
		fprintf(to, "%s%s (%s)", i ? ", " : "", cause->victim[i].name,
			cause->victim[i].kind);
	if (cause->nr_victims > NAMED_VICTIMS)
		fprintf(to, " and %u more", cause->nr_victims - NAMED_VICTIMS);
	fclose(to);
	return text;
}

char *cause_show(const struct cause *cause)
{
	char *function = show_function(cause), *text;
	const char *task = or_unknown(cause->field[FIELD_TASK], NULL);

	switch (cause->kind) {
	case CAUSE_SPAN:
		text = show_span(cause, function);
		break;
	case CAUSE_LINE:
		text = xprintf("interrupt line %s (%s) was held off by %s%s%s",
			       cause->field[FIELD_IRQ], cause->field[FIELD_NAME], function,
			       task ? ", in task " : "", task ? task : "");
		break;
	case CAUSE_IPI:
		text = show_ipi(cause, function);
		break;
	case CAUSE_TIMER:
		text = show_timer(cause, function);
		break;
	case CAUSE_EXPIRY:
		text = show_expiry(cause, function);
		break;
	case CAUSE_TICK:
		text = xprintf("the tick went on: %s",
			       or_unknown(cause->field[FIELD_DEPENDENCY],
					  "the kernel does not tell why"));
		break;
	case CAUSE_IRQ:
		text = isdigit((unsigned char)*cause->field[FIELD_IRQ]) ?
			       xprintf("interrupts of %s (irq %s)",
				       or_unknown(cause->field[FIELD_NAME],
						  "a device that is gone"),
				       cause->field[FIELD_IRQ]) :
			       xprintf("%s (%s)", cause->field[FIELD_NAME],
				       cause->field[FIELD_IRQ]);
		break;
	default:
		text = show_late(cause, function);
	}
	free(function);
	return text;
}
