// SPDX-License-Identifier: GPL-2.0
/*
 * Inter-processor interrupts: which CPU sends them to which, for which function, and how
 * long it takes until that function runs.
 *
 * A request is counted by the events csd_queue_cpu, for function calls, and
 * ipi_send_cpu and ipi_send_cpumask, which also tell if an IPI was sent for a call. The
 * function runs between csd_function_entry and csd_function_exit on the other CPU.
 *
 * In a row, the counters of requests are atomic: there may be several senders. The other
 * counters have one writer: the target CPU, with interrupts off.
 *
 * Tables do not grow. A request that finds no room there is counted in a row that tells
 * less: one without the path, or one for all senders.
 */
#include <linux/cpumask.h>
#include <linux/hash.h>
#include <linux/kprobes.h>
#include <linux/llist.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/clock.h>
#include <linux/seqlock.h>
#include <linux/smp.h>
#include <linux/string.h>

#include <trace/events/csd.h>
#include <trace/events/ipi.h>

#include "blame.h"
#include "clock.h"
#include "ipi.h"
#include "irqspan.h"
#include "path.h"
#include "probe.h"
#include "record.h"
#include "table.h"

/**
 * struct irqspan_late_call - a function call that was late because interrupts were off
 * @from_cpu: CPU that called
 * @function: the function
 * @call_site: code that asked for the call
 * @delay: time until the function was entered, ns
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

#define REQUESTS		8

/**
 * struct ipi_level - what is going on at one context level of a CPU
 * @sending: kind of the IPI whose sending was announced: the next ipi_raise is for it;
 *	%KIND_UNKNOWN if none was
 * @queued: request of the last call that was queued, NULL if there was none
 * @batch: the calls that were queued together
 * @request: recent requests, by a hash of call site and function
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
 * @csd: data of the call that another CPU sent and whose function runs here, else NULL
 * @row: row of that call
 * @generation: of the counters that @row belongs to
 * @start: clock when the function was entered
 * @level: what goes on at each context level
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

/* sched_ttwu_pending(), which wakes tasks that other CPUs have queued; known by its first call */
static smp_call_func_t wake_function __read_mostly;

/* The clock, see ipi.h */
bool irqspan_ipi_clock_is_stable __read_mostly;
bool irqspan_ipi_clock_is_cycles __read_mostly;
struct irqspan_scale irqspan_ipi_clock_scale;

static void choose_clock(void)
{
	struct irqspan_scale *scale = &irqspan_ipi_clock_scale;

	*scale = (struct irqspan_scale){ .mult = 1 };
	irqspan_ipi_clock_is_stable = is_sched_clock_stable();
	guard(preempt)();
	irqspan_ipi_clock_is_cycles = irqspan_ipi_clock_is_stable &&
				      trace_clock_cycles_scale(&scale->mult, &scale->shift);
}

static void fill_ipi_late(void *entry, const void *from)
{
	struct trace_event_raw_ipi_late *to = entry;
	const struct irqspan_late_call *late = from;

	to->from_cpu	= late->from_cpu;
	to->function	= late->function;
	to->call_site	= late->call_site;
	to->delay	= late->delay;
	irqspan_fill_culprit(to, late->culprit);
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

/* Write the name of the current task to the row, unless another context is writing one. */
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
	atomic64_inc(&rcu_dereference_sched(irqspan_ipi_counters)->folded);
}

/* Count a call whose delay is not known. */
static noinline void lose_delay(void)
{
	atomic64_inc(&rcu_dereference_sched(irqspan_ipi_counters)->lost_delays);
}

