// SPDX-License-Identifier: GPL-2.0
/*
 * Spans of single interrupt lines: while a line is disabled or masked.
 *
 * A line that is off is in exactly one span. Masking begins one if the line was on;
 * a disable ends that one and begins its own, which lasts until the line is neither
 * disabled nor masked.
 *
 * All of this is learnt from two events: irq_line_request tells which code asks to disable
 * or enable a line, and irq_line_state, which follows if the state of the line changes,
 * begins or ends a span. Their hooks are called with the line's desc->lock held, with one
 * exception, see claim_line().
 */
#include <linux/bitmap.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irqdesc.h>
#include <linux/irqnr.h>
#include <linux/kallsyms.h>
#include <linux/kprobes.h>
#include <linux/printk.h>
#include <linux/rcupdate.h>
#include <linux/seqlock.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include "clock.h"
#include "irqspan.h"
#include "line.h"
#include "print.h"
#include "probe.h"
#include "record.h"
#include "stats.h"
#include "u64.h"

#include <trace/events/irq_line.h>

/* Why a line is off */
enum irqspan_kind {
	IRQSPAN_KIND_DISABLE,
	IRQSPAN_KIND_HARDIRQ,
	IRQSPAN_KIND_ONESHOT,
	IRQSPAN_KIND_SPURIOUS,
	IRQSPAN_KIND_SUSPEND,
	IRQSPAN_KIND_SHUTDOWN,
};

static void fill_line_span(void *entry, const void *from);

#define CREATE_TRACE_POINTS
#include "line_trace.h"

static struct irqspan_part line_part;

static void fill_line_span(void *entry, const void *from)
{
	struct trace_event_raw_line_span *to = entry;
	const struct line_span *span = from;

	to->irq		= span->irq;
	to->duration	= span->culprit.duration;
	to->caller	= span->culprit.caller;
	to->end_caller	= span->end_caller;
	to->pid		= span->culprit.pid;
	to->cpu_off	= span->cpu_off;
	to->depth	= span->depth;
	to->kind	= span->kind;
	to->pending	= span->pending;
	to->last_caller	= span->last_caller;
	memcpy(to->name, span->name, IRQSPAN_NAME_LEN);
	memcpy(to->comm, span->culprit.comm, TASK_COMM_LEN);
}

static struct irqspan_event line_span_event = {
	.call		= &event_line_span,
	.part		= &line_part,
	.size		= sizeof(struct trace_event_raw_line_span),
	.fill		= fill_line_span,
	.to_instances	= true,
};

IRQSPAN_EVENT_REGISTRATION(line_span, &line_span_event)

/* Spans that are not counted: no memory, or two hooks met on one line, see claim_line() */
static atomic64_t lost;
/* enable_irq() without a disable, and the code that did it last */
static atomic64_t unmatched_enables;
static unsigned long unmatched_caller;

static aligned_u64 line_thresh_ns;

/**
 * struct irq_filter - the lines that are measured
 * @rcu: to free it
 * @bits: how many bits @mask has; a line beyond is not measured
 * @mask: one bit a line
 */
struct irq_filter {
	struct rcu_head		rcu;
	unsigned int		bits;
	unsigned long		mask[];
};

/* NULL: all lines */
static struct irq_filter __rcu *filter __read_mostly;

static bool line_measured(unsigned int irq)
{
	struct irq_filter *f;

	guard(rcu)();
	f = rcu_dereference(filter);
	return !f || (irq < f->bits && test_bit(irq, f->mask));
}

/*
 * Keep other hooks from a line. The detection of spurious interrupts disables a line
 * without desc->lock, so two hooks may be called for one line at the same time. The second
 * one gives up. What it would have noted is missing, so the span is counted as lost.
 */
static bool claim_line(struct line *line)
{
	if (unlikely(cmpxchg_acquire(&line->claimed, 0, 1))) {
		WRITE_ONCE(line->missed, true);
		atomic64_inc(&lost);
		return false;
	}
	raw_write_seqcount_begin(&line->seq);
	if (unlikely(READ_ONCE(line->missed))) {
		WRITE_ONCE(line->missed, false);
		line->open.off = false;
		line->requested = false;
	}
	return true;
}

static void release_line(struct line *line)
{
	raw_write_seqcount_end(&line->seq);
	/* Pairs with cmpxchg_acquire() in claim_line(). */
	smp_store_release(&line->claimed, 0);
}

