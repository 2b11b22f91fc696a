// SPDX-License-Identifier: GPL-2.0
/*
 * Spans of single interrupt lines: while a line is disabled or masked.
 *
 * A line that is off is in exactly one span. Masking begins one if the line was
 * on; a disable ends that one and begins its own; it lasts until the line is
 * neither disabled nor masked. All of it happens under the line's desc->lock,
 * but for what slot_enter() tells of, so the state needs no lock of its own.
 */
#include <linux/bitmap.h>
#include <linux/hash.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/kprobes.h>
#include <linux/rcupdate.h>
#include <linux/seq_file.h>
#include <linux/timekeeping.h>
#include <linux/vmalloc.h>

#include "../../irq/internals.h"
#include "../trace.h"
#include "irqspan.h"

#include <trace/events/irq_line.h>

/* Room for twice the lines there are, within these bounds */
#define SLOTS_MIN	256
#define SLOTS_MAX	8192
/* A line that finds no slot in so many tries is counted as lost. */
#define SLOT_TRIES	16

/**
 * struct slot_table - the lines that were seen off
 * @bits: log2 of the number of slots
 * @slot: open-addressed by the hash of the interrupt number
 */
struct slot_table {
	unsigned int		bits;
	struct irqspan_slot	slot[];
};

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

/* Replaced, and the old one freed, only while nothing is measured */
static struct slot_table __rcu *slots __read_mostly;
/* NULL: all lines */
static struct irq_filter __rcu *filter __read_mostly;
static atomic64_t lost;

/**
 * irqspan_line_measured - is a line among those that are measured?
 * @irq: its number
 *
 * Context: any.
 * Return: true if it is.
 */
bool irqspan_line_measured(unsigned int irq)
{
	struct irq_filter *f;

	guard(rcu)();
	f = rcu_dereference(filter);
	return !f || (irq < f->bits && test_bit(irq, f->mask));
}

/* Two lines may race for a slot; one line does not race with itself. */
static struct irqspan_slot *find_slot(unsigned int irq, bool create)
{
	struct slot_table *table = rcu_dereference_sched(slots);
	unsigned int key = irq + 1;
	unsigned int i, pos = hash_32(irq, table->bits);

	for (i = 0; i < SLOT_TRIES; i++) {
		struct irqspan_slot *slot = &table->slot[(pos + i) & (BIT(table->bits) - 1)];
		unsigned int old = READ_ONCE(slot->key);

		if (!old && create)
			old = cmpxchg(&slot->key, 0, key) ?: key;
		if (old == key)
			return slot;
		if (!old)
			return NULL;
	}
	return NULL;
}

static void forget_request(struct irqspan_slot *slot)
{
	slot->request = IRQ_LINE_NONE;
	slot->request_ip = 0;
}

/*
 * One exception to the rule of desc->lock: the detection of spurious interrupts
 * disables the line without it. Who comes second then is counted as lost, and
 * the state that misses his change is not relied on any more.
 */
static bool slot_enter(struct irqspan_slot *slot)
{
	if (unlikely(cmpxchg_acquire(&slot->busy, 0, 1))) {
		WRITE_ONCE(slot->torn, true);
		atomic64_inc(&lost);
		return false;
	}
	if (unlikely(READ_ONCE(slot->torn))) {
		WRITE_ONCE(slot->torn, false);
		WRITE_ONCE(slot->off, false);
		forget_request(slot);
	}
	return true;
}

static void slot_exit(struct irqspan_slot *slot)
{
	/* Pairs with cmpxchg_acquire() in slot_enter(). */
	smp_store_release(&slot->busy, 0);
}

/**
 * irqspan_slot_next - walk over the lines that were seen off, by their numbers
 * @slot: the last one, NULL to begin
 *
 * Context: RCU read side.
 * Return: the next one, NULL at the end.
 */
struct irqspan_slot *irqspan_slot_next(struct irqspan_slot *slot)
{
	struct slot_table *table = rcu_dereference(slots);
	unsigned int i, key, last = slot ? slot->key : 0, best = UINT_MAX;

	slot = NULL;
	for (i = 0; table && i < BIT(table->bits); i++) {
		key = READ_ONCE(table->slot[i].key);
		if (key > last && key < best) {
			best = key;
			slot = &table->slot[i];
		}
	}
	return slot;
}

/**
 * irqspan_line_lost - spans of lines for which there was no slot
 *
 * Return: the number since measuring began, or since they were cleared.
 */
u64 irqspan_line_lost(void)
{
	return atomic64_read(&lost);
}

