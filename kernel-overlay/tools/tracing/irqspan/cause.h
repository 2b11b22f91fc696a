/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What kept CPUs from their work, by cause, and what can be done about each.
 *
 * A cause is found by what was measured; no list of names decides that. Only what to do
 * about it comes from a list, causes.tsv: see advice.h.
 */
#ifndef IRQSPAN_CAUSE_H
#define IRQSPAN_CAUSE_H

#include <stdbool.h>
#include <stdint.h>

#include "advice.h"
#include "cpus.h"
#include "expiries.h"
#include "names.h"
#include "records.h"
#include "snapshot.h"

enum cause_kind {
	CAUSE_SPAN,		/* interrupts of a CPU were off */
	CAUSE_LINE,		/* an interrupt line was held off, and an interrupt waited */
	CAUSE_IPI,		/* a CPU was interrupted by another one */
	CAUSE_TIMER,		/* timers left the CPU that armed them, or came from another */
	CAUSE_EXPIRY,		/* a timer expired on an isolated CPU */
	CAUSE_TICK,		/* the tick of a CPU that is to run without goes on */
	CAUSE_IRQ,		/* interrupts of a device hit an isolated CPU */
	CAUSE_LATE,		/* timers and calls were late because of a span */
	NR_CAUSE_KINDS,
};

/**
 * struct victim - what was late
 * @name: a function that was called, or of a timer
 * @kind: call-function, hrtimer or wheel
 * @late_max: by how much at most, ns; 0 if that is not known
 * @count: how often
 */
struct victim {
	char		*name;
	char		*kind;
	uint64_t	late_max;
	uint64_t	count;
};

/**
 * struct cause - something that kept CPUs from their work
 * @kind: what kind of thing
 * @key: tells it from others of its kind
 * @hash: of the kind and the key
 * @next: the next one in the same list of struct causes
 * @field: what is known of it, by which advice is found
 * @cpus: the CPUs that it hit
 * @count: how often
 * @total: how long, taken together, ns; 0 if that is not known
 * @longest: how long at most, ns; 0 if that is not known
 * @by_path: of IPIs, how often by the way that was taken most often
 * @still: of what was not over when measuring ended, how long it lasts already, ns
 * @longest_is_old: the longest was before measuring began, so that it is not known
 * @often: of a device's interrupts on a CPU that is not isolated: so often that short ones
 *	matter
 * @interruptions: how often it interrupted an isolated CPU
 * @wakes: of timers, how many IPIs came back
 * @pending: of lines, how often an interrupt waited
 * @from: CPUs that it came from, or that timers went to
 * @victim: of what made others late, those that were late, the latest one first
 * @nr_victims: how many
 * @victims_room: how many fit before it has to grow
 * @over: it lasted longer than the limit
 * @inside: of interrupts in which no function took most of the time, the one that took
 *	longest in the longest of them; NULL if there was none
 * @inside_time: how long, ns
 * @ended_by: of spans, who turned interrupts on at the end of the longest one, if that is not
 *	the function by which the cause is known, as where that took a lock for another one;
 *	else NULL
 * @tasks: of a cause that causes_merge() made of others, how their tasks are named, with a # for
 *	each number; else NULL
 * @harm: by which causes are ranked, ns: see causes_rank()
 * @advice: what can be done; NULL if that is not known
 * @besides: of what waited for a lock, what can be done about the code that wanted it; NULL if
 *	there is nothing of its own
 */
struct cause {
	enum cause_kind		kind;
	char			*key;
	unsigned int		hash;
	struct cause		*next;
	char			*field[NR_FIELDS];
	struct set		cpus;
	uint64_t		count;
	uint64_t		total;
	uint64_t		longest;
	uint64_t		by_path;
	uint64_t		still;
	bool			longest_is_old;
	bool			often;
	uint64_t		interruptions;
	uint64_t		wakes;
	uint64_t		pending;
	struct set		from;
	struct victim		*victim;
	unsigned int		nr_victims;
	unsigned int		victims_room;
	bool			over;
	char			*inside;
	uint64_t		inside_time;
	char			*ended_by;
	char			*tasks;
	uint64_t		harm;
	const struct advice	*advice;
	const struct advice	*besides;
};