/* The arguments of the event irq_line_state */
struct line_state_args {
	unsigned int		irq;
	const char		*name;
	unsigned int		depth;
	bool			pending;
	unsigned long		flags;
	unsigned long		handler;
	unsigned long		thread_fn;
};

/* The driver's function for the interrupt. If a thread calls it, that is thread_fn. */
static unsigned long line_handler(const struct line_state_args *args)
{
	return args->handler ?: args->thread_fn;
}

/* The function that a line is masked for. A ONESHOT line waits for the thread's. */
static unsigned long masked_for(const struct line_state_args *args, u8 kind)
{
	if (kind == IRQSPAN_KIND_ONESHOT && args->thread_fn)
		return args->thread_fn;
	return line_handler(args);
}

static u8 mask_kind(unsigned long flags)
{
	return flags & IRQF_ONESHOT ? IRQSPAN_KIND_ONESHOT : IRQSPAN_KIND_HARDIRQ;
}

static bool is_mask(u8 kind)
{
	return kind == IRQSPAN_KIND_HARDIRQ || kind == IRQSPAN_KIND_ONESHOT;
}

static bool is_disable(enum irq_line_op op)
{
	return op == IRQ_LINE_DISABLE || op == IRQ_LINE_SPURIOUS || op == IRQ_LINE_SUSPEND;
}

/*
 * Remember the name of the device that has the line, to see when another device gets it.
 * desc->lock, which is held, keeps the action. The detection of spurious interrupts does not
 * hold it, but runs in a handler of the line: the action cannot go before that returns.
 */
static void note_device(struct line *line, unsigned int irq)
{
	const struct irq_desc *desc = irq_to_desc(irq);
	const struct irqaction *action = desc ? READ_ONCE(desc->action) : NULL;

	if (!action)
		return;
	line->device_known = true;
	strscpy(line->device_name, action->name ?: "");
}

/* Does not terminate @to; a result of IRQSPAN_NAME_LEN means truncated. */
static unsigned int append_name(char *to, unsigned int len, const char *from)
{
	while (*from && len < IRQSPAN_NAME_LEN)
		to[len++] = *from++;
	return len;
}

/*
 * Write the name of the device, or of all devices that share the line. A name that is too
 * long ends in dots. What keeps the actions: see note_device().
 */
static void copy_name(char *to, unsigned int irq, const char *name, unsigned long flags)
{
	unsigned int len = append_name(to, 0, name);

	if (flags & IRQF_SHARED) {
		const struct irq_desc *desc = irq_to_desc(irq);
		const struct irqaction *action = desc ? READ_ONCE(desc->action) : NULL;

		/* The first one is @name. */
		while (action && (action = READ_ONCE(action->next))) {
			len = append_name(to, len, ",");
			len = append_name(to, len, action->name ?: "");
		}
	}
	if (len == IRQSPAN_NAME_LEN)
		memcpy(to + IRQSPAN_NAME_LEN - 4, "...", 4);
	else
		memset(to + len, 0, IRQSPAN_NAME_LEN - len);
}

static void note_call(struct open_span *open, unsigned long caller, int balance)
{
	struct call_site site = { .address = caller };
	unsigned int i;

	for (i = 0; i < open->nr_sites; i++) {
		if (open->site[i].address == caller)
			break;
	}
	/* Move the site to the end; if the array is full, drop the oldest. */
	if (i < open->nr_sites) {
		site = open->site[i];
	} else if (i == CALL_SITES) {
		open->sites_lost = true;
		i = 0;
	} else {
		open->nr_sites++;
	}
	for (; i < open->nr_sites - 1; i++)
		open->site[i] = open->site[i + 1];
	site.balance += balance;
	open->site[i] = site;
}

static void begin_span(struct line *line, const struct line_state_args *args, u8 kind,
		       unsigned long caller)
{
	struct open_span *open = &line->open;
	struct line_span *span = &open->span;

	if (!line->device_known)
		note_device(line, args->irq);

	span->irq	     = args->irq;
	span->kind	     = kind;
	span->culprit.caller = caller;
	span->culprit.pid    = current->pid;
	memcpy(span->culprit.comm, current->comm, TASK_COMM_LEN);
	span->cpu_off	     = smp_processor_id();
	span->depth	     = is_mask(kind) ? 0 : args->depth;
	span->last_caller    = 0;
	copy_name(span->name, args->irq, args->name, args->flags);

	open->off	    = true;
	open->start_unknown = false;
	open->depth	    = span->depth;
	open->nr_sites	    = 0;
	open->sites_lost    = false;
	if (!is_mask(kind) && caller) {
		span->last_caller = caller;
		note_call(open, caller, 1);
	}
	open->start	    = ktime_get_mono_fast_ns();
}