static const char *line_name(const struct irq_desc *desc, const struct irqaction *action)
{
	const struct irq_chip *chip = desc->irq_data.chip;

	if (action->name)
		return action->name;
	return chip && chip->name ? chip->name : "-";
}

/* Masking is the work of the interrupt core; name whom it does it for. */
static unsigned long line_handler(const struct irqaction *action, u8 kind)
{
	if (kind == IRQSPAN_KIND_ONESHOT && action->thread_fn)
		return (unsigned long)action->thread_fn;
	return (unsigned long)action->handler;
}

static u8 mask_kind(const struct irqaction *action)
{
	return action->flags & IRQF_ONESHOT ? IRQSPAN_KIND_ONESHOT : IRQSPAN_KIND_HARDIRQ;
}

static bool kind_is_mask(u8 kind)
{
	return kind == IRQSPAN_KIND_HARDIRQ || kind == IRQSPAN_KIND_ONESHOT;
}

static void open_span(struct irqspan_slot *slot, const struct irq_desc *desc,
		      const struct irqaction *action, u8 kind, unsigned long caller, bool already)
{
	struct irqspan_line *span = &slot->span;

	/* Pairs with smp_rmb() in report_open_line(): the end of the one before. */
	smp_wmb();
	span->irq	= desc->irq_data.irq;
	span->kind	= kind;
	span->caller	= caller;
	span->pid	= current->pid;
	span->cpu_off	= smp_processor_id();
	span->depth	= desc->depth;
	span->pending	= false;
	memcpy(span->comm, current->comm, TASK_COMM_LEN);
	strscpy_pad(span->name, line_name(desc, action));
	slot->start	= ktime_get_mono_fast_ns();
	slot->already	= already;
	/* Pairs with smp_load_acquire() in report_open_line(). */
	smp_store_release(&slot->off, true);
}

static void close_span(struct irqspan_slot *slot, unsigned long end_caller, bool pending)
{
	struct irqspan_line *span = &slot->span;
	u64 now = ktime_get_mono_fast_ns();

	WRITE_ONCE(slot->off, false);

	/* How long it had been off is not known, or not asked for any more. */
	if (slot->already || !irqspan_line_measured(span->irq))
		return;

	if (unlikely(READ_ONCE(slot->clear))) {
		irqspan_stats_reset(&slot->stats);
		/* Pairs with smp_load_acquire() in report_all(). */
		smp_store_release(&slot->clear, false);
	}

	span->duration	 = irqspan_since(now, slot->start);
	span->end_caller = end_caller;
	span->pending	 = pending;

	if (irqspan_stats_add(&slot->stats, span->duration))
		irqspan_stats_worst(&slot->stats, span->duration, span->caller, span->comm);

	if (span->duration >= READ_ONCE(irqspan_line_thresh_ns) &&
	    span->duration >= READ_ONCE(tracing_thresh))
		irqspan_record_line(span);
}

/* The line is nobody's any more: its span, if there is one, has no end. */
static void drop_span(unsigned int irq)
{
	struct irqspan_slot *slot = find_slot(irq, false);

	if (!slot || !slot_enter(slot))
		return;
	WRITE_ONCE(slot->off, false);
	forget_request(slot);
	slot_exit(slot);
}

static void hook_line_request(void *data, struct irq_desc *desc, enum irq_line_op op,
			      unsigned long ip, bool pending)
{
	unsigned int irq = desc->irq_data.irq;
	struct irqspan_slot *slot;

	/* Without desc->lock it may be a thread: that of a nested interrupt. */
	guard(preempt_notrace)();
	if (!READ_ONCE(desc->action))
		return;
	/* A span may be open from a time when the line was measured. */
	slot = find_slot(irq, irqspan_line_measured(irq));
	if (!slot || !slot_enter(slot))
		return;

	if (op == IRQ_LINE_FREE) {
		/* Without its last handler the line is nobody's. */
		if (slot->off && !desc->action->next) {
			slot->span.kind = IRQSPAN_KIND_SHUTDOWN;
			close_span(slot, ip, pending);
		}
		forget_request(slot);
	} else {
		slot->request = op;
		slot->request_ip = ip;
		if (slot->off && !kind_is_mask(slot->span.kind) &&
		    op != IRQ_LINE_ENABLE && op != IRQ_LINE_RESUME)
			slot->span.depth = max(slot->span.depth, desc->depth + 1);
	}
	slot_exit(slot);
}

NOKPROBE_SYMBOL(hook_line_request);

/*
 * What was announced is good for one change of the state. Without an address it
 * was the interrupt core's own idea; name whose interrupt it is.
 */
