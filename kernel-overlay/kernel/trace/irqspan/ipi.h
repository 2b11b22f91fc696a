/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files that watch IPIs share: ipi.c has the hooks, ipi_table.c the counters and
 * the file "ipis", ipi_call.c the function calls on their way to another CPU.
 */
#ifndef _KERNEL_TRACE_IRQSPAN_IPI_H
#define _KERNEL_TRACE_IRQSPAN_IPI_H

#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/compiler.h>
#include <linux/hash.h>
#include <linux/limits.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/clock.h>
#include <linux/seqlock.h>
#include <linux/smp.h>
#include <linux/timekeeping.h>
#include <linux/types.h>

#include "clock.h"
#include "irqspan.h"
#include "path.h"
#include "table.h"
#include "u64.h"

/* ipi_table.c */

/* Kinds of IPIs */
enum ipi_kind {
	KIND_UNKNOWN,
	KIND_RESCHEDULE,
	KIND_CALL,
	KIND_IRQ_WORK,
	KIND_OTHER,
	NR_KINDS,
};

/* &ipi_key.from of a row that all senders share */
#define ANY_CPU		UINT_MAX

/**
 * struct ipi_key - what is counted in one row
 * @to: CPU that the IPI is for
 * @from: CPU that asks for it, or %ANY_CPU
 * @kind: &enum ipi_kind
 * @folded: the row tells less than it should, for want of room: it has no path, or is
 *	for all senders
 * @function: function to be called there; 0 if none is known
 * @call_site: code that asked
 * @path: the functions that led there, see &irqspan_path.functions
 * @name: the architecture's name of an IPI that no other event tells of, else NULL
 */
struct ipi_key {
	unsigned int			to;
	unsigned int			from;
	unsigned int			kind;
	unsigned int			folded;
	unsigned long			function;
	unsigned long			call_site;
	const struct irqspan_path	*path;
	const char			*name;
};

/**
 * struct ipi_row - the counters of one key
 * @key: what is counted
 * @requests: how often such an IPI was asked for
 * @sent: how many IPIs were sent for these requests
 * @comm_seq: odd while @comm is being written
 * @comm: task that asked last; empty if no task did
 * @run_total: total time that the called functions took, ns. The target CPU writes this
 *	and all that follows
 * @run_max: the longest time
 * @delay_total: total time from the requests to the entry of the functions, ns
 * @delay_max: the longest delay
 * @late: how many calls were late because interrupts were off
 * @late_max: the longest delay of a late call
 * @seq: guards @culprit
 * @culprit: the span that was to blame for @late_max
 */
struct ipi_row {
	struct ipi_key			key;
	atomic64_t			requests;
	atomic64_t			sent;
	unsigned int			comm_seq;
	char				comm[TASK_COMM_LEN] __aligned(8);

	aligned_u64			run_total ____cacheline_aligned_in_smp;
	aligned_u64			run_max;
	aligned_u64			delay_total;
	aligned_u64			delay_max;
	aligned_u64			late;
	u64				late_max;
	seqcount_t			seq;
	struct irqspan_culprit		culprit;
};

/**
 * struct ipi_counters - all that is counted
 * @generation: differs from that of all others
 * @paths: the functions that led to the requests
 * @rows: a row for each sender
 * @any_rows: rows for all senders together, for requests that found no room in @rows
 * @folded: requests counted in a row whose &ipi_key.folded is set
 * @lost_delays: calls whose delay is not known
 * @overflow_rows: for requests that found no room in @any_rows either: %NR_KINDS rows for
 *	each target CPU
 */
struct ipi_counters {
	u32				generation;
	struct irqspan_table		*paths;
	struct irqspan_table __rcu	*rows;
	struct irqspan_table __rcu	*any_rows;
	atomic64_t			folded;
	atomic64_t			lost_delays;
	struct ipi_row			overflow_rows[];
};

extern struct ipi_counters __rcu *irqspan_ipi_counters;
extern const char *irqspan_ipi_arch_names[NR_KINDS];
extern struct irqspan_file irqspan_ipis_file;

int irqspan_ipi_clear(void);

/* ipi.c */

/*
 * The clock of delays, which is read on two CPUs. If sched_clock() is the same on all CPUs,
 * so is the cycle counter that it is made from.
 */