/* Returns true if the span, copied to @ended, is for record_span() to record. */
static bool end_span(struct line *line, unsigned long end_caller, bool pending,
		     struct line_span *ended)
{
	struct open_span *open = &line->open;
	struct line_span *span = &open->span;
	u64 now = ktime_get_mono_fast_ns();
	bool clear;

	open->off = false;
	/* Do not count: the start is not known, or the line is not measured any more. */
	if (open->start_unknown || !line_measured(span->irq))
		return false;

	span->culprit.duration	= irqspan_since(now, open->start);
	span->end_caller	= end_caller;
	span->pending		= pending;

	clear = READ_ONCE(line->clear);
	irqspan_stats_count(&line->stats, &span->culprit, clear);
	/* If clearing is requested again meanwhile, this span is what remains. */
	if (clear) {
		/* Pairs with smp_load_acquire() in read_row(). */
		smp_store_release(&line->clear, false);
	}

	*ended = *span;
	return irqspan_above_threshold(span->culprit.duration, irqspan_u64_read(&line_thresh_ns));
}

/* Call it after release_line(): probes of the event may take long. */
static void record_span(const struct line_span *span)
{
	trace_line_span(span);
	irqspan_record(&line_span_event, span);
}

/* Drop the open span of a line that was freed or shut down: no event will end it. */
static void drop_span(unsigned int irq)
{
	struct line *line = find_line(irq);

	if (!line || !claim_line(line))
		return;
	line->open.off = false;
	line->requested = false;
	release_line(line);
}

/*
 * A device requests the line. If another device had that number before, have its counters
 * cleared. Devices are told apart by name: a driver may use a new dev_id each time that a
 * device is opened.
 */
static void begin_device(struct line *line, unsigned int irq)
{
	bool known = line->device_known;
	char name[IRQSPAN_NAME_LEN];

	memcpy(name, line->device_name, IRQSPAN_NAME_LEN);
	note_device(line, irq);
	if (known && strcmp(name, line->device_name))
		WRITE_ONCE(line->clear, true);
	line->open.off = false;
	line->requested = false;
	line->suspended = false;
}

static bool end_device(struct line *line, unsigned long caller, bool pending,
		       struct line_span *ended)
{
	line->requested = false;
	line->suspended = false;
	if (!line->open.off)
		return false;
	line->open.span.kind = IRQSPAN_KIND_SHUTDOWN;
	return end_span(line, caller, pending, ended);
}

static void note_request(struct line *line, enum irq_line_op op, unsigned int depth,
			 unsigned long caller)
{
	struct open_span *open = &line->open;
	bool disable = is_disable(op);

	if (op == IRQ_LINE_SUSPEND || op == IRQ_LINE_RESUME)
		line->suspended = disable;

	/* The first disable and the last enable change the state of the line. */
	line->requested = disable ? !depth : depth == 1;
	line->request = op;
	line->request_caller = caller;
	if (line->requested || !open->off || is_mask(open->span.kind))
		return;

	open->depth = disable ? depth + 1 : depth - 1;
	open->span.depth = max(open->span.depth, open->depth);
	if (!caller)
		return;
	if (disable)
		open->span.last_caller = caller;
	note_call(open, caller, disable ? 1 : -1);
}

static void count_unmatched_enable(unsigned long caller)
{
	WRITE_ONCE(unmatched_caller, caller);
	atomic64_inc(&unmatched_enables);
}

