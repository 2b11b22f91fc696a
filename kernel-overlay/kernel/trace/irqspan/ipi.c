// SPDX-License-Identifier: GPL-2.0
/*
 * Inter-processor interrupts: who sends them to whom, for which function, and
 * what it takes until that function runs.
 *
 * A row belongs to one sender and one target. The sender's counters are local_t,
 * since its own interrupts and NMIs may count in between; the target counts with
 * interrupts off. So no counter has two writers.
 */
#include <linux/bsearch.h>
#include <linux/cpumask.h>
#include <linux/irq_work.h>
#include <linux/kallsyms.h>
#include <linux/kprobes.h>
#include <linux/llist.h>
#include <linux/log2.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/sched/clock.h>
#include <linux/smp.h>
#include <linux/sort.h>
#include <linux/stacktrace.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <linux/vmalloc.h>

#include "../../sched/smp.h"
#include "../trace.h"
#include "irqspan.h"

#include <trace/events/csd.h>
#include <trace/events/ipi.h>

/*
 * Calls that are on their way. A task waits for one call at a time; those that
 * nobody waits for have a call_single_data of their own, and there are few.
 */
#define CALLS_MIN	1024U
#define CALLS_MAX	16384U
#define CALL_TRIES	16
/* A slot that is being filled in; no call_single_data has this address. */
#define CALL_BUSY	1UL

/**
 * struct call - a function call on its way to another CPU
 * @csd: address of its call_single_data; 0: the slot is free
 * @queued: cross-CPU clock when it was queued
 * @row: whose counters it changes
 * @generation: of the table that @row is in
 * @cpu: target
 */
struct call {
	unsigned long		csd;
	u64			queued;
	struct irqspan_ipi_row	*row;
	u32			generation;
	unsigned int		cpu;
};

/**
 * struct call_table - the calls on their way
 * @n: number of slots, a power of two
 * @call: open-addressed by the hash of the address
 */
struct call_table {
	unsigned int		n;
	struct call		call[];
};

/**
 * struct asked - what an IPI will be sent for
 * @kind: &enum irqspan_ipi_kind
 * @function: to be called
 * @caller: who asked for it
 */
struct asked {
	u8			kind;
	unsigned long		function;
	unsigned long		caller;
};

/**
 * struct ipi_cpu - what one CPU is about, between one hook and another
 * @asked: the last call that was queued, by context level
 * @sending: the kind of the IPI that the architecture is about to send, likewise
 * @csd: the call that runs here, sent by another CPU
 * @row: its counters
 * @generation: of the table that @row is in
 * @start: cross-CPU clock when its function was entered
 */
struct ipi_cpu {
	struct asked		asked[IRQSPAN_LEVELS];
	u8			sending[IRQSPAN_LEVELS];
	call_single_data_t	*csd;
	struct irqspan_ipi_row	*row;
	u32			generation;
	u64			start;
};

static DEFINE_PER_CPU(struct ipi_cpu, ipi_cpus);

/* Replaced, and the old one freed, at a start and when they are cleared */
static struct irqspan_table __rcu *rows __read_mostly;
/* Replaced while nothing is measured */
static struct call_table __rcu *calls __read_mostly;

static atomic64_t lost_requests;
static atomic64_t lost_sent;
static atomic64_t lost_delays;

/* What the architecture calls a kind of IPI, as in /proc/interrupts */
static const char *kind_names[IRQSPAN_IPI_KINDS];

/*
 * Who asked. Between him and the tracepoint are functions that always are: their
 * names are looked up when measuring first starts. One that has another name in
 * this kernel is taken for who asked.
 */
static const char * const between[] = {
	"__smp_call_single_queue",
	"generic_exec_single",
	"__smp_call_function_single",
	"smp_call_function_single",
	"smp_call_function_single_async",
	"smp_call_function_any",
	"smp_call_function_many",
	"smp_call_function_many_cond",
	"smp_call_function",
	"on_each_cpu_cond_mask",
	"irq_work_queue",
	"irq_work_queue_on",
	"__irq_work_queue_local",
	"__ttwu_queue_wakelist",
	"ttwu_queue_wakelist",
	"try_to_wake_up",
	"wake_up_process",
	"wake_up_state",
	"wake_up_q",
	"default_wake_function",
	"autoremove_wake_function",
	"woken_wake_function",
	"__wake_up_common",
	"__wake_up_common_lock",
	"__wake_up",
	"__wake_up_sync_key",
	"swake_up_locked",
	"swake_up_one",
	"complete_with_flags",
	"complete",
	"complete_all",
};