extern bool irqspan_ipi_clock_is_stable;
extern bool irqspan_ipi_clock_is_cycles;
extern struct irqspan_scale irqspan_ipi_clock_scale;

static __always_inline u64 read_clock(void)
{
	if (likely(irqspan_ipi_clock_is_cycles))
		return trace_clock_cycles();
	return irqspan_ipi_clock_is_stable ? sched_clock_noinstr() : ktime_get_mono_fast_ns();
}

static __always_inline u64 clock_ns(u64 diff)
{
	if (likely(diff <= IRQSPAN_SHORT_DIFF))
		return irqspan_clock_short_ns(&irqspan_ipi_clock_scale, diff);
	return irqspan_clock_ns(&irqspan_ipi_clock_scale, diff);
}

static __always_inline bool is_sched_clock_stable(void)
{
#ifdef CONFIG_HAVE_UNSTABLE_SCHED_CLOCK
	return sched_clock_stable();
#else
	return true;
#endif
}

/* False if the clock turned out not to be stable: no times are known until the next start. */
static __always_inline bool clock_is_valid(void)
{
	return !irqspan_ipi_clock_is_stable || likely(is_sched_clock_stable());
}

/**
 * struct ipi_request - a recent request of a CPU, with its row and path
 * @to: target CPU
 * @generation: &ipi_counters.generation of the counters that have @row and the path
 * @row: the row of the request
 * @walk: the functions that led to it
 */
struct ipi_request {
	unsigned int			to;
	u32				generation;
	struct ipi_row			*row;
	struct irqspan_walk		walk;
};

/* ipi_call.c */

/**
 * struct call_batch - function calls that are queued together, before the IPIs are sent
 * @id: number of the batch on this CPU and context level; 0: there is none
 * @cpu: this CPU
 * @sent: clock when the IPIs were sent, 0 if they are not sent yet
 * @arrived: @id if one of the calls has arrived
 * @last_cpu: target of the last call; %UINT_MAX: no more calls belong to the batch
 * @frame: frame of the hook that began the batch
 * @base: address of a call's data less the target's per-CPU offset: the same for all calls
 * @request: the request that the calls belong to
 *
 * Written by its own CPU, except that the targets set @arrived, and a start sets @cpu.
 * The targets read @id and @sent.
 */
struct call_batch {
	u32				id;
	u32				arrived;
	aligned_u64			sent;
	unsigned int			cpu;
	unsigned int			last_cpu;
	unsigned long			frame;
	unsigned long			base;
	struct ipi_request		*request;
};

/**
 * struct call_key - identifies a call, when it is queued and when it arrives
 * @csd: address of its data, which may be gone already when it arrives
 * @cpu: target
 * @zero: padding, always 0: keys are compared with memcmp()
 */
struct call_key {
	const call_single_data_t	*csd;
	unsigned int			cpu;
	unsigned int			zero;
};

/**
 * struct call_in_flight - a function call on its way to another CPU
 * @key: identifies the call
 * @row: the row to count it in
 * @generation: of the counters that @row belongs to
 * @batch_id: &call_batch.id of @batch
 * @batch: the batch it belongs to
 * @queued: clock when it was queued
 */
struct call_in_flight {
	struct call_key			key;
	struct ipi_row			*row;
	u32				generation;
	u32				batch_id;
	struct call_batch		*batch;
	u64				queued;
} __aligned(64);

extern struct irqspan_table __rcu *irqspan_calls_in_flight;

int irqspan_forget_calls(void);
void irqspan_drop_calls_to(unsigned int cpu);
void irqspan_print_calls_to(struct seq_file *m, unsigned int cpu);
struct call_in_flight *irqspan_add_call(struct irqspan_table *table,
					const call_single_data_t *csd, unsigned int cpu);
struct call_in_flight *irqspan_hold_call(struct irqspan_table *table,
					 const call_single_data_t *csd, unsigned int cpu);

static __always_inline u32 hash_call(const call_single_data_t *csd, unsigned int cpu)
{
	return hash_64((unsigned long)csd ^ (u64)cpu << 48, 32);
}

/*
 * The calls of one broadcast are queued one after the other, with increasing numbers of
 * their targets, before IPIs are sent; their data is the same per-CPU variable.
 */
