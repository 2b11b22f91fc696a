// SPDX-License-Identifier: GPL-2.0
/*
 * Inter-processor interrupts: which CPU sends them to which, for which function, and how
 * long it takes until that function runs.
 *
 * A request is counted by the events csd_queue_cpu, for function calls, and
 * ipi_send_cpu and ipi_send_cpumask, which also tell if an IPI was sent for a call. The
 * function runs between csd_function_entry and csd_function_exit on the other CPU.
 *
 * In a row, the counters of requests are atomic: there may be several senders. What
 * the target counts has one writer: that CPU, with interrupts off.
 *
 * Tables do not grow. A request that finds no room there is counted in a row that tells
 * less: one without the path, or one for all senders.
 */
#include <linux/cpumask.h>
#include <linux/hash.h>
#include <linux/kprobes.h>
#include <linux/llist.h>
#include <linux/mutex.h>
#include <linux/overflow.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/clock.h>
#include <linux/seqlock.h>
#include <linux/smp.h>
#include <linux/sort.h>
#include <linux/string.h>
#include <linux/string_choices.h>
#include <linux/timekeeping.h>
#include <linux/vmalloc.h>

#include <trace/events/csd.h>
#include <trace/events/ipi.h>

#include "blame.h"
#include "clock.h"
#include "irqspan.h"
#include "path.h"
#include "probe.h"
#include "table.h"

/**
 * struct irqspan_late_call - a function call that interrupts being off made late
 * @from_cpu: CPU that called
 * @function: the function
 * @call_site: code that asked for the call
 * @delay: ns until it was entered
 * @culprit: the span that is to blame
 */
struct irqspan_late_call {
	unsigned int			from_cpu;
	unsigned long			function;
	unsigned long			call_site;
	u64				delay;
	const struct irqspan_culprit	*culprit;
};

static void fill_ipi_late(void *entry, const void *from);

#define CREATE_TRACE_POINTS
#include "ipi_trace.h"

static struct irqspan_event ipi_late_event;

/* Kinds of IPIs */
enum ipi_kind {
	KIND_UNKNOWN,
	KIND_RESCHEDULE,
	KIND_CALL,
	KIND_IRQ_WORK,
	KIND_OTHER,
	NR_KINDS,
};

static const char * const kind_names[NR_KINDS] = {
	[KIND_RESCHEDULE]	= "reschedule",
	[KIND_CALL]		= "call-function",
	[KIND_IRQ_WORK]		= "irq_work",
	[KIND_OTHER]		= "other",
};

/* What the architecture calls a kind, as in /proc/interrupts; NULL if it does not tell */
static const char *arch_names[NR_KINDS];

/* &ipi_key.from of a row that all senders share */
#define ANY_CPU		UINT_MAX

/**
 * struct ipi_key - what is counted in one row
 * @to: CPU that the IPI is for
 * @from: CPU that asks for it, or %ANY_CPU
 * @kind: &enum ipi_kind
 * @folded: there was no room for what tells more: for the path, or for a row with the
 *	CPU that asks
 * @function: function to be called there; 0 if none is known
 * @call_site: code that asked
 * @path: the functions that led there, see &irqspan_path.functions
 * @name: of an IPI of which only the architecture tells, else NULL
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
 * struct ipi_row - counters
 * @key: of what
 * @requests: how often such an IPI was asked for
 * @sent: how many were sent for that
 * @comm_seq: odd while @comm is being written
 * @comm: task that asked last; empty if none did
 * @run_total: time that the functions took, ns. From here on, the target counts
 * @run_max: the longest
 * @delay_total: time from the request to the entry of the function, ns
 * @delay_max: the longest
 * @late: how many were late since interrupts were off
 * @late_max: the longest delay of these
 * @seq: guards @culprit
 * @culprit: the span that was to blame for @late_max
 */
struct ipi_row {
	struct ipi_key			key;
	atomic_long_t			requests;
	atomic_long_t			sent;
	unsigned int			comm_seq;
	char				comm[TASK_COMM_LEN] __aligned(8);

	u64				run_total ____cacheline_aligned_in_smp;
	u64				run_max;
	u64				delay_total;
	u64				delay_max;
	u64				late;
	u64				late_max;
	seqcount_t			seq;
	struct irqspan_culprit		culprit;
};

/**
 * struct ipi_counters - all that is counted
 * @generation: differs from that of all others
 * @paths: the functions that led to the requests
 * @rows: rows with the CPU that asked
 * @any_rows: rows for any CPU that asked, which found no room in @rows
 * @folded: requests counted in a row whose &ipi_key.folded is set
 * @lost_delays: calls of which it is not known how long they took
 * @overflow_rows: rows for what found no room in @any_rows either: %NR_KINDS for each CPU
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

/* Replaced at a start and when they are cleared, with the mutex held. */
static struct ipi_counters __rcu *counters __read_mostly;
static DEFINE_MUTEX(counters_mutex);

struct ipi_request;

/**
 * struct call_batch - function calls that one IPI, or one for each CPU, is sent for
 * @id: number of the batch on this CPU and context level; 0: there is none
 * @cpu: this CPU
 * @sent: clock when the IPIs were sent, 0 if they were not, yet
 * @arrived: @id if one of the calls has arrived
 * @last_cpu: target of the last call; %UINT_MAX: no more belong to it
 * @frame: of the hook
 * @base: what the addresses of the calls' data have in common
 * @request: what was asked for
 *
 * Written by its own CPU but for @arrived, and @cpu, which is set at a start. The targets
 * read @id and @sent.
 */