static void hook_irq_line_request(void *data, unsigned int irq, const char *name,
				  enum irq_line_op op, unsigned int depth,
				  unsigned long caller, bool pending)
{
	bool measured = line_measured(irq);
	struct line_span ended;
	bool recorded = false;
	struct line *line;

	/*
	 * Interrupts may be on if desc->lock is not held. Keep readers on this CPU out: they
	 * would wait for the preempted hook, or print a torn copy. See irqspan_copy_again().
	 */
	guard(irqsave)();

	/* Even if the line is not measured now: a span may be open from when it was. */
	if (measured && !depth && is_disable(op))
		line = irqspan_find_or_add_line(irq);
	else
		line = find_line(irq);

	/* While the system is suspended, one disable is the suspend's, not the driver's. */
	if (op == IRQ_LINE_ENABLE &&
	    (!depth || (depth == 1 && line && READ_ONCE(line->suspended)))) {
		if (measured)
			count_unmatched_enable(caller);
		return;
	}

	/* The interrupt number is new: allocate a place for the line before it goes off. */
	if (op == IRQ_LINE_SETUP && irq < MAX_LINES && !find_place(irq))
		irqspan_want_line_memory();

	if (!line || !claim_line(line))
		return;
	if (op == IRQ_LINE_SETUP)
		begin_device(line, irq);
	else if (op == IRQ_LINE_FREE)
		recorded = end_device(line, caller, pending, &ended);
	else
		note_request(line, op, depth, caller);
	release_line(line);
	if (recorded)
		record_span(&ended);
}

NOKPROBE_SYMBOL(hook_irq_line_request);

/*
 * Consume the request. If the interrupt core acted by itself (caller 0), name the handler of
 * the line.
 */
static unsigned long take_request(struct line *line, const struct line_state_args *args)
{
	unsigned long caller = line->requested ? line->request_caller : 0;

	line->requested = false;
	return caller ?: line_handler(args);
}

static u8 disable_kind(const struct line *line)
{
	if (!line->requested)
		return IRQSPAN_KIND_SHUTDOWN;
	switch (line->request) {
	case IRQ_LINE_DISABLE:
		return IRQSPAN_KIND_DISABLE;
	case IRQ_LINE_SPURIOUS:
		return IRQSPAN_KIND_SPURIOUS;
	case IRQ_LINE_SUSPEND:
		return IRQSPAN_KIND_SUSPEND;
	default:
		return IRQSPAN_KIND_SHUTDOWN;
	}
}

static bool line_disabled(struct line *line, const struct line_state_args *args,
			  struct line_span *ended)
{
	u8 kind = disable_kind(line);
	unsigned long caller = 0;
	bool recorded = false;

	if (kind != IRQSPAN_KIND_SHUTDOWN)
		caller = take_request(line, args);
	/* The line was masked until here, and is disabled from here on. */
	if (line->open.off)
		recorded = end_span(line, caller, false, ended);
	begin_span(line, args, kind, caller);
	return recorded;
}

static void line_masked(struct line *line, const struct line_state_args *args)
{
	u8 kind = mask_kind(args->flags);

	begin_span(line, args, kind, masked_for(args, kind));
}

static bool line_on(struct line *line, const struct line_state_args *args, struct line_span *ended)
{
	struct line_span *span = &line->open.span;

	if (!is_mask(span->kind))
		return end_span(line, take_request(line, args), args->pending, ended);
	/* No thread was woken: it was masked for the hard handler only. */
	if (span->kind == IRQSPAN_KIND_ONESHOT && !in_task()) {
		span->kind = IRQSPAN_KIND_HARDIRQ;
		span->culprit.caller = line_handler(args);
	}
	return end_span(line, masked_for(args, span->kind), args->pending, ended);
}

static void hook_irq_line_state(void *data, unsigned int irq, const char *name,
				unsigned int old_state, unsigned int state,
				unsigned int depth, bool pending, unsigned long flags,
				unsigned long handler, unsigned long thread_fn)
{
	const struct line_state_args args = {
		.irq		= irq,
		.name		= name,
		.depth		= depth,
		.pending	= pending,
		.flags		= flags,
		.handler	= handler,
		.thread_fn	= thread_fn,
	};
	unsigned int set = state & ~old_state;
	bool disabled = set & IRQD_IRQ_DISABLED;
	bool masked = (set & IRQD_IRQ_MASKED) && !(state & IRQD_IRQ_DISABLED);
	bool on = !state;
	struct line_span ended;
	bool recorded = false;
	struct line *line;

	/*
	 * Interrupts may be on if desc->lock is not held. Keep readers on this CPU out: they
	 * would wait for the preempted hook, or print a torn copy. See irqspan_copy_again().
	 */
	guard(irqsave)();

	/* The line is not requested, just freed, or chained: no device waits for it. */
	if (!line_handler(&args)) {
		drop_span(irq);
		return;
	}

	if (on) {
		line = find_line(irq);
		/* No span was begun: it was not seen going off, or there was no memory. */
		if (!line)
			return;
	} else if ((disabled || masked) && line_measured(irq)) {
		line = irqspan_find_or_add_line(irq);
		if (!line) {
			atomic64_inc(&lost);
			return;
		}
	} else {
		return;
	}

	if (!claim_line(line))
		return;
	if (disabled)
		recorded = line_disabled(line, &args, &ended);
	else if (masked)
		line_masked(line, &args);
	else if (line->open.off)
		recorded = line_on(line, &args, &ended);
	release_line(line);
	if (recorded)
		record_span(&ended);
}