static __always_inline bool is_same_batch(const struct call_batch *batch, u32 generation,
					  unsigned long site, unsigned long function,
					  unsigned long frame, unsigned int cpu,
					  const call_single_data_t *csd)
{
	return cpu > batch->last_cpu && batch->frame == frame &&
	       batch->base == (unsigned long)csd - per_cpu_offset(cpu) &&
	       irqspan_walk_is_for(&batch->request->walk, generation, site, function);
}

/*
 * A synchronous caller waits for its calls, so until one has arrived this is still the
 * same broadcast.
 */
static __always_inline bool is_same_broadcast(const struct call_batch *batch, unsigned int type)
{
	return type == CSD_TYPE_SYNC && READ_ONCE(batch->arrived) != batch->id;
}

static __always_inline void begin_batch(struct call_batch *batch, struct ipi_request *request,
					unsigned long frame, unsigned int cpu,
					const call_single_data_t *csd)
{
	WRITE_ONCE(batch->id, batch->id + 1);
	/* Pairs with smp_rmb() in read_sent(). */
	smp_wmb();
	irqspan_u64_write(&batch->sent, 0);
	batch->frame	= frame;
	batch->base	= (unsigned long)csd - per_cpu_offset(cpu);
	batch->request	= request;
}

/*
 * An IPI is sent to a CPU. If the last call was for that one, the IPIs of the batch are sent
 * now: close it. All of its calls share the time of sending.
 */
static __always_inline void end_batch(struct call_batch *batch, unsigned int cpu)
{
	if (cpu != batch->last_cpu)
		return;
	batch->last_cpu = UINT_MAX;
	irqspan_u64_write(&batch->sent, read_clock());
}

/* Returns when the IPI for a call was sent, or if that is not known, when it was queued. */
static __always_inline u64 read_sent(const struct call_in_flight *call, u64 now)
{
	struct call_batch *batch = call->batch;
	u64 sent;

	if (READ_ONCE(batch->id) != call->batch_id)
		return call->queued;
	sent = irqspan_u64_read(&batch->sent);
	/* Pairs with smp_wmb() in begin_batch(): is it still the same batch? */
	smp_rmb();
	if (READ_ONCE(batch->id) != call->batch_id)
		return call->queued;
	/* For is_same_broadcast(), which the sender calls after it has waited for its calls. */
	if (READ_ONCE(batch->arrived) != call->batch_id)
		WRITE_ONCE(batch->arrived, call->batch_id);
	/* The call may have run before its IPI was sent, with an IPI for another call. */
	return sent && (s64)(now - sent) >= 0 ? sent : call->queued;
}

/* Returns false if there is no room for the call. */
static __always_inline bool begin_call(struct call_batch *batch, const struct ipi_request *request,
				       const call_single_data_t *csd, unsigned int cpu)
{
	struct irqspan_table *table = rcu_dereference_sched(irqspan_calls_in_flight);
	u32 hash = hash_call(csd, cpu);
	struct call_in_flight *call;

	call = irqspan_table_add_first(table, hash, sizeof(*call));
	if (unlikely(!call)) {
		call = irqspan_add_call(table, csd, cpu);
		if (!call) {
			/* Its arrival would not be seen: add no more calls to the batch. */
			batch->last_cpu = UINT_MAX;
			return false;
		}
	}
	call->key.csd	 = csd;
	call->key.cpu	 = cpu;
	call->key.zero	 = 0;
	call->row	 = request->row;
	call->generation = request->generation;
	call->batch_id	 = batch->id;
	call->batch	 = batch;
	/* Read the clock last: the time that this hook took is no part of the delay. */
	call->queued	 = read_clock();
	irqspan_table_publish_first(table, call, hash, sizeof(*call));
	return true;
}

/*
 * Find a call that has arrived, and keep other contexts from it. If no task waits for the
 * call, its csd can be queued again before the function is entered: then either of the two
 * calls may be found first.
 */
static __always_inline struct call_in_flight *end_call(struct irqspan_table *table,
						       const call_single_data_t *csd,
						       unsigned int cpu)
{
	u32 hash = hash_call(csd, cpu);
	struct call_in_flight *call;

	call = irqspan_table_hold_first(table, hash, sizeof(*call));
	if (likely(call)) {
		if (likely(call->key.csd == csd && call->key.cpu == cpu))
			return call;
		irqspan_table_publish_first(table, call, hash, sizeof(*call));
	}
	return irqspan_hold_call(table, csd, cpu);
}

#endif /* _KERNEL_TRACE_IRQSPAN_IPI_H */