static unsigned long take_request(struct irqspan_slot *slot, const struct irqaction *action)
{
	unsigned long ip = slot->request_ip;

	forget_request(slot);
	return ip ?: (unsigned long)action->handler;
}

static u8 disable_kind(u8 op)
{
	switch (op) {
	case IRQ_LINE_DISABLE:
		return IRQSPAN_KIND_DISABLE;
	case IRQ_LINE_SPURIOUS:
		return IRQSPAN_KIND_SPURIOUS;
	case IRQ_LINE_SUSPEND:
		return IRQSPAN_KIND_SUSPEND;
	default:
		/* Nobody asked. */
		return IRQSPAN_KIND_SHUTDOWN;
	}
}

static void line_went_off(struct irqspan_slot *slot, const struct irq_desc *desc,
			  const struct irqaction *action, bool disabled)
{
	unsigned long ip;
	u8 kind;

	if (disabled) {
		kind = disable_kind(slot->request);
		ip = kind == IRQSPAN_KIND_SHUTDOWN ? 0 : take_request(slot, action);
		/* Masked until here, disabled from here */
		if (slot->off)
			close_span(slot, ip, false);
	} else {
		kind = mask_kind(action);
		ip = line_handler(action, kind);
	}
	open_span(slot, desc, action, kind, ip, false);
}

static void line_went_on(struct irqspan_slot *slot, const struct irqaction *action,
			 bool pending)
{
	struct irqspan_line *span = &slot->span;

	if (!kind_is_mask(span->kind)) {
		close_span(slot, take_request(slot, action), pending);
		return;
	}
	/* No thread was woken: the hard handler is done, and so is the mask. */
	if (span->kind == IRQSPAN_KIND_ONESHOT && !in_task())
		span->kind = IRQSPAN_KIND_HARDIRQ;
	close_span(slot, line_handler(action, span->kind), pending);
}

static void hook_line_state(void *data, struct irq_desc *desc, bool was_disabled,
			    bool was_masked, bool pending)
{
	/* Once: it may go away under the detection of spurious interrupts. */
	const struct irqaction *action = READ_ONCE(desc->action);
	bool disabled = irqd_irq_disabled(&desc->irq_data);
	bool masked = irqd_irq_masked(&desc->irq_data);
	unsigned int irq = desc->irq_data.irq;
	struct irqspan_slot *slot;
	bool off, on;

	guard(preempt_notrace)();
	/* Not requested, or just freed: nobody waits for its interrupts. */
	if (!action) {
		drop_span(irq);
		return;
	}

	off = (disabled && !was_disabled) || (masked && !was_masked && !disabled);
	on = !disabled && !masked;
	if (!on && !(off && irqspan_line_measured(irq)))
		return;
	slot = find_slot(irq, off);
	if (!slot) {
		/* A line that goes on without a slot was off all the time. */
		if (off)
			atomic64_inc(&lost);
		return;
	}
	if (!slot_enter(slot))
		return;
	if (off)
		line_went_off(slot, desc, action, disabled);
	else if (slot->off)
		line_went_on(slot, action, pending);
	slot_exit(slot);
}

NOKPROBE_SYMBOL(hook_line_state);

/* A line that is off when measuring begins: since when, and by whom? */
static void note_already_off(struct irq_desc *desc)
{
	bool disabled = irqd_irq_disabled(&desc->irq_data);
	bool masked = irqd_irq_masked(&desc->irq_data);
	const struct irqaction *action = desc->action;
	unsigned int irq = desc->irq_data.irq;
	struct irqspan_slot *slot;

	if (!action || !(disabled || masked) || !irqspan_line_measured(irq))
		return;
	/* The events do not tell of these. */
	if (irq_desc_is_chained(desc))
		return;
	slot = find_slot(irq, true);
	if (!slot) {
		atomic64_inc(&lost);
		return;
	}
	if (!slot_enter(slot))
		return;
	/* A hook may have been faster. */
	if (!slot->off)
		open_span(slot, desc, action,
			  disabled ? IRQSPAN_KIND_DISABLE : mask_kind(action), 0, true);
	slot_exit(slot);
}

/**
 * irqspan_line_find_off - note the lines that are off when they come to be measured
 *
 * Context: start and stop are excluded, the hooks are active; sleeps.
 */
void irqspan_line_find_off(void)
{
	struct irq_desc *desc;
	int irq;

	guard(rcu)();
	for_each_irq_desc(irq, desc) {
		raw_spin_lock_irq(&desc->lock);
		note_already_off(desc);
		raw_spin_unlock_irq(&desc->lock);
	}
}