/* Where they are, sorted; what was not found is empty, and comes first. */
static struct between_text {
	unsigned long start, end;
} between_text[ARRAY_SIZE(between)];
static bool between_known;

static int cmp_between(const void *a, const void *b)
{
	const struct between_text *x = a, *y = b;

	return irqspan_cmp(x->start, y->start);
}

static int cmp_address(const void *key, const void *elt)
{
	const unsigned long *addr = key;
	const struct between_text *text = elt;

	if (*addr < text->start)
		return -1;
	return *addr >= text->end;
}

/* Static functions may have been cloned. */
static const char * const suffixes[] = { "", ".constprop.0", ".isra.0", ".part.0" };

static void find_between(void)
{
	unsigned long addr, size, offset;
	char name[KSYM_NAME_LEN];
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(between); i++) {
		for (j = 0, addr = 0; !addr && j < ARRAY_SIZE(suffixes); j++) {
			snprintf(name, sizeof(name), "%s%s", between[i], suffixes[j]);
			addr = kallsyms_lookup_name(name);
		}
		if (!addr || !kallsyms_lookup_size_offset(addr, &size, &offset))
			continue;
		between_text[i].start = addr;
		between_text[i].end = addr + size;
	}
	sort(between_text, ARRAY_SIZE(between_text), sizeof(between_text[0]), cmp_between, NULL);
	between_known = true;
}

static bool is_between(unsigned long addr)
{
	return __inline_bsearch(&addr, between_text, ARRAY_SIZE(between_text),
				sizeof(between_text[0]), cmp_address);
}

struct walk {
	unsigned long	caller;
	unsigned int	frames;
	bool		between;
};

/* So near they are, or this is about something else that was interrupted. */
#define WALK_FRAMES	10

static bool walk_frame(void *cookie, unsigned long addr)
{
	struct walk *walk = cookie;

	if (is_between(addr)) {
		walk->between = true;
		return true;
	}
	if (walk->between) {
		walk->caller = addr;
		return false;
	}
	return ++walk->frames < WALK_FRAMES;
}

static unsigned long find_caller(unsigned long callsite)
{
	struct walk walk = { };

#ifdef CONFIG_ARCH_STACKWALK
	arch_stack_walk(walk_frame, &walk, current, NULL);
#endif
	return walk.caller ?: callsite;
}

static struct irqspan_ipi_row *find_row(struct irqspan_table *table, unsigned int to,
					u8 kind, unsigned long function,
					unsigned long caller, const char *name)
{
	struct irqspan_ipi_key key = {
		.to		= to,
		.from		= raw_smp_processor_id(),
		.kind		= kind,
		.function	= function,
		.caller		= caller,
		.name		= name,
	};

	return irqspan_table_row(table, &key);
}

static void count_request(struct irqspan_ipi_row *row)
{
	if (row)
		local_inc(&row->requests);
	else
		atomic64_inc(&lost_requests);
}

static void count_sent(struct irqspan_ipi_row *row)
{
	if (row)
		local_inc(&row->sent);
	else
		atomic64_inc(&lost_sent);
}

static void call_begin(const call_single_data_t *csd, unsigned int cpu,
		       struct irqspan_ipi_row *row, u32 generation)
{
	struct call_table *table = rcu_dereference_sched(calls);
	unsigned int i, pos = hash_ptr(csd, ilog2(table->n));