NOKPROBE_SYMBOL(hook_irq_line_state);

static const struct irqspan_probe probes[] = {
	IRQSPAN_PROBE(irq_line_request),
	IRQSPAN_PROBE(irq_line_state),
};

/* NULL for a chained line: all of these share one action, which has no interrupt number. */
static const struct irqaction *device_action(const struct irq_desc *desc, unsigned int irq)
{
	const struct irqaction *action = READ_ONCE(desc->action);

	return action && action->irq == irq ? action : NULL;
}

static bool is_off(struct irq_desc *desc)
{
	return irqd_irq_disabled(&desc->irq_data) || irqd_irq_masked(&desc->irq_data);
}

/* The line went off before it was measured. */
static void begin_unknown_span(struct irq_desc *desc, unsigned int irq)
{
	struct line_state_args args = { .irq = irq };
	const struct irqaction *action;
	struct line *line;
	u8 kind;

	lockdep_assert_held(&desc->lock);
	action = device_action(desc, irq);
	line = find_line(irq);
	if (!action || !is_off(desc) || !line || !claim_line(line))
		return;
	/* If a span is open, a hook has seen how the line went off. */
	if (!line->open.off) {
		args.depth = desc->depth;
		args.flags = action->flags;
		args.name = action->name ?: irq_desc_get_chip(desc)->name ?: "";
		kind = irqd_irq_disabled(&desc->irq_data) ? IRQSPAN_KIND_DISABLE :
							    mask_kind(args.flags);
		begin_span(line, &args, kind, 0);
		line->open.start_unknown = true;
	}
	release_line(line);
}

/* Note the lines that are off when they come to be measured. The hooks are attached. */
static void note_lines_off(void)
{
	struct irq_desc *desc;
	unsigned int irq;
	bool off;

	for_each_irq_nr(irq) {
		if (!line_measured(irq))
			continue;
		scoped_guard(rcu) {
			desc = irq_to_desc(irq);
			/* Not to be looked into: without desc->lock it may be freed meanwhile. */
			off = desc && READ_ONCE(desc->action) && is_off(desc);
		}
		if (!off)
			continue;
		if (irqspan_add_line(irq))
			atomic64_inc(&lost);
		guard(rcu)();
		desc = irq_to_desc(irq);
		if (!desc)
			continue;
		raw_spin_lock_irq(&desc->lock);
		begin_unknown_span(desc, irq);
		raw_spin_unlock_irq(&desc->lock);
	}
}

/* The next line that has memory, at or after a number */
static bool next_row(unsigned int *pos)
{
	unsigned int irq;

	for (irq = *pos; irq < MAX_LINES; irq++) {
		if (!find_place(irq)) {
			irq |= CHUNK_LINES - 1;
		} else if (find_line(irq)) {
			*pos = irq;
			return true;
		}
	}
	return false;
}

static void forget_counts(void)
{
	atomic64_set(&lost, 0);
	atomic64_set(&unmatched_enables, 0);
	WRITE_ONCE(unmatched_caller, 0);
}

/* While the hooks are attached, each line is cleared with its next span. */
static void clear_lines(void)
{
	unsigned int irq;

	for (irq = 0; next_row(&irq); irq++) {
		struct line *line = find_line(irq);

		if (line_part.running)
			WRITE_ONCE(line->clear, true);
		else
			irqspan_stats_init(&line->stats);
	}
	forget_counts();
}