struct call_batch {
	u32				id;
	u32				arrived;
	u64				sent;
	unsigned int			cpu;
	unsigned int			last_cpu;
	unsigned long			frame;
	unsigned long			base;
	struct ipi_request		*request;
};

/**
 * struct call_key - what is known of a call at its begin and its end
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
 * @key: see there
 * @row: whose counters it changes
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

/*
 * A task waits for one call at a time. Calls that no task waits for have data of their
 * own, and there are few.
 */
#define CALLS_MIN	1024U
#define CALLS_MAX	16384U

/* Allocated at a start */
static struct irqspan_table __rcu *calls_in_flight;

/**
 * struct ipi_request - the last request of one kind on one CPU
 * @to: CPU that was meant
 * @generation: of the counters that @row and the path of @walk belong to
 * @row: its row
 * @walk: the functions that led to it
 */
struct ipi_request {
	unsigned int			to;
	u32				generation;
	struct ipi_row			*row;
	struct irqspan_walk		walk;
};

#define REQUESTS		8

/**
 * struct ipi_level - what is going on at one context level of a CPU
 * @sending: kind of the IPI that the architecture sends next, if it is known
 * @queued: the last call that was queued, NULL if there was none
 * @batch: the calls that were queued together
 * @request: what was asked for lately, by a hash
 */
struct ipi_level {
	unsigned int			sending;
	struct ipi_request		*queued;
	struct call_batch		batch;
	struct ipi_request		request[REQUESTS];
};

/* Task, softirq, hardirq, NMI: as interrupt_context_level() counts them */
#define LEVELS			4

/**
 * struct ipi_cpu - the state of a CPU
 * @csd: the call that runs here, sent by another CPU
 * @row: its row
 * @generation: of the counters that @row belongs to
 * @start: clock when its function was entered
 * @level: see there
 */
struct ipi_cpu {
	const call_single_data_t	*csd;
	struct ipi_row			*row;
	u32				generation;
	u64				start;
	struct ipi_level		level[LEVELS];
};

/* Allocated at the first start */
static struct ipi_cpu __percpu *ipi_cpus __read_mostly;

/* The function that wakes tasks which another CPU has queued; known from the first one. */
static smp_call_func_t wake_function __read_mostly;

/*
 * The clock. If sched_clock() is the same on all CPUs, so are the cycles below it.
 */
static bool clock_is_stable __read_mostly;
static bool clock_is_cycles __read_mostly;
static struct irqspan_scale clock_scale;

static __always_inline u64 read_clock(void)
{
	if (likely(clock_is_cycles))
		return trace_clock_cycles();
	return clock_is_stable ? sched_clock_noinstr() : ktime_get_mono_fast_ns();
}

static __always_inline u64 clock_ns(u64 diff)
{
	if (likely(diff <= IRQSPAN_SHORT_DIFF))
		return irqspan_clock_short_ns(&clock_scale, diff);
	return irqspan_clock_ns(&clock_scale, diff);
}

static __always_inline bool is_sched_clock_stable(void)
{
#ifdef CONFIG_HAVE_UNSTABLE_SCHED_CLOCK
	return sched_clock_stable();
#else
	return true;
#endif
}

/* If it turns out not to be stable, the times are not known until the next start. */
static __always_inline bool clock_is_valid(void)
{
	return !clock_is_stable || likely(is_sched_clock_stable());
}

static void choose_clock(void)
{
	clock_scale = (struct irqspan_scale){ .mult = 1 };
	clock_is_stable = is_sched_clock_stable();
	guard(preempt)();
	clock_is_cycles = clock_is_stable &&
			  trace_clock_cycles_scale(&clock_scale.mult, &clock_scale.shift);
}

static void fill_ipi_late(void *entry, const void *from)
{
	struct trace_event_raw_ipi_late *to = entry;
	const struct irqspan_late_call *late = from;

	to->from_cpu	= late->from_cpu;
	to->function	= late->function;
	to->call_site	= late->call_site;
	to->delay	= late->delay;
	to->duration	= late->culprit->duration;
	to->caller	= late->culprit->caller;
	to->handler	= late->culprit->handler;
	to->waited	= late->culprit->waited;
	to->pid		= late->culprit->pid;
	memcpy(to->comm, late->culprit->comm, TASK_COMM_LEN);
}

/* Rows */

static u32 hash_key(const struct ipi_key *key)
{
	u64 x = key->function + key->call_site * 3 + (unsigned long)key->path * 5 +
		(unsigned long)key->name * 7;

	return hash_64(x ^ (u64)key->to << 48 ^ (u64)key->from << 32 ^ key->kind << 28, 32);
}

static noinline struct ipi_row *find_row_of_any(struct ipi_counters *c, const struct ipi_key *from)
{
	struct ipi_key key = *from;
	struct ipi_row *row;

	key.from = ANY_CPU;
	key.folded = 1;
	row = irqspan_table_find_or_add(rcu_dereference_sched(c->any_rows), hash_key(&key), &key);
	return row ?: &c->overflow_rows[key.to * NR_KINDS + key.kind];
}

static struct ipi_row *find_row(struct ipi_counters *c, const struct ipi_key *key)
{
	struct ipi_row *row;