	for (i = 0; i < CALL_TRIES; i++) {
		struct call *call = &table->call[(pos + i) & (table->n - 1)];

		if (READ_ONCE(call->csd) || cmpxchg(&call->csd, 0, CALL_BUSY))
			continue;
		/* Pairs with smp_rmb() in call_end(). */
		smp_wmb();
		WRITE_ONCE(call->cpu, cpu);
		call->row	 = row;
		call->generation = generation;
		call->queued	 = ktime_get_mono_fast_ns();
		/* Pairs with smp_load_acquire() in call_end(). */
		smp_store_release(&call->csd, (unsigned long)csd);
		return;
	}
	atomic64_inc(&lost_delays);
}

/*
 * One that nobody waits for can be queued again before its function is entered:
 * the older one is meant.
 */
static bool call_end(const call_single_data_t *csd, struct call *found)
{
	struct call_table *table = rcu_dereference_sched(calls);
	unsigned int i, pos = hash_ptr(csd, ilog2(table->n));
	struct call *oldest = NULL;

	for (i = 0; i < CALL_TRIES; i++) {
		struct call *call = &table->call[(pos + i) & (table->n - 1)];

		/* Pairs with smp_store_release() in call_begin(). */
		if (smp_load_acquire(&call->csd) != (unsigned long)csd ||
		    READ_ONCE(call->cpu) != raw_smp_processor_id())
			continue;
		if (!oldest || (s64)(call->queued - oldest->queued) < 0)
			oldest = call;
	}
	if (!oldest)
		return false;
	*found = *oldest;
	/*
	 * Pairs with smp_wmb() in call_begin(). It may have been freed meanwhile,
	 * and taken for the call of another CPU.
	 */
	smp_rmb();
	if (READ_ONCE(oldest->csd) != (unsigned long)csd)
		return false;
	/* The copy is complete before the slot is taken anew. */
	smp_store_release(&oldest->csd, 0);
	return true;
}

static u8 queued_kind(const call_single_data_t *csd)
{
	return (csd->node.u_flags & CSD_FLAG_TYPE_MASK) == CSD_TYPE_IRQ_WORK ?
	       IRQSPAN_IPI_IRQ_WORK : IRQSPAN_IPI_CALL;
}

static void hook_csd_queue_cpu(void *data, const unsigned int cpu, unsigned long callsite,
			       smp_call_func_t func, call_single_data_t *csd)
{
	struct irqspan_table *table;
	struct irqspan_ipi_row *row;
	struct asked *asked;

	guard(preempt_notrace)();
	table = rcu_dereference_sched(rows);
	asked = &this_cpu_ptr(&ipi_cpus)->asked[interrupt_context_level()];
	asked->kind	= queued_kind(csd);
	asked->function	= (unsigned long)func;
	asked->caller	= find_caller(callsite);

	row = find_row(table, cpu, asked->kind, asked->function, asked->caller, NULL);
	count_request(row);
	/* The end of an irq_work is not seen. */
	if (row && asked->kind == IRQSPAN_IPI_CALL)
		call_begin(csd, cpu, row, table->generation);
}

NOKPROBE_SYMBOL(hook_csd_queue_cpu);

/* An IPI that nothing was queued for */
static void sent(struct irqspan_table *table, unsigned int cpu, u8 kind,
		 unsigned long function, unsigned long caller, const char *name)
{
	struct irqspan_ipi_row *row = find_row(table, cpu, kind, function, caller, name);

	count_request(row);
	count_sent(row);
}

/* An IPI for what was queued. It may have been queued before measuring began. */
static void sent_for_queue(struct irqspan_table *table, unsigned int cpu)
{
	unsigned int level = interrupt_context_level();
	struct asked *asked = &this_cpu_ptr(&ipi_cpus)->asked[level];

	if (asked->kind)
		count_sent(find_row(table, cpu, asked->kind, asked->function,
				    asked->caller, NULL));
	else
		sent(table, cpu, IRQSPAN_IPI_CALL, 0, 0, NULL);
}

static bool is_queue(const void *callback)
{
	return callback == generic_smp_call_function_single_interrupt;
}

/* If the architecture tells its name next, it is that of this kind. */
static void will_send(u8 kind)
{
	this_cpu_ptr(&ipi_cpus)->sending[interrupt_context_level()] = kind;
}