static unsigned int count_lines(void)
{
	unsigned int n = 0;
	struct irq_desc *desc;
	int irq;

	guard(rcu)();
	for_each_irq_desc(irq, desc)
		n++;
	return n;
}

static int alloc_slots(void)
{
	struct slot_table *table, *old;
	unsigned int i, bits;

	bits = order_base_2(clamp(2 * count_lines(), SLOTS_MIN, SLOTS_MAX));
	table = vzalloc(struct_size(table, slot, BIT(bits)));
	if (!table)
		return -ENOMEM;
	table->bits = bits;
	for (i = 0; i < BIT(bits); i++)
		irqspan_stats_reset(&table->slot[i].stats);

	atomic64_set(&lost, 0);
	old = rcu_replace_pointer(slots, table, true);
	if (old)
		kvfree_rcu_mightsleep(old);
	return 0;
}

/**
 * irqspan_line_start - begin to measure
 *
 * The table is kept when measuring ends, to be read, until the next start.
 *
 * Context: start and stop are excluded; sleeps.
 * Return: 0 or a negative errno; then nothing was started.
 */
int irqspan_line_start(void)
{
	int ret;

	ret = alloc_slots();
	if (ret)
		return ret;
	ret = register_trace_irq_line_request(hook_line_request, NULL);
	if (ret)
		return ret;
	ret = register_trace_irq_line_state(hook_line_state, NULL);
	if (ret) {
		unregister_trace_irq_line_request(hook_line_request, NULL);
		return ret;
	}
	irqspan_line_find_off();
	return 0;
}

/**
 * irqspan_line_stop - end what irqspan_line_start() began
 *
 * Spans that are open are dropped. The counters stay.
 *
 * Context: start and stop are excluded; sleeps.
 */
void irqspan_line_stop(void)
{
	struct irqspan_slot *slot = NULL;

	unregister_trace_irq_line_state(hook_line_state, NULL);
	unregister_trace_irq_line_request(hook_line_request, NULL);
	tracepoint_synchronize_unregister();

	guard(rcu)();
	while ((slot = irqspan_slot_next(slot)))
		WRITE_ONCE(slot->off, false);
}

/**
 * irqspan_line_prepare_cpu - a CPU is about to come online
 *
 * A managed line is shut down with the last of its CPUs, which is offline by then:
 * no tracepoint fires there. What was off before that must not last until it is
 * started again.
 */
void irqspan_line_prepare_cpu(void)
{
	struct irq_desc *desc;
	int irq;

	guard(rcu)();
	if (!rcu_access_pointer(slots))
		return;
	for_each_irq_desc(irq, desc) {
		raw_spin_lock_irq(&desc->lock);
		if (irqd_is_managed_and_shutdown(&desc->irq_data))
			drop_span(irq);
		raw_spin_unlock_irq(&desc->lock);
	}
}

/**
 * irqspan_line_clear - forget what was counted
 * @running: the hooks are active, they have to do it
 *
 * Context: start and stop are excluded.
 */
void irqspan_line_clear(bool running)
{
	struct irqspan_slot *slot = NULL;

	guard(rcu)();
	while ((slot = irqspan_slot_next(slot))) {
		if (running)
			WRITE_ONCE(slot->clear, true);
		else
			irqspan_stats_reset(&slot->stats);
	}
	atomic64_set(&lost, 0);
}

/**
 * irqspan_line_set_irqs - choose the lines that are measured
 * @mask: the lines, NULL for all
 * @bits: how many bits @mask has
 *
 * A span that is open on another line is dropped.
 *
 * Context: may not race with itself; sleeps.
 * Return: 0 or -ENOMEM; then nothing changed.
 */
int irqspan_line_set_irqs(const unsigned long *mask, unsigned int bits)
{
	struct irq_filter *f = NULL, *old;

	if (mask) {
		f = kvzalloc(struct_size(f, mask, BITS_TO_LONGS(bits)), GFP_KERNEL);
		if (!f)
			return -ENOMEM;
		f->bits = bits;
		bitmap_copy(f->mask, mask, bits);
	}
	old = rcu_replace_pointer(filter, f, true);
	if (old)
		kvfree_rcu(old, rcu);
	return 0;
}

/**
 * irqspan_line_show_irqs - print the lines that are measured
 * @m: where to
 */
void irqspan_line_show_irqs(struct seq_file *m)
{
	struct irq_filter *f;

	guard(rcu)();
	f = rcu_dereference(filter);
	if (f)
		seq_printf(m, "%*pbl\n", f->bits, f->mask);
	else
		seq_puts(m, "all\n");
}