	row = irqspan_table_find_or_add(rcu_dereference_sched(c->rows), hash_key(key), key);
	return row ?: find_row_of_any(c, key);
}

/* Name the task that asked last in the row, unless another CPU is writing there. */
static noinline void set_comm(struct ipi_row *row)
{
	unsigned int seq = READ_ONCE(row->comm_seq);

	if (seq % 2 || cmpxchg(&row->comm_seq, seq, seq + 1) != seq)
		return;
	memcpy(row->comm, current->comm, TASK_COMM_LEN);
	/* Pairs with smp_load_acquire() in copy_comm(). */
	smp_store_release(&row->comm_seq, seq + 2);
}

static __always_inline bool is_comm(const struct ipi_row *row, const char *comm)
{
	return !memcmp(row->comm, comm, TASK_COMM_LEN);
}

static noinline void count_folded(void)
{
	atomic64_inc(&rcu_dereference_sched(counters)->folded);
}

static __always_inline void count_request(struct ipi_row *row, unsigned int level)
{
	atomic_long_inc(&row->requests);
	if (unlikely(row->key.folded))
		count_folded();
	/* A task that was interrupted has not asked. */
	if (!level && unlikely(!is_comm(row, current->comm)))
		set_comm(row);
}

/* The compiler would compute this address again for each access. */
static __always_inline struct ipi_level *this_level(unsigned int nr)
{
	struct ipi_level *level = &this_cpu_ptr(ipi_cpus)->level[nr];

	OPTIMIZER_HIDE_VAR(level);
	return level;
}

static __always_inline struct ipi_request *choose_request(struct ipi_level *level,
							  unsigned long site,
							  unsigned long function)
{
	struct ipi_request *request = &level->request[(site ^ function >> 4) % REQUESTS];

	OPTIMIZER_HIDE_VAR(request);
	return request;
}

/*
 * Find the row of a request to the CPU @to. If the request is not @known, also find the
 * functions that led to it: @site and @function are what the event tells, @frame is that
 * of the hook.
 */
static noinline void update_request(struct ipi_request *request, bool known, u32 generation,
				    unsigned long site, unsigned long function,
				    unsigned long frame, unsigned int kind, unsigned int to)
{
	const struct irqspan_path *path;
	struct ipi_counters *c;
	struct ipi_key key;

	/* Pairs with smp_wmb() in irqspan_walks_forget(): not the counters before these. */
	smp_rmb();
	c = rcu_dereference_sched(counters);
	if (!known || request->generation != c->generation) {
		irqspan_walk_stack(&request->walk, generation, site, function, frame, c->paths);
		request->generation = c->generation;
	}
	path = request->walk.path;
	key = (struct ipi_key){
		.to		= to,
		.from		= raw_smp_processor_id(),
		.kind		= kind,
		.folded		= !path,
		.function	= function,
		.call_site	= path ? path->call_site : 0,
		.path		= path ? path->functions : NULL,
	};
	request->row = find_row(c, &key);
	request->to = to;
}

static __always_inline struct ipi_request *find_request(struct ipi_level *level, u32 generation,
							unsigned long site, unsigned long function,
							unsigned long frame, unsigned int kind,
							unsigned int to)
{
	struct ipi_request *request = choose_request(level, site, function);
	bool known = irqspan_walk_is_for(&request->walk, generation, site, function) &&
		     irqspan_walk_holds(&request->walk, frame);

	if (unlikely(!known || request->to != to))
		update_request(request, known, generation, site, function, frame, kind, to);
	return request;
}

/* Calls in flight */

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
	WRITE_ONCE(batch->sent, 0);
	batch->frame	= frame;
	batch->base	= (unsigned long)csd - per_cpu_offset(cpu);
	batch->request	= request;
}

/* The time of sending is that of all calls of the batch. */
static __always_inline void end_batch(struct call_batch *batch)
{
	batch->last_cpu = UINT_MAX;
	WRITE_ONCE(batch->sent, read_clock());
}

/* Returns when the IPI for a call was sent, or if that is not known, when it was queued. */
static __always_inline u64 read_sent(const struct call_in_flight *call, u64 now)
{
	struct call_batch *batch = call->batch;
	u64 sent;

	if (READ_ONCE(batch->id) != call->batch_id)
		return call->queued;
	sent = READ_ONCE(batch->sent);
	/* Pairs with smp_wmb() in begin_batch(): is it still the same batch? */
	smp_rmb();
	if (READ_ONCE(batch->id) != call->batch_id)
		return call->queued;
	/* The sender waits for its calls, and reads this after they have run. */
	if (READ_ONCE(batch->arrived) != call->batch_id)
		WRITE_ONCE(batch->arrived, call->batch_id);
	/* It may have arrived before, with an IPI that was sent for another one. */
	return sent && (s64)(now - sent) >= 0 ? sent : call->queued;
}

static noinline void lose_delay(void)
{
	atomic64_inc(&rcu_dereference_sched(counters)->lost_delays);
}

static noinline struct call_in_flight *add_call(struct irqspan_table *table,
						const call_single_data_t *csd, unsigned int cpu)
{
	struct call_key key = { .csd = csd, .cpu = cpu };

	return irqspan_table_add(table, hash_call(csd, cpu), &key);
}

static noinline struct call_in_flight *hold_call(struct irqspan_table *table,
						 const call_single_data_t *csd, unsigned int cpu)
{
	struct call_key key = { .csd = csd, .cpu = cpu };

	return irqspan_table_hold(table, hash_call(csd, cpu), &key);
}