static void hook_ipi_send_cpu(void *data, const unsigned int cpu, unsigned long callsite,
			      void *callback)
{
	struct irqspan_table *table;
	u8 kind;

	guard(preempt_notrace)();
	table = rcu_dereference_sched(rows);
	if (is_queue(callback)) {
		sent_for_queue(table, cpu);
		will_send(IRQSPAN_IPI_CALL);
		return;
	}
	if (!callback)
		kind = IRQSPAN_IPI_RESCHEDULE;
	else
		kind = cpu == raw_smp_processor_id() ? IRQSPAN_IPI_IRQ_WORK : IRQSPAN_IPI_OTHER;
	sent(table, cpu, kind, (unsigned long)callback, find_caller(callsite), NULL);
	will_send(kind);
}

NOKPROBE_SYMBOL(hook_ipi_send_cpu);

static void hook_ipi_send_cpumask(void *data, const struct cpumask *cpumask,
				  unsigned long callsite, void *callback)
{
	struct irqspan_table *table;
	unsigned long caller;
	unsigned int cpu;

	guard(preempt_notrace)();
	table = rcu_dereference_sched(rows);
	caller = is_queue(callback) ? 0 : find_caller(callsite);
	for_each_cpu(cpu, cpumask) {
		if (is_queue(callback))
			sent_for_queue(table, cpu);
		else
			sent(table, cpu, IRQSPAN_IPI_OTHER, (unsigned long)callback, caller, NULL);
	}
	will_send(is_queue(callback) ? IRQSPAN_IPI_CALL : IRQSPAN_IPI_OTHER);
}

NOKPROBE_SYMBOL(hook_ipi_send_cpumask);

#ifdef CONFIG_HAVE_EXTRA_IPI_TRACEPOINTS
/* All that the architecture sends comes through here, what was seen before too. */
static void hook_ipi_raise(void *data, const struct cpumask *mask, const char *reason)
{
	struct irqspan_table *table;
	unsigned int cpu;
	u8 *sending;

	guard(preempt_notrace)();
	sending = &this_cpu_ptr(&ipi_cpus)->sending[interrupt_context_level()];
	if (*sending) {
		WRITE_ONCE(kind_names[*sending], reason);
		*sending = IRQSPAN_IPI_NONE;
		return;
	}
	table = rcu_dereference_sched(rows);
	for_each_cpu(cpu, mask)
		sent(table, cpu, IRQSPAN_IPI_OTHER, 0, 0, reason);
}

NOKPROBE_SYMBOL(hook_ipi_raise);
#endif

static void count_late(struct irqspan_ipi_row *row, u64 delay, const struct irqspan_past *past)
{
	WRITE_ONCE(row->late, row->late + 1);
	if (delay > row->late_max) {
		raw_write_seqcount_begin(&row->seq);
		row->late_max = delay;
		row->past = *past;
		raw_write_seqcount_end(&row->seq);
	}
	if (past->duration >= READ_ONCE(irqspan_local_thresh_ns) &&
	    past->duration >= READ_ONCE(tracing_thresh)) {
		struct irqspan_late late = {
			.key	= &row->key,
			.delay	= delay,
			.past	= past,
		};

		irqspan_record_late(&late);
	}
}

/* A call has arrived. Return: its row, if it is in the table of today. */
static struct irqspan_ipi_row *delivered(const call_single_data_t *csd, u64 now, u32 generation)
{
	const struct irqspan_past *past;
	struct irqspan_ipi_row *row;
	struct call call;
	u64 delay;

	if (!call_end(csd, &call) || call.generation != generation)
		return NULL;
	row = call.row;
	delay = irqspan_since(now, call.queued);
	WRITE_ONCE(row->delay_total, row->delay_total + delay);
	if (delay > row->delay_max)
		WRITE_ONCE(row->delay_max, delay);

	if (delay >= IRQSPAN_BLAME_NS) {
		past = irqspan_blame_find(this_cpu_ptr(&irqspan_blame),
					  sched_clock_noinstr(), delay);
		if (past)
			count_late(row, delay, past);
	}
	return row;
}

/*
 * Interrupts are off. A call to this very CPU has no call_single_data; that of a
 * call which nobody waits for may be gone already: only its address is used.
 */