static int start_lines(void)
{
	unsigned int irq;
	int ret;

	ret = irqspan_fill_line_memory();
	if (ret)
		goto err;
	for (irq = 0; next_row(&irq); irq++) {
		struct line *line = find_line(irq);

		line->open.off = false;
		line->requested = false;
		line->suspended = false;
		/* Another device may have got the number while nobody measured. */
		line->device_known = false;
		line->missed = false;
		line->clear = false;
		irqspan_stats_init(&line->stats);
	}
	forget_counts();

	ret = irqspan_probes_register(probes, ARRAY_SIZE(probes));
	if (ret)
		goto err;
	note_lines_off();
	return 0;

err:
	irqspan_empty_line_pool();
	return ret;
}

/* Spans that are open are dropped. The counters stay to be read. */
static void stop_lines(void)
{
	unsigned int irq;

	irqspan_probes_unregister(probes, ARRAY_SIZE(probes));
	irqspan_empty_line_pool();

	for (irq = 0; next_row(&irq); irq++) {
		struct line *line = find_line(irq);

		WRITE_ONCE(line->open.off, false);
		if (line->clear)
			irqspan_stats_init(&line->stats);
		WRITE_ONCE(line->clear, false);
	}
}

/*
 * A managed line is shut down when the last of its CPUs goes offline, where no tracepoint
 * fires any more. Drop its open span, which would last until the line is started again.
 */
static void reset_cpu(unsigned int cpu)
{
	struct irq_desc *desc;
	unsigned int irq;

	guard(rcu)();
	for (irq = 0; next_row(&irq); irq++) {
		desc = irq_to_desc(irq);
		if (!desc)
			continue;
		raw_spin_lock_irq(&desc->lock);
		if (irqd_is_managed_and_shutdown(&desc->irq_data))
			drop_span(irq);
		raw_spin_unlock_irq(&desc->lock);
	}
}

static void settings_changed(void)
{
	if (line_part.running)
		note_lines_off();
}

static void copy_open_span(struct open_span *to, const struct line *line)
{
	unsigned int seq, tries = 0;

	do {
		seq = raw_read_seqcount(&line->seq);
		*to = line->open;
	} while (irqspan_copy_again(&line->seq, seq, &tries));
	/* In a torn copy this may have any value. */
	to->nr_sites = min(to->nr_sites, CALL_SITES);
}

static bool read_row(unsigned int irq, struct irqspan_counters *copy)
{
	const struct line *line = find_line(irq);
	unsigned int seq, tries = 0;

	/* Pairs with smp_store_release() in end_span(). */
	if (smp_load_acquire(&line->clear))
		return false;
	copy->type = "irq";
	copy->id = irq;
	do {
		seq = raw_read_seqcount(&line->seq);
		memcpy(copy->name, line->open.span.name, IRQSPAN_NAME_LEN);
	} while (irqspan_copy_again(&line->seq, seq, &tries));
	/* In a torn copy the name may have no end. */
	copy->name[IRQSPAN_NAME_LEN - 1] = '\0';
	irqspan_stats_snapshot(&copy->stats, &line->stats);
	/* Until a span was counted, there is no shortest one, and no row to show. */
	return copy->stats.min != U64_MAX;
}

static unsigned long function_of(unsigned long address)
{
	unsigned long size, offset;

	if (!kallsyms_lookup_size_offset(address, &size, &offset))
		return address;
	return address - offset;
}

/*
 * Find the code that disabled the line last and did not enable it again. Which enable
 * belongs to which disable cannot be known, with one exception: a function that disables
 * and enables the line undoes its own disable.
 */
static unsigned long find_last_caller(const struct open_span *open)
{
	unsigned long function[CALL_SITES];
	unsigned int i, j;

	if (open->nr_sites <= 1 || open->sites_lost)
		return open->span.last_caller;

	for (i = 0; i < open->nr_sites; i++)
		function[i] = function_of(open->site[i].address);
	while (i--) {
		int balance = 0;

		if (open->site[i].balance <= 0)
			continue;
		for (j = 0; j < open->nr_sites; j++) {
			if (function[j] == function[i])
				balance += open->site[j].balance;
		}
		if (balance > 0)
			return open->site[i].address;
	}
	return open->span.last_caller;
}

static const char * const kind_names[] = {
	[IRQSPAN_KIND_DISABLE]	= "disable",
	[IRQSPAN_KIND_HARDIRQ]	= "hardirq",
	[IRQSPAN_KIND_ONESHOT]	= "oneshot",
	[IRQSPAN_KIND_SPURIOUS]	= "spurious",
	[IRQSPAN_KIND_SUSPEND]	= "suspend",
	[IRQSPAN_KIND_SHUTDOWN]	= "shutdown",
};