static __always_inline void begin_call(struct call_batch *batch, const struct ipi_request *request,
				       const call_single_data_t *csd, unsigned int cpu)
{
	struct irqspan_table *table = rcu_dereference_sched(calls_in_flight);
	u32 hash = hash_call(csd, cpu);
	struct call_in_flight *call;

	call = irqspan_table_add_first(table, hash, sizeof(*call));
	if (unlikely(!call)) {
		call = add_call(table, csd, cpu);
		if (!call) {
			lose_delay();
			/* Its arrival would not be seen. */
			batch->last_cpu = UINT_MAX;
			return;
		}
	}
	call->key.csd	 = csd;
	call->key.cpu	 = cpu;
	call->key.zero	 = 0;
	call->row	 = request->row;
	call->generation = request->generation;
	call->batch_id	 = batch->id;
	call->batch	 = batch;
	/* What was done here so far is not part of the delay. */
	call->queued	 = read_clock();
	irqspan_table_publish_first(table, call, hash, sizeof(*call));
}

/*
 * Find a call that has arrived, and keep other contexts from it. The data of a call that
 * no task waits for can be queued again before the function is entered: then either of the
 * two calls may be found first.
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
	return hold_call(table, csd, cpu);
}

/* Hooks where an IPI is asked for */

static void hook_csd_queue_cpu(void *data, const unsigned int cpu, unsigned long site,
			       smp_call_func_t func, call_single_data_t *csd)
{
	unsigned long frame = (unsigned long)__builtin_frame_address(0);
	unsigned long function = (unsigned long)func;
	struct ipi_request *request;
	struct call_batch *batch;
	struct ipi_level *level;
	unsigned int nr, type;
	u32 generation;
	bool same;

	if (!irqspan_cpu_measured(cpu))
		return;
	guard(preempt_notrace)();
	generation = atomic_read(&irqspan_walk_generation);
	nr = interrupt_context_level();
	level = this_level(nr);
	batch = &level->batch;
	type = csd->node.u_flags & CSD_FLAG_TYPE_MASK;

	same = is_same_batch(batch, generation, site, function, frame, cpu, csd);
	if (same && is_same_broadcast(batch, type)) {
		request = batch->request;
		update_request(request, true, generation, site, function, frame, KIND_CALL, cpu);
	} else {
		request = find_request(level, generation, site, function, frame,
				       type == CSD_TYPE_IRQ_WORK ? KIND_IRQ_WORK : KIND_CALL, cpu);
	}
	level->queued = request;
	count_request(request->row, nr);

	/* No event tells when an irq_work runs. */
	if (type == CSD_TYPE_IRQ_WORK)
		return;
	if (type == CSD_TYPE_TTWU && unlikely(READ_ONCE(wake_function) != func))
		WRITE_ONCE(wake_function, func);
	if (!same)
		begin_batch(batch, request, frame, cpu, csd);
	batch->last_cpu = cpu;
	begin_call(batch, request, csd, cpu);
}

NOKPROBE_SYMBOL(hook_csd_queue_cpu);

/* An IPI that nothing was queued for, or nothing is known of what was */
static noinline void count_unknown(const struct ipi_key *key, unsigned int nr)
{
	struct ipi_row *row = find_row(rcu_dereference_sched(counters), key);

	count_request(row, nr);
	atomic_long_inc(&row->sent);
}

/* The IPI is for another CPU than the last call, or that call was not seen. */
static noinline void count_sent_to_other(struct ipi_level *level, u32 generation, unsigned int nr,
					 unsigned int cpu)
{
	struct ipi_request *queued = level->queued;

	if (!irqspan_cpu_measured(cpu))
		return;
	if (queued && queued->walk.generation == generation) {
		/* The counters may just have been replaced. */
		if (queued->generation != rcu_dereference_sched(counters)->generation)
			return;
		update_request(queued, true, generation, 0, queued->walk.function, 0,
			       queued->row->key.kind, cpu);
		atomic_long_inc(&queued->row->sent);
	} else {
		/* It was queued before this was measured. */
		struct ipi_key key = {
			.to	= cpu,
			.from	= raw_smp_processor_id(),
			.kind	= KIND_CALL,
		};

		count_unknown(&key, nr);
	}
}

/* An IPI for what was queued */
static __always_inline void count_sent_for_queue(struct ipi_level *level, u32 generation,
						 unsigned int nr, unsigned int cpu)
{
	struct ipi_request *queued = level->queued;

	if (likely(queued && queued->to == cpu && queued->walk.generation == generation))
		atomic_long_inc(&queued->row->sent);
	else
		count_sent_to_other(level, generation, nr, cpu);
}

static __always_inline bool is_for_queue(const void *callback)
{
	return callback == generic_smp_call_function_single_interrupt;
}

/* An IPI that nothing is queued for, to one CPU. @frame is that of the hook. */
static noinline void count_sent(struct ipi_level *level, u32 generation, unsigned int nr,
				unsigned int cpu, unsigned long site, void *callback,
				unsigned long frame)
{
	struct ipi_request *request;
	unsigned int kind;

	if (!callback)
		kind = KIND_RESCHEDULE;
	else if (cpu == raw_smp_processor_id())
		kind = KIND_IRQ_WORK;
	else
		kind = KIND_OTHER;
	/* If the architecture tells its name next, it is that of this kind. */
	level->sending = kind;
	if (!irqspan_cpu_measured(cpu))
		return;
	request = find_request(level, generation, site, (unsigned long)callback, frame, kind, cpu);
	count_request(request->row, nr);
	atomic_long_inc(&request->row->sent);
}