static void hook_csd_function_entry(void *data, smp_call_func_t func, call_single_data_t *csd)
{
	struct ipi_cpu *ipi;
	u32 generation;
	u64 now;

	if (!csd)
		return;
	guard(preempt_notrace)();
	now = ktime_get_mono_fast_ns();
	ipi = this_cpu_ptr(&ipi_cpus);
	/* Read once: the row is one of that table, if another one comes now. */
	generation = rcu_dereference_sched(rows)->generation;
	ipi->row = delivered(csd, now, generation);
	ipi->generation = generation;
	/* Of wake-ups there is one call for all that are queued. */
	if (func == sched_ttwu_pending) {
		struct llist_node *node;

		llist_for_each(node, csd->node.llist.next)
			delivered(llist_entry(node, call_single_data_t, node.llist), now,
				  generation);
	}
	ipi->csd = csd;
	ipi->start = ktime_get_mono_fast_ns();
}

NOKPROBE_SYMBOL(hook_csd_function_entry);

static void hook_csd_function_exit(void *data, smp_call_func_t func, call_single_data_t *csd)
{
	struct irqspan_ipi_row *row;
	struct ipi_cpu *ipi;
	u64 ns;

	guard(preempt_notrace)();
	ipi = this_cpu_ptr(&ipi_cpus);
	if (!csd || ipi->csd != csd)
		return;
	ipi->csd = NULL;
	row = ipi->row;
	if (!row || ipi->generation != rcu_dereference_sched(rows)->generation)
		return;
	ns = irqspan_since(ktime_get_mono_fast_ns(), ipi->start);
	WRITE_ONCE(row->handler_total, row->handler_total + ns);
	if (ns > row->handler_max)
		WRITE_ONCE(row->handler_max, ns);
}

NOKPROBE_SYMBOL(hook_csd_function_exit);

/* What ends a call is attached before what begins it. */
static const struct irqspan_probe probes[] = {
	IRQSPAN_PROBE(csd_function_exit),
	IRQSPAN_PROBE(csd_function_entry),
	IRQSPAN_PROBE(csd_queue_cpu),
#ifdef CONFIG_HAVE_EXTRA_IPI_TRACEPOINTS
	IRQSPAN_PROBE(ipi_raise),
#endif
	IRQSPAN_PROBE(ipi_send_cpu),
	IRQSPAN_PROBE(ipi_send_cpumask),
};

/**
 * irqspan_ipi_clear - forget what was counted
 *
 * Context: start and stop are excluded; sleeps.
 * Return: 0 or -ENOMEM; then nothing changed.
 */
int irqspan_ipi_clear(void)
{
	struct irqspan_table *table, *old;

	table = irqspan_table_alloc(irqspan_table_rows(), sizeof(struct irqspan_ipi_row),
				    sizeof(struct irqspan_ipi_key));
	if (!table)
		return -ENOMEM;
	old = rcu_replace_pointer(rows, table, true);
	if (old)
		kvfree_rcu_mightsleep(old);
	atomic64_set(&lost_requests, 0);
	atomic64_set(&lost_sent, 0);
	atomic64_set(&lost_delays, 0);
	return 0;
}

static int alloc_calls(void)
{
	unsigned int n = roundup_pow_of_two(clamp(64 * nr_cpu_ids, CALLS_MIN, CALLS_MAX));
	struct call_table *table, *old;

	table = vzalloc(struct_size(table, call, n));
	if (!table)
		return -ENOMEM;
	table->n = n;
	old = rcu_replace_pointer(calls, table, true);
	if (old)
		kvfree_rcu_mightsleep(old);
	return 0;
}

/**
 * irqspan_ipi_prepare_cpu - a CPU is about to come online
 * @cpu: the CPU
 *
 * When it went offline, tracing was off while it ran its last calls.
 */
void irqspan_ipi_prepare_cpu(unsigned int cpu)
{
	struct call_table *table;
	unsigned int i;

	guard(rcu)();
	table = rcu_dereference(calls);
	for (i = 0; table && i < table->n; i++) {
		struct call *call = &table->call[i];

		/* Pairs with smp_store_release() in call_begin(). */
		if (smp_load_acquire(&call->csd) > CALL_BUSY && call->cpu == cpu)
			WRITE_ONCE(call->csd, 0);
	}
}