static __always_inline void count_request(struct ipi_row *row, unsigned int level)
{
	atomic64_inc(&row->requests);
	if (unlikely(row->key.folded))
		count_folded();
	/* In an interrupt, the current task is not the one that asks. */
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

/* Any but @keep, which may be NULL */
static __always_inline struct ipi_request *choose_request(struct ipi_level *level,
							  unsigned long site,
							  unsigned long function,
							  const struct ipi_request *keep)
{
	unsigned int nr = (site ^ function >> 4) % REQUESTS;
	struct ipi_request *request = &level->request[nr];

	if (keep && unlikely(request == keep))
		request = &level->request[(nr + 1) % REQUESTS];
	OPTIMIZER_HIDE_VAR(request);
	return request;
}

/* Find the row of a request to the CPU @to, whose functions are known, in these counters. */
static __always_inline void find_request_row(struct ipi_request *request, struct ipi_counters *c,
					     unsigned long function, unsigned int kind,
					     unsigned int to)
{
	const struct irqspan_path *path = request->walk.path;
	struct ipi_key key = {
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

/*
 * Find the row of a request to the CPU @to. If the request is not @known, also find the
 * functions that led to it: @site and @function are what the event tells, @frame is that
 * of the hook.
 */
static noinline void update_request(struct ipi_request *request, bool known, u32 generation,
				    unsigned long site, unsigned long function,
				    unsigned long frame, unsigned int kind, unsigned int to)
{
	struct ipi_counters *c;

	/* Pairs with smp_wmb() in irqspan_walks_forget(): no older counters are found. */
	smp_rmb();
	c = rcu_dereference_sched(irqspan_ipi_counters);
	if (!known || request->generation != c->generation) {
		irqspan_walk_stack(&request->walk, generation, site, function, frame, c->paths);
		request->generation = c->generation;
	}
	find_request_row(request, c, function, kind, to);
}

static __always_inline struct ipi_request *find_request(struct ipi_level *level,
							const struct ipi_request *keep,
							u32 generation, unsigned long site,
							unsigned long function,
							unsigned long frame, unsigned int kind,
							unsigned int to)
{
	struct ipi_request *request = choose_request(level, site, function, keep);
	bool known = irqspan_walk_is_for(&request->walk, generation, site, function) &&
		     irqspan_walk_holds(&request->walk, frame);

	if (unlikely(!known || request->to != to))
		update_request(request, known, generation, site, function, frame, kind, to);
	return request;
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
		request = find_request(level, NULL, generation, site, function, frame,
				       type == CSD_TYPE_IRQ_WORK ? KIND_IRQ_WORK : KIND_CALL, cpu);
	}
	level->queued = request;
	count_request(request->row, nr);

	/*
	 * Only calls have a run and a delay in the table. The IPI that is sent next is for this
	 * irq_work, and tells nothing of when the last call was sent.
	 */
	if (type == CSD_TYPE_IRQ_WORK) {
		batch->last_cpu = UINT_MAX;
		return;
	}
	if (type == CSD_TYPE_TTWU && unlikely(READ_ONCE(wake_function) != func))
		WRITE_ONCE(wake_function, func);
	if (!same)
		begin_batch(batch, request, frame, cpu, csd);
	batch->last_cpu = cpu;
	if (!begin_call(batch, request, csd, cpu))
		lose_delay();
}

NOKPROBE_SYMBOL(hook_csd_queue_cpu);

/* Count an IPI for which nothing was queued, or nothing that was seen. */
static noinline void count_unknown(const struct ipi_key *key, unsigned int nr)
{
	struct ipi_row *row = find_row(rcu_dereference_sched(irqspan_ipi_counters), key);

	count_request(row, nr);
	atomic64_inc(&row->sent);
}

/* The IPI is for another CPU than the last call, or that call was not seen. */
static noinline void count_sent_to_other(struct ipi_level *level, u32 generation, unsigned int nr,
					 unsigned int cpu)
{
	struct ipi_request *queued = level->queued;

	if (!irqspan_cpu_measured(cpu))
		return;
	if (queued && queued->walk.generation == generation) {
		struct ipi_counters *c = rcu_dereference_sched(irqspan_ipi_counters);

		/* The counters may just have been replaced: there is no stack to be walked here. */
		if (queued->generation != c->generation)
			return;
		find_request_row(queued, c, queued->walk.function, queued->row->key.kind, cpu);
		atomic64_inc(&queued->row->sent);
	} else {
		/* The call was not seen: it was queued before measuring began. */
		struct ipi_key key = {
			.to	= cpu,
			.from	= raw_smp_processor_id(),
			.kind	= KIND_CALL,
		};

		count_unknown(&key, nr);
	}
}

/* Count an IPI that is sent for queued calls. */
static __always_inline void count_sent_for_queue(struct ipi_level *level, u32 generation,
						 unsigned int nr, unsigned int cpu)
{
	struct ipi_request *queued = level->queued;

	if (likely(queued && queued->to == cpu && queued->walk.generation == generation))
		atomic64_inc(&queued->row->sent);
	else
		count_sent_to_other(level, generation, nr, cpu);
}

static __always_inline bool is_for_queue(const void *callback)
{
	return callback == generic_smp_call_function_single_interrupt;
}

/* Count an IPI to one CPU that no call is queued for. @frame is that of the hook. */
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
	/* If ipi_raise follows, it tells the architecture's name of this kind. */
	level->sending = kind;
	if (!irqspan_cpu_measured(cpu))
		return;
	/* A probe may send it while a call is queued whose own IPI is still to be sent. */
	request = find_request(level, level->queued, generation, site, (unsigned long)callback,
			       frame, kind, cpu);
	count_request(request->row, nr);
	atomic64_inc(&request->row->sent);
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
		end_batch(&level->batch, cpu);
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
		for_each_cpu(cpu, cpumask) {
			count_sent_for_queue(level, generation, nr, cpu);
			end_batch(&level->batch, cpu);
		}
		return;
	}

	level->sending = KIND_OTHER;
	for_each_cpu(cpu, cpumask) {
		if (!irqspan_cpu_measured(cpu))
			continue;
		request = find_request(level, level->queued, generation, site,
				       (unsigned long)callback, frame, KIND_OTHER, cpu);
		count_request(request->row, nr);
		atomic64_inc(&request->row->sent);
	}
}