static void hook_ipi_send_cpu(void *data, const unsigned int cpu, unsigned long site,
			      void *callback)
{
	unsigned long frame = (unsigned long)__builtin_frame_address(0);
	struct ipi_level *level;
	unsigned int nr;
	u32 generation;

	guard(preempt_notrace)();
	generation = atomic_read(&irqspan_walk_generation);
	nr = interrupt_context_level();
	level = this_level(nr);
	if (is_for_queue(callback)) {
		level->sending = KIND_CALL;
		count_sent_for_queue(level, generation, nr, cpu);
		end_batch(&level->batch);
	} else {
		count_sent(level, generation, nr, cpu, site, callback, frame);
	}
}

NOKPROBE_SYMBOL(hook_ipi_send_cpu);

static void hook_ipi_send_cpumask(void *data, const struct cpumask *cpumask, unsigned long site,
				  void *callback)
{
	unsigned long frame = (unsigned long)__builtin_frame_address(0);
	struct ipi_request *request;
	struct ipi_level *level;
	unsigned int cpu, nr;
	u32 generation;

	guard(preempt_notrace)();
	generation = atomic_read(&irqspan_walk_generation);
	nr = interrupt_context_level();
	level = this_level(nr);
	if (is_for_queue(callback)) {
		level->sending = KIND_CALL;
		for_each_cpu(cpu, cpumask)
			count_sent_for_queue(level, generation, nr, cpu);
		end_batch(&level->batch);
		return;
	}

	level->sending = KIND_OTHER;
	for_each_cpu(cpu, cpumask) {
		if (!irqspan_cpu_measured(cpu))
			continue;
		request = find_request(level, generation, site, (unsigned long)callback, frame,
				       KIND_OTHER, cpu);
		count_request(request->row, nr);
		atomic_long_inc(&request->row->sent);
	}
}

NOKPROBE_SYMBOL(hook_ipi_send_cpumask);

#ifdef CONFIG_HAVE_EXTRA_IPI_TRACEPOINTS
/* All IPIs that the architecture sends, also those of which the other events told. */
static void hook_ipi_raise(void *data, const struct cpumask *mask, const char *reason)
{
	struct ipi_level *level;
	struct ipi_key key;
	unsigned int cpu, nr;

	guard(preempt_notrace)();
	nr = interrupt_context_level();
	level = this_level(nr);
	if (level->sending) {
		WRITE_ONCE(arch_names[level->sending], reason);
		level->sending = KIND_UNKNOWN;
		return;
	}
	key = (struct ipi_key){
		.from	= raw_smp_processor_id(),
		.kind	= KIND_OTHER,
		.name	= reason,
	};
	for_each_cpu(cpu, mask) {
		key.to = cpu;
		if (irqspan_cpu_measured(cpu))
			count_unknown(&key, nr);
	}
}

NOKPROBE_SYMBOL(hook_ipi_raise);
#endif

/* Hooks where a function runs */

/* noinline: keep the culprit, and its automatic initialization, off the hook's stack. */
static noinline void attribute_delay(struct ipi_row *row, u64 delay)
{
	struct irqspan_culprit culprit;

	if (!irqspan_blame(IRQSPAN_VICTIM_CALL, row->key.function, delay, &culprit))
		return;
	WRITE_ONCE(row->late, row->late + 1);
	if (delay > row->late_max) {
		raw_write_seqcount_begin(&row->seq);
		row->late_max = delay;
		row->culprit = culprit;
		raw_write_seqcount_end(&row->seq);
	}
	if (irqspan_above_threshold(culprit.duration, irqspan_local_thresh_ns)) {
		struct irqspan_late_call late = {
			.from_cpu	= row->key.from,
			.function	= row->key.function,
			.call_site	= row->key.call_site,
			.delay		= delay,
			.culprit	= &culprit,
		};

		trace_ipi_late(&late);
		irqspan_record(&ipi_late_event, &late);
	}
}

/*
 * A call has arrived. Returns its row; NULL if it was not seen when it was queued, or if
 * the row belongs to counters that were replaced since.
 */
static __always_inline struct ipi_row *count_delay(u32 generation, unsigned int cpu,
						   const call_single_data_t *csd, u64 now)
{
	struct irqspan_table *table = rcu_dereference_sched(calls_in_flight);
	struct call_in_flight *call;
	struct ipi_row *row;
	u64 delay;

	call = end_call(table, csd, cpu);
	if (!call)
		return NULL;
	delay = now - read_sent(call, now);
	row = call->generation == generation ? call->row : NULL;
	irqspan_table_remove_first(table, call, sizeof(*call));
	if (unlikely(!row))
		return NULL;
	if (!clock_is_valid()) {
		lose_delay();
		return row;
	}
	delay = clock_ns(delay);
	WRITE_ONCE(row->delay_total, row->delay_total + delay);
	if (delay > row->delay_max)
		WRITE_ONCE(row->delay_max, delay);
	if (delay >= IRQSPAN_MIN_LATE_NS)
		attribute_delay(row, delay);
	return row;
}

