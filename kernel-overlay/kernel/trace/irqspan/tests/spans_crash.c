// SPDX-License-Identifier: GPL-2.0
/*
 * Trouble that ends the machine, for what it says before: interrupts that are not turned
 * on again, a crash while they are off or while a span is recorded, and a task that waits
 * for ever, never gives up its CPU, or does so when it must not. And a warning.
 */
#include <linux/bug.h>
#include <linux/delay.h>
#include <linux/irq_work.h>
#include <linux/irqflags.h>
#include <linux/kernel.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

#include "spans.h"

static noinline void irqspan_spans_hang(void)
{
	local_irq_disable();
	for (;;)
		cpu_relax();
}

static int spans_run_hang(struct spans_job *job)
{
	irqspan_spans_hang();

	return 0;
}

/* Interrupts are on all the time. */
static noinline void irqspan_spans_loop(void)
{
	preempt_disable();
	for (;;)
		cpu_relax();
}

static int spans_run_loop(struct spans_job *job)
{
	irqspan_spans_loop();

	return 0;
}

/* In a hard interrupt that takes its time */
static void irqspan_spans_warn(struct irq_work *work)
{
	mdelay(5);
	WARN(1, "irqspan_spans: in a hard interrupt");
}

static int spans_run_warn(struct spans_job *job)
{
	struct irq_work work = IRQ_WORK_INIT_HARD(irqspan_spans_warn);

	irq_work_queue(&work);
	irq_work_sync(&work);

	return 0;
}

/* A task that gives up its CPU although it must not, and with interrupts off */
static noinline void irqspan_spans_schedule(void)
{
	preempt_disable();
	local_irq_disable();
	mdelay(5);
	/* This says so, sets the count of preempt_disable() right, and turns interrupts on. */
	schedule();
}

static int spans_run_schedule(struct spans_job *job)
{
	irqspan_spans_schedule();

	return 0;
}

static noinline void irqspan_spans_null(void)
{
	int *nowhere = NULL;

	/* Nor may the compiler know where that is. */
	OPTIMIZER_HIDE_VAR(nowhere);
	local_irq_disable();
	WRITE_ONCE(*nowhere, 0);
	local_irq_enable();
}

static int spans_run_null(struct spans_job *job)
{
	irqspan_spans_null();

	return 0;
}

/* The scheduler looks at the end of the stack when the task gives up its CPU. */
static noinline void irqspan_spans_stack_end(void)
{
	WRITE_ONCE(*end_of_stack(current), 0);
	schedule();
}

static int spans_run_stack_end(struct spans_job *job)
{
	irqspan_spans_stack_end();

	return 0;
}

static noinline void irqspan_spans_wait(void)
{
	set_current_state(TASK_UNINTERRUPTIBLE);
	schedule_timeout(MAX_SCHEDULE_TIMEOUT);
}

static int spans_run_wait(struct spans_job *job)
{
	irqspan_spans_wait();

	return 0;
}

/*
 * A probe of the event line_span, which finds the tracer at work on that line. Without a
 * reference to the tracer: what is not there crashes nothing.
 */
static void spans_panic(void *unused, const void *span)
{
	panic("irqspan_spans: while a span is recorded");
}

static void spans_find_line_span(struct tracepoint *tp, void *found)
{
	if (!strcmp(tp->name, "line_span"))
		*(struct tracepoint **)found = tp;
}

static int spans_run_record(struct spans_job *job)
{
	struct tracepoint *tp = NULL;

	for_each_kernel_tracepoint(spans_find_line_span, &tp);
	if (!tp)
		return -EOPNOTSUPP;

	return tracepoint_probe_register(tp, spans_panic, NULL);
}

#define SPANS_CRASH(what) {				\
	.name		= "crash_" #what,		\
	.usage		= "CPU",			\
	.caller		= "irqspan_spans_" #what,	\
	.run		= spans_run_##what,		\
	.max_us		= SPANS_MAX_LOCAL_US,		\
	.max_n		= 1,				\
}

static const struct spans_command spans_crash_commands[] = {
	SPANS_CRASH(hang),
	SPANS_CRASH(loop),
	SPANS_CRASH(warn),
	SPANS_CRASH(schedule),
	SPANS_CRASH(null),
	SPANS_CRASH(stack_end),
	SPANS_CRASH(wait),
	SPANS_CRASH(record),
};

const struct spans_group spans_crash_group = {
	.commands	= spans_crash_commands,
	.nr_commands	= ARRAY_SIZE(spans_crash_commands),
};