NOKPROBE_SYMBOL(hook_ipi_send_cpumask);

#ifdef CONFIG_HAVE_EXTRA_IPI_TRACEPOINTS
/* ipi_raise tells of every IPI, also of those that one of the other events has announced. */
static void hook_ipi_raise(void *data, const struct cpumask *mask, const char *reason)
{
	struct ipi_level *level;
	struct ipi_key key;
	unsigned int cpu, nr;

	guard(preempt_notrace)();
	nr = interrupt_context_level();
	level = this_level(nr);
	if (level->sending) {
		WRITE_ONCE(irqspan_ipi_arch_names[level->sending], reason);
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

/* noinline: the hook need not have the culprit on its stack, and initialize it, each time. */
static noinline void attribute_delay(struct ipi_row *row, u64 delay)
{
	struct irqspan_culprit culprit;

	if (!irqspan_blame(IRQSPAN_VICTIM_CALL, row->key.function, delay, &culprit))
		return;
	irqspan_u64_write(&row->late, row->late + 1);
	if (delay > row->late_max) {
		raw_write_seqcount_begin(&row->seq);
		row->late_max = delay;
		row->culprit = culprit;
		raw_write_seqcount_end(&row->seq);
	}
	if (irqspan_above_threshold(culprit.duration, irqspan_u64_read(&irqspan_local_thresh_ns))) {
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
 * Count the delay of a call that has arrived. Returns its row; NULL if the call was not
 * seen when it was queued, or if its row belongs to counters that were replaced since.
 */
static __always_inline struct ipi_row *count_delay(u32 generation, unsigned int cpu,
						   const call_single_data_t *csd, u64 now)
{
	struct irqspan_table *table = rcu_dereference_sched(irqspan_calls_in_flight);
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
	irqspan_u64_write(&row->delay_total, row->delay_total + delay);
	if (delay > row->delay_max)
		irqspan_u64_write(&row->delay_max, delay);
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
 * Interrupts are off. A call to this very CPU has no csd. The csd of a call that no task
 * waits for may be gone already: use only its address. Only for wake_function it is still
 * there, in the list of the tasks to be woken.
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
	generation = rcu_dereference_sched(irqspan_ipi_counters)->generation;
	cpu = this_cpu_ptr(ipi_cpus);
	cpu->row = count_delay(generation, nr, csd, now);
	cpu->generation = generation;
	/* Only the first task to be woken has the event: the others follow it in the list. */
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
	if (!row || cpu->generation != rcu_dereference_sched(irqspan_ipi_counters)->generation ||
	    !clock_is_valid())
		return;
	ns = clock_ns(read_clock() - cpu->start);
	irqspan_u64_write(&row->run_total, row->run_total + ns);
	if (ns > row->run_max)
		irqspan_u64_write(&row->run_max, ns);
}

NOKPROBE_SYMBOL(hook_csd_function_exit);

/*
 * The hooks that end a call are attached before those that begin it. A probe of somebody
 * else may send an IPI by itself, as the ring buffer does to wake up its reader: have none
 * between the event that announces an IPI and ipi_raise.
 */
static const struct irqspan_probe probes[] = {
	IRQSPAN_PROBE(csd_function_exit),
	IRQSPAN_PROBE(csd_function_entry),
	IRQSPAN_PROBE(csd_queue_cpu),
#ifdef CONFIG_HAVE_EXTRA_IPI_TRACEPOINTS
	IRQSPAN_PROBE_FIRST(ipi_raise),
#endif
	IRQSPAN_PROBE_LAST(ipi_send_cpu),
	IRQSPAN_PROBE_LAST(ipi_send_cpumask),
};

/* Start and stop */

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
	ret = irqspan_ipi_clear();
	if (!ret)
		ret = irqspan_forget_calls();
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

static struct irqspan_part ipi_part = {
	.option		= "irqspan-ipis",
	.start		= start_ipis,
	.stop		= stop_ipis,
	.reset_cpu	= irqspan_drop_calls_to,
	.print_cpu_waiting = irqspan_print_calls_to,
	.files		= &irqspan_ipis_file,
	.nr_files	= 1,
	.events		= &ipi_late_event,
	.nr_events	= 1,
};

static int __init irqspan_ipi_init(void)
{
	return irqspan_register_part(&ipi_part);
}
core_initcall(irqspan_ipi_init);