static noinline void count_delays(u32 generation, unsigned int cpu, struct llist_node *first,
				  u64 now)
{
	struct llist_node *node;

	llist_for_each(node, first)
		count_delay(generation, cpu, llist_entry(node, call_single_data_t, node.llist),
			    now);
}

/*
 * Interrupts are off. A call to this very CPU has no data. That of a call which no task
 * waits for may be gone already: only its address is used.
 */
static void hook_csd_function_entry(void *data, smp_call_func_t func, call_single_data_t *csd)
{
	unsigned int nr = raw_smp_processor_id();
	struct ipi_cpu *cpu;
	u32 generation;
	u64 now;

	if (!csd)
		return;
	guard(preempt_notrace)();
	now = read_clock();
	generation = rcu_dereference_sched(counters)->generation;
	cpu = this_cpu_ptr(ipi_cpus);
	cpu->row = count_delay(generation, nr, csd, now);
	cpu->generation = generation;
	/* All tasks that are to be woken are behind the first one, in a list. */
	if (func == READ_ONCE(wake_function))
		count_delays(generation, nr, csd->node.llist.next, now);
	cpu->csd = csd;
	cpu->start = read_clock();
}

NOKPROBE_SYMBOL(hook_csd_function_entry);

static void hook_csd_function_exit(void *data, smp_call_func_t func, call_single_data_t *csd)
{
	struct ipi_row *row;
	struct ipi_cpu *cpu;
	u64 ns;

	guard(preempt_notrace)();
	cpu = this_cpu_ptr(ipi_cpus);
	if (!csd || cpu->csd != csd)
		return;
	cpu->csd = NULL;
	row = cpu->row;
	if (!row || cpu->generation != rcu_dereference_sched(counters)->generation ||
	    !clock_is_valid())
		return;
	ns = clock_ns(read_clock() - cpu->start);
	WRITE_ONCE(row->run_total, row->run_total + ns);
	if (ns > row->run_max)
		WRITE_ONCE(row->run_max, ns);
}

NOKPROBE_SYMBOL(hook_csd_function_exit);

/* The hooks that end a call are attached before those that begin it. */
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

/* Start and stop */

static void free_counters(struct ipi_counters *c)
{
	if (!c)
		return;
	irqspan_table_free(c->paths);
	irqspan_table_free(rcu_access_pointer(c->rows));
	irqspan_table_free(rcu_access_pointer(c->any_rows));
	vfree(c);
}

static struct ipi_counters *alloc_counters(void)
{
	unsigned int rows = irqspan_table_rows(), cpu, kind;
	struct irqspan_table *table, *any;
	struct ipi_counters *c;

	c = vzalloc(struct_size(c, overflow_rows, size_mul(nr_cpu_ids, NR_KINDS)));
	if (!c)
		return NULL;
	/* The number of paths does not grow with that of CPUs. Each takes two rows. */
	c->paths = irqspan_table_alloc(2 * rows, sizeof(struct irqspan_path),
				       sizeof_field(struct irqspan_path, address));
	table = irqspan_table_alloc(rows, sizeof(struct ipi_row), sizeof(struct ipi_key));
	any = irqspan_table_alloc(rows, sizeof(struct ipi_row), sizeof(struct ipi_key));
	RCU_INIT_POINTER(c->rows, table);
	RCU_INIT_POINTER(c->any_rows, any);
	if (!c->paths || !table || !any) {
		free_counters(c);
		return NULL;
	}
	c->generation = c->paths->generation;
	for (cpu = 0; cpu < nr_cpu_ids; cpu++) {
		for (kind = 0; kind < NR_KINDS; kind++) {
			c->overflow_rows[cpu * NR_KINDS + kind].key = (struct ipi_key){
				.to	= cpu,
				.from	= ANY_CPU,
				.kind	= kind,
				.folded	= 1,
			};
		}
	}
	return c;
}

static int clear_counters(void)
{
	struct ipi_counters *c = alloc_counters(), *old;

	if (!c)
		return -ENOMEM;
	mutex_lock(&counters_mutex);
	old = rcu_replace_pointer(counters, c, lockdep_is_held(&counters_mutex));
	mutex_unlock(&counters_mutex);
	irqspan_walks_forget();
	if (old)
		synchronize_rcu();
	free_counters(old);
	return 0;
}

/* When this CPU went offline, no event told of the last calls that it ran: drop them. */
static void prepare_cpu(unsigned int cpu)
{
	struct irqspan_table *table;
	struct call_in_flight *call;
	unsigned int i, n;

	guard(rcu)();
	table = rcu_dereference(calls_in_flight);
	n = table ? IRQSPAN_BUCKET_ROWS << table->bits : 0;
	for (i = 0, call = table ? table->rows : NULL; i < n; i++, call++) {
		const call_single_data_t *csd = READ_ONCE(call->key.csd);
		struct call_in_flight *held;

		if (READ_ONCE(call->key.cpu) != cpu)
			continue;
		while ((held = hold_call(table, csd, cpu)))
			irqspan_table_remove(table, held);
	}
}