static void show_open(struct seq_file *m, unsigned int irq)
{
	struct open_span open;

	copy_open_span(&open, find_line(irq));
	if (!open.off || !line_measured(irq))
		return;

	seq_printf(m, "irq %u", irq);
	irqspan_print_word(m, open.span.name);
	seq_printf(m, " %s %u %llu %llu", kind_names[open.span.kind], open.depth, open.start,
		   irqspan_since(ktime_get_mono_fast_ns(), open.start));
	if (open.start_unknown) {
		seq_puts(m, " 0 (already-off) -");
	} else {
		seq_printf(m, " %d", open.span.culprit.pid);
		irqspan_print_address(m, open.span.culprit.caller);
		irqspan_print_word(m, open.span.culprit.comm);
	}
	seq_printf(m, " %u", open.span.depth);
	irqspan_print_address(m, find_last_caller(&open));
	seq_putc(m, '\n');
}

static void show_totals(struct seq_file *m)
{
	seq_printf(m, "# lost_lines %lld\n", atomic64_read(&lost));
	seq_printf(m, "# unmatched_enables %lld", atomic64_read(&unmatched_enables));
	irqspan_print_address(m, READ_ONCE(unmatched_caller));
	seq_putc(m, '\n');
}

static int show_irqs(struct seq_file *m)
{
	struct irq_filter *f;

	guard(rcu)();
	f = rcu_dereference(filter);
	if (f)
		seq_printf(m, "%*pbl\n", f->bits, f->mask);
	else
		seq_puts(m, "all\n");
	return 0;
}

static bool lines_exist(const struct irq_filter *f)
{
	unsigned int irq;

	for_each_set_bit(irq, f->mask, f->bits) {
		if (!irqspan_irq_exists(irq))
			return false;
	}
	return true;
}

static struct irq_filter *parse_irqs(const char *list)
{
	unsigned int irq, bits = 0;
	struct irq_filter *f;
	int ret;

	for_each_irq_nr(irq) {
		if (irqspan_irq_exists(irq))
			bits = irq + 1;
	}
	f = kvzalloc(struct_size(f, mask, BITS_TO_LONGS(bits)), GFP_KERNEL);
	if (!f)
		return ERR_PTR(-ENOMEM);
	f->bits = bits;
	ret = bitmap_parselist(list, f->mask, bits);
	if (!ret && (bitmap_empty(f->mask, bits) || !lines_exist(f)))
		ret = -EINVAL;
	if (ret) {
		kvfree(f);
		return ERR_PTR(ret);
	}
	return f;
}

/* The open span of a line that is not in the new list will not be counted. */
static int set_irqs(char *list)
{
	struct irq_filter *new = NULL, *old;

	if (strcmp(list, "all")) {
		new = parse_irqs(list);
		if (IS_ERR(new))
			return PTR_ERR(new);
	}
	old = rcu_replace_pointer(filter, new, true);
	if (old)
		kvfree_rcu(old, rcu);
	irqspan_session_settings_changed();
	return 0;
}

static int show_line_thresh_ns(struct seq_file *m)
{
	seq_printf(m, "%llu\n", irqspan_u64_read(&line_thresh_ns));
	return 0;
}

static int set_line_thresh_ns(char *value)
{
	return irqspan_set_ns(value, &line_thresh_ns);
}

static struct irqspan_file line_files[] = {
	{ .name = "irqs", .show = show_irqs, .set = set_irqs },
	{ .name = "line_thresh_ns", .show = show_line_thresh_ns, .set = set_line_thresh_ns },
};

static struct irqspan_part line_part = {
	.option			= "irqspan-lines",
	.start			= start_lines,
	.stop			= stop_lines,
	.clear			= clear_lines,
	.reset_cpu		= reset_cpu,
	.settings_changed	= settings_changed,
	.next_row		= next_row,
	.read_row		= read_row,
	.show_open		= show_open,
	.show_totals		= show_totals,
	.files			= line_files,
	.nr_files		= ARRAY_SIZE(line_files),
	.events			= &line_span_event,
	.nr_events		= 1,
};

static int __init register_line_part(void)
{
	return irqspan_init_line_memory() ?: irqspan_register_part(&line_part);
}
core_initcall(register_line_part);