/**
 * irqspan_ipi_start - begin to measure
 *
 * The counters are kept when measuring ends, to be read, until the next start.
 *
 * Context: start and stop are excluded; sleeps.
 * Return: 0 or a negative errno; then nothing was started.
 */
int irqspan_ipi_start(void)
{
	unsigned int cpu;
	int ret;

	ret = irqspan_ipi_clear();
	if (!ret)
		ret = alloc_calls();
	if (ret)
		return ret;
	for_each_possible_cpu(cpu)
		memset(per_cpu_ptr(&ipi_cpus, cpu), 0, sizeof(struct ipi_cpu));
	if (!between_known)
		find_between();
	ret = irqspan_probes_register(probes, ARRAY_SIZE(probes));
	if (!ret)
		WRITE_ONCE(irqspan_blame_ns, IRQSPAN_BLAME_NS);
	return ret;
}

/**
 * irqspan_ipi_stop - end what irqspan_ipi_start() began
 *
 * Context: start and stop are excluded; sleeps.
 */
void irqspan_ipi_stop(void)
{
	WRITE_ONCE(irqspan_blame_ns, U64_MAX);
	irqspan_probes_unregister(probes, ARRAY_SIZE(probes));
}

/**
 * irqspan_ipi_lost - what could not be counted in a row
 * @requests: number of requests for an IPI
 * @sent: number of IPIs sent
 * @delays: number of calls that are counted, but not in the times of their row
 */
void irqspan_ipi_lost(u64 *requests, u64 *sent, u64 *delays)
{
	*requests = atomic64_read(&lost_requests);
	*sent = atomic64_read(&lost_sent);
	*delays = atomic64_read(&lost_delays);
}

/**
 * irqspan_ipi_name - what the architecture calls a kind of IPI
 * @kind: the kind
 *
 * Return: the name in /proc/interrupts, NULL if it is not known.
 */
const char *irqspan_ipi_name(enum irqspan_ipi_kind kind)
{
	return READ_ONCE(kind_names[kind]);
}

static int cmp_rows(const void *a, const void *b)
{
	const struct irqspan_ipi_key *x = &((const struct irqspan_ipi_row *)a)->key;
	const struct irqspan_ipi_key *y = &((const struct irqspan_ipi_row *)b)->key;

	return irqspan_cmp(x->to, y->to) ?: irqspan_cmp(x->from, y->from) ?:
	       irqspan_cmp(x->kind, y->kind) ?: irqspan_cmp(x->function, y->function) ?:
	       irqspan_cmp(x->caller, y->caller) ?:
	       irqspan_cmp((unsigned long)x->name, (unsigned long)y->name);
}

static void copy_row(void *to, const void *from)
{
	const struct irqspan_ipi_row *row = from;
	unsigned int seq;

	do {
		seq = raw_read_seqcount_begin(&row->seq);
		memcpy(to, row, sizeof(*row));
	} while (read_seqcount_retry(&row->seq, seq));
}

static void merge_rows(void *to, const void *from)
{
	const struct irqspan_ipi_row *y = from;
	struct irqspan_ipi_row *x = to;

	local_add(local_read(&y->requests), &x->requests);
	local_add(local_read(&y->sent), &x->sent);
	x->handler_total += y->handler_total;
	x->handler_max = max(x->handler_max, y->handler_max);
	x->delay_total += y->delay_total;
	x->delay_max = max(x->delay_max, y->delay_max);
	x->late += y->late;
	if (y->late_max > x->late_max) {
		x->late_max = y->late_max;
		x->past = y->past;
	}
}

/**
 * irqspan_ipi_rows - a sorted copy of the counters
 * @copy: set to the rows, to be freed with kvfree()
 *
 * Context: sleeps.
 * Return: their number, or -ENOMEM.
 */
int irqspan_ipi_rows(struct irqspan_ipi_row **copy)
{
	return irqspan_table_sorted(&rows, (void **)copy, copy_row, cmp_rows, merge_rows);
}