static int start_ipis(void)
{
	unsigned int cpu, i;
	int ret;

	if (!ipi_cpus)
		ipi_cpus = alloc_percpu(struct ipi_cpu);
	if (!ipi_cpus)
		return -ENOMEM;
	for_each_possible_cpu(cpu) {
		struct ipi_cpu *ic = per_cpu_ptr(ipi_cpus, cpu);

		memset(ic, 0, sizeof(*ic));
		for (i = 0; i < LEVELS; i++)
			ic->level[i].batch.cpu = cpu;
	}
	ret = clear_counters();
	if (!ret)
		ret = irqspan_table_replace(&calls_in_flight,
					    clamp(64 * nr_cpu_ids, CALLS_MIN, CALLS_MAX),
					    sizeof(struct call_in_flight), sizeof(struct call_key));
	if (ret)
		return ret;
	irqspan_path_find_forwarders();
	choose_clock();
	ret = irqspan_blame_get();
	if (ret)
		return ret;
	ret = irqspan_probes_register(probes, ARRAY_SIZE(probes));
	if (ret)
		irqspan_blame_put();
	return ret;
}

static void stop_ipis(void)
{
	irqspan_probes_unregister(probes, ARRAY_SIZE(probes));
	irqspan_blame_put();
}

/* The file */

/* A row as it is printed: the tables may have been replaced meanwhile. */
struct printed_row {
	struct ipi_row			row;
	unsigned long			path[IRQSPAN_PATH_LEN];
};

static void copy_comm(char *to, const struct ipi_row *row)
{
	unsigned int seq;

	do {
		/* Pairs with smp_store_release() in set_comm(). */
		seq = smp_load_acquire(&row->comm_seq);
		memcpy(to, row->comm, TASK_COMM_LEN);
		/* Pairs with cmpxchg() in set_comm(). */
		smp_rmb();
	} while (seq % 2 || READ_ONCE(row->comm_seq) != seq);
}

static void copy_row(void *to, const void *from)
{
	const struct ipi_row *row = from;
	unsigned int seq;

	do {
		seq = raw_read_seqcount_begin(&row->seq);
		memcpy(to, row, sizeof(*row));
	} while (read_seqcount_retry(&row->seq, seq));
	copy_comm(((struct ipi_row *)to)->comm, row);
}

/* Two contexts may have added the same path. */
static int cmp_paths(const struct irqspan_path *a, const struct irqspan_path *b)
{
	if (a == b)
		return 0;
	if (!a || !b)
		return a ? 1 : -1;
	return memcmp(a->address, b->address, sizeof(a->address));
}

static int cmp_rows(const void *a, const void *b)
{
	const struct ipi_key *x = &((const struct ipi_row *)a)->key;
	const struct ipi_key *y = &((const struct ipi_row *)b)->key;

	return irqspan_cmp(x->to, y->to) ?: irqspan_cmp(x->from, y->from) ?:
	       irqspan_cmp(x->kind, y->kind) ?: irqspan_cmp(x->function, y->function) ?:
	       irqspan_cmp(x->call_site, y->call_site) ?: cmp_paths(x->path, y->path) ?:
	       irqspan_cmp((unsigned long)x->name, (unsigned long)y->name) ?:
	       irqspan_cmp(x->folded, y->folded);
}

static void merge_rows(void *to, const void *from)
{
	const struct ipi_row *y = from;
	struct ipi_row *x = to;

	atomic_long_add(atomic_long_read(&y->requests), &x->requests);
	atomic_long_add(atomic_long_read(&y->sent), &x->sent);
	x->run_total += y->run_total;
	x->run_max = max(x->run_max, y->run_max);
	x->delay_total += y->delay_total;
	x->delay_max = max(x->delay_max, y->delay_max);
	x->late += y->late;
	if (y->late_max > x->late_max) {
		x->late_max = y->late_max;
		x->culprit = y->culprit;
	}
}

static unsigned int add_printed(struct printed_row *to, const struct ipi_row *rows, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		to[i].row = rows[i];
		if (rows[i].key.path)
			memcpy(to[i].path, rows[i].key.path->address, sizeof(to[i].path));
		else
			memset(to[i].path, 0, sizeof(to[i].path));
	}
	return n;
}

static int copy_ipis(void **copy)
{
	struct ipi_row *rows = NULL, *any_rows = NULL, *overflow_rows = NULL;
	struct printed_row *printed;
	unsigned int i, nr_overflow = 0;
	struct ipi_counters *c;
	int n, nr_any;

	*copy = NULL;
	guard(mutex)(&counters_mutex);
	c = rcu_dereference_protected(counters, lockdep_is_held(&counters_mutex));
	if (!c)
		return 0;
	n = irqspan_table_sorted(&c->rows, (void **)&rows, copy_row, cmp_rows, merge_rows);
	nr_any = irqspan_table_sorted(&c->any_rows, (void **)&any_rows, copy_row, cmp_rows,
				      merge_rows);
	overflow_rows = kvmalloc_array(nr_cpu_ids, NR_KINDS * sizeof(*overflow_rows), GFP_KERNEL);
	if (n < 0 || nr_any < 0 || !overflow_rows) {
		n = -ENOMEM;
		goto out;
	}
	for (i = 0; i < nr_cpu_ids * NR_KINDS; i++) {
		if (atomic_long_read(&c->overflow_rows[i].requests))
			copy_row(&overflow_rows[nr_overflow++], &c->overflow_rows[i]);
	}

	printed = kvmalloc_array(n + nr_any + nr_overflow, sizeof(*printed), GFP_KERNEL);
	if (!printed) {
		n = -ENOMEM;
		goto out;
	}
	add_printed(printed, rows, n);
	n += add_printed(printed + n, any_rows, nr_any);
	n += add_printed(printed + n, overflow_rows, nr_overflow);
	/* Each of the three is sorted. Sort them together, by the target first. */
	sort(printed, n, sizeof(*printed), cmp_rows, NULL);
	*copy = printed;
out:
	kvfree(rows);
	kvfree(any_rows);
	kvfree(overflow_rows);
	return n;
}