#define CAUSES_HASH	1024

/**
 * struct causes - all causes of one measurement
 * @hash: lists of them, by the hashes of their kinds and keys
 * @list: the causes
 * @nr: how many
 * @room: how many fit before it has to grow
 * @cpus: the CPUs that were asked for
 * @isolated: those of them that are to be left alone
 * @spared: all CPUs of the machine that are
 * @tickless: those that are to run without a tick (nohz_full)
 * @ticks_recorded: the tick is a timer, so that there is a record when it expires
 * @kept: what keeps the tick of each CPU, by what the kernel told last; NULL if nothing does
 * @nr_kept: of how many CPUs that is known
 * @all_cpus: all were asked for, so that each line matters
 * @limit: from how long on it is too long, ns
 * @open_spans: how many of these CPUs had interrupts off when measuring ended, for the limit
 *	or longer. There is no record of that
 * @open_longest: for how long at most, ns
 * @interrupts: spans of interrupts that were recorded on isolated CPUs
 * @interrupts_total: how long, taken together, ns
 */
struct causes {
	struct cause	*hash[CAUSES_HASH];
	struct cause	**list;
	unsigned int	nr;
	unsigned int	room;
	struct set	cpus;
	struct set	isolated;
	struct set	spared;
	struct set	tickless;
	bool		ticks_recorded;
	const char	**kept;
	unsigned int	nr_kept;
	bool		all_cpus;
	uint64_t	limit;
	uint64_t	open_spans;
	uint64_t	open_longest;
	uint64_t	interrupts;
	uint64_t	interrupts_total;
};

void causes_init(struct causes *causes, const struct set *cpus, uint64_t limit);
/* Before anything is added: these CPUs are to be left alone, too. */
void causes_isolate(struct causes *causes, const struct set *cpus);
void causes_free(struct causes *causes);
void causes_add_record(struct causes *causes, const struct record *record);
/* A timer expired on an isolated CPU, and not for the task that is to run there. */
void causes_add_expiry(struct causes *causes, const struct expiry *expiry);
/* The difference of two snapshots, after all records and expiries */
void causes_add_tables(struct causes *causes, const struct snapshot *difference);
/* What was off when measuring ended, after it had lasted @measured ns */
void causes_add_open(struct causes *causes, const struct table *open, uint64_t measured);
/* /proc/interrupts as it was before, and after @measured ns */
void causes_add_interrupts(struct causes *causes, const char *before, const char *after,
			   uint64_t measured);

/*
 * Threads of one program, and kworkers, often differ by a number in their names. Make one cause
 * of what several of them did, lest the list has nothing else. When all is added: nothing may be
 * added afterwards.
 */
void causes_merge(struct causes *causes);

/*
 * The worst first. The harm of a cause is the time that it took. An isolated CPU should
 * not be interrupted at all: each time counts as what an interrupt took there on average,
 * as far as it was recorded, and as the limit at least.
 */
void causes_rank(struct causes *causes);

/* Is it one to list? Not, if it did no harm and was no longer than the limit. */
bool cause_matters(const struct cause *cause);

const char *cause_kind_name(enum cause_kind kind);
/* In a few words, to be freed */
char *cause_show(const struct cause *cause);

/*
 * Who is to blame for a span: the function that ran longest in it if that took at least
 * half of it; else who called for the interrupt, if one began it; else the code that
 * turned interrupts off. The task only if it did it itself.
 */
struct culprit {
	struct symbol	code;
	bool		is_handler;
	bool		waited;		/* most of it, for a lock */
	char		task[32];	/* "-": none */
};

/* The code that turned interrupts off, or, if that only took a lock, who turned them on again */
void culprit_behind_lock(struct symbol *code, const struct symbol *end);

void culprit_of_span(struct culprit *culprit, const struct record *record);

#endif