static const char *arch_name(const struct ipi_key *key)
{
	unsigned int kind = key->kind;

	if (key->name)
		return key->name;
	/* An irq_work of another CPU comes with its function calls. */
	if (kind == KIND_IRQ_WORK && key->to != key->from && key->from != ANY_CPU)
		kind = KIND_CALL;
	return READ_ONCE(arch_names[kind]) ?: "";
}

static void show_ipi(struct seq_file *m, const void *from)
{
	const struct printed_row *printed = from;
	const struct ipi_row *row = &printed->row;
	unsigned long sent = atomic_long_read(&row->sent);
	unsigned long requests = atomic_long_read(&row->requests);

	seq_printf(m, "%u", row->key.to);
	if (row->key.from == ANY_CPU)
		seq_puts(m, " *");
	else
		seq_printf(m, " %u", row->key.from);
	seq_printf(m, " %s", kind_names[row->key.kind]);
	irqspan_print_word(m, arch_name(&row->key));
	irqspan_print_function(m, row->key.function);
	irqspan_print_address(m, row->key.call_site);
	irqspan_print_path(m, printed->path);
	irqspan_print_word(m, row->comm);
	/* The two counters were not read at once. */
	seq_printf(m, " %lu %lu", requests, requests > sent ? requests - sent : 0);
	if (row->key.kind != KIND_CALL) {
		seq_puts(m, " - - - - - - - - -\n");
		return;
	}
	seq_printf(m, " %llu %llu %llu %llu %llu", row->run_total, row->run_max,
		   row->delay_total, row->delay_max, row->late);
	if (row->late)
		seq_printf(m, " %llu", row->culprit.duration);
	else
		seq_puts(m, " -");
	irqspan_print_address(m, row->culprit.caller);
	irqspan_print_function(m, row->culprit.handler);
	irqspan_print_word(m, row->culprit.comm);
	seq_putc(m, '\n');
}

static void show_ipi_totals(struct seq_file *m)
{
	u64 folded = 0, lost_delays = 0;
	struct ipi_counters *c;

	scoped_guard(rcu) {
		c = rcu_dereference(counters);
		if (c) {
			folded = atomic64_read(&c->folded);
			lost_delays = atomic64_read(&c->lost_delays);
		}
	}
	seq_printf(m, "# folded %llu\n", folded);
	seq_printf(m, "# lost_delays %llu\n", lost_delays);
}

/* What the sender counts, and what the target counts */
#define REQUEST_COLUMNS	"# to_cpu from_cpu kind name function call_site path comm count no_ipi"
#define TARGET_COLUMNS	"run_total run_max delay_total delay_max late duration caller handler span_comm"

static struct irqspan_file ipi_files[] = {
	{
		.name		= "ipis",
		.header		= REQUEST_COLUMNS " " TARGET_COLUMNS,
		.row_size	= sizeof(struct printed_row),
		.copy_rows	= copy_ipis,
		.show_row	= show_ipi,
		.show_totals	= show_ipi_totals,
		.clear		= clear_counters,
	},
};

static struct irqspan_part ipi_part;

static struct irqspan_event ipi_late_event = {
	.call		= &event_ipi_late,
	.part		= &ipi_part,
	.size		= sizeof(struct trace_event_raw_ipi_late),
	.fill		= fill_ipi_late,
	.to_instances	= true,
	.needs_spans	= true,
};

IRQSPAN_EVENT_REGISTRATION(ipi_late, &ipi_late_event)

/*
 * Print which CPUs have called this one, and how many of their calls have not arrived. One
 * caller at a time. The row of a call that arrives meanwhile may be used for another one:
 * only what is valid of any call is read.
 */
static void print_cpu_waiting(struct seq_file *m, unsigned int cpu)
{
	static struct cpumask senders;
	struct irqspan_table *table;
	unsigned int calls = 0;
	void *row = NULL;

	guard(rcu)();
	table = rcu_dereference(calls_in_flight);
	if (!table)
		return;
	cpumask_clear(&senders);
	while ((row = irqspan_table_next(table, row))) {
		const struct call_in_flight *call = row;

		if (READ_ONCE(call->key.cpu) != cpu)
			continue;
		calls++;
		cpumask_set_cpu(READ_ONCE(call->batch)->cpu, &senders);
	}
	if (!calls)
		return;
	seq_printf(m, ", %u call%s waiting from CPU %*pbl", calls, str_plural(calls),
		   cpumask_pr_args(&senders));
}

static struct irqspan_part ipi_part = {
	.option		= "irqspan-ipis",
	.start		= start_ipis,
	.stop		= stop_ipis,
	.prepare_cpu	= prepare_cpu,
	.print_cpu_waiting = print_cpu_waiting,
	.files		= ipi_files,
	.nr_files	= ARRAY_SIZE(ipi_files),
	.events		= &ipi_late_event,
	.nr_events	= 1,
};

static int __init irqspan_ipi_init(void)
{
	return irqspan_register_part(&ipi_part);
}
core_initcall(irqspan_ipi_init);
