// SPDX-License-Identifier: GPL-2.0
/* What irqspan why found out, in plain words: see why.h. */
#include <string.h>

#include "advice.h"
#include "units.h"
#include "utils.h"
#include "why.h"

/* The longest span that was counted, by the histogram: at most 1/16 too long */
static uint64_t longest_counted(const struct table *hist, const struct set *cpus)
{
	uint64_t longest = 0;

	for (unsigned int i = 0; hist && i < hist->nr_rows; i++) {
		if (strcmp(table_word(hist, i, "type"), "cpu") ||
		    !set_has(cpus, table_number(hist, i, "id")))
			continue;
		if (table_number(hist, i, "high") > longest)
			longest = table_number(hist, i, "high");
	}
	return longest;
}

static const char *plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

void why_print_verdict(const struct finding *finding)
{
	const struct causes *causes = finding->causes;
	uint64_t longest = finding->longest_span;
	uint64_t counted = longest ? longest : longest_counted(finding->difference->hist,
							       finding->cpus);
	unsigned int nr = set_count(finding->cpus);
	char *cpus = set_format(finding->cpus);

	printf("CPU%s %s %s %s in %s: interrupts were ", nr == 1 ? "" : "s", cpus,
	       nr == 1 ? "was" : "were", finding->disturbed ? "disturbed" : "not disturbed",
	       show_time(finding->measured));
	if (finding->spans_over)
		printf("off %llu time%s for %s or longer, for %s at most",
		       (unsigned long long)finding->spans_over, plural(finding->spans_over),
		       show_time(finding->limit), show_time(longest));
	else if (counted)
		printf("off for %s at most, less than the limit of %s", show_time(counted),
		       show_time(finding->limit));
	else
		printf("never off");
	if (finding->pending)
		printf("; device interrupts waited %llu time%s because their line was off, for %s at most",
		       (unsigned long long)finding->pending, plural(finding->pending),
		       show_time(finding->pending_longest));
	if (finding->late)
		printf("; timers and calls were late %llu time%s because of that, by %s at most",
		       (unsigned long long)finding->late, plural(finding->late),
		       show_time(finding->late_longest));
	if (finding->interruptions) {
		char *isolated = set_format(&causes->isolated);

		printf("; isolated CPUs (%s) were interrupted %llu time%s", isolated,
		       (unsigned long long)finding->interruptions,
		       plural(finding->interruptions));
		free(isolated);
	}
	printf(".\n");
	if (finding->stolen)
		printf("This is a virtual machine, and for %s its host ran something else instead of %s (steal):\n"
		       "what was going on just then has lasted longer by that, whatever it is.\n",
		       show_time(finding->stolen), nr == 1 ? "this CPU" : "these CPUs");
	free(cpus);
}

static void print_advice(const struct cause *cause, const struct advice *advice)
{
	char *text;

	text = advice_fill(advice->what, cause->field);
	printf("     Why: %s\n", text);
	free(text);
	text = advice_fill(advice->what_to_do, cause->field);
	printf("     Do:  %s\n", text);
	free(text);
	printf("     See: %s\n", advice->source);
}

static void print_cause(unsigned int number, const struct cause *cause, uint64_t measured)
{
	char *what = cause_show(cause);

	printf("\n%3u. %s\n", number, what);
	free(what);
	printf("     CPU %s: %llu time%s", cause->field[FIELD_CPUS],
	       (unsigned long long)cause->count, plural(cause->count));
	if (cause->kind == CAUSE_EXPIRY && measured)
		printf(", %.1f a second", cause->count * 1e9 / measured);
	if (cause->total)
		printf(", %s in all", show_time(cause->total));
	if (cause->longest)
		printf(", %s at most", show_time(cause->longest));
	else if (cause->longest_is_old && cause->total)
		printf(", the longest is not known because a longer one was counted before");
	if (cause->still)
		printf(", and was not over after %s", show_time(cause->still));
	if (cause->kind == CAUSE_TIMER)
		printf("; %llu IPI%s came back", (unsigned long long)cause->wakes,
		       plural(cause->wakes));
	if (cause->kind == CAUSE_LINE)
		printf("; an interrupt waited %llu time%s", (unsigned long long)cause->pending,
		       plural(cause->pending));
	printf("\n");
	if (cause->kind == CAUSE_IPI && !name_is_unknown(cause->field[FIELD_PATH]))
		printf("     Path: %s\n", cause->field[FIELD_PATH]);
	/* Not in a hard interrupt, which begins with interrupts off. */
	if (cause->kind == CAUSE_SPAN && strcmp(cause->field[FIELD_CONTEXT], "hardirq") &&
	    !name_is_unknown(cause->field[FIELD_CALLER]))
		printf("     Turned off by: %s\n", cause->field[FIELD_CALLER]);
	if (cause->ended_by)
		printf("     Turned on by: %s\n", cause->ended_by);
	if (cause->inside)
		printf("     Longest in it: %s, %s\n", cause->inside,
		       show_time(cause->inside_time));
	if (!cause->advice) {
		printf("     This cause is not known, and neither is what to do about it%s.\n",
		       cause->kind == CAUSE_IPI ? ": the path tells how it came about" : "");
		return;
	}
	print_advice(cause, cause->advice);
	if (cause->besides) {
		printf("     If none held that lock for long, many wanted it:\n");
		print_advice(cause, cause->besides);
	}
}

void why_print_causes(const struct finding *finding, unsigned int most)
{
	const struct causes *causes = finding->causes;
	unsigned int listed = 0, left = 0;
	uint64_t harm = 0;

	for (unsigned int i = 0; i < causes->nr; i++) {
		const struct cause *cause = causes->list[i];

		if (!cause_matters(cause))
			continue;
		if (listed < most) {
			print_cause(++listed, cause, finding->measured);
		} else {
			left++;
			harm += cause->total;
		}
	}
	if (left)
		printf("\n     %u further cause%s, %s in all: see -n\n", left, plural(left),
		       show_time(harm));
}

static void note_table(const struct table *table, const char *name)
{
	uint64_t lost, folded;

	if (!table) {
		printf("  - anything from %s: this kernel has no file irqspan/%s\n", name, name);
		return;
	}
	if (table->cleared)
		printf("  - what %s had counted before somebody cleared it meanwhile\n", name);
	folded = table_note(table, "folded");
	if (folded)
		printf("  - details of %llu event%s in %s, for which no row was left: restrict irqspan/cpus, or raise irqspan.table_rows\n",
		       (unsigned long long)folded, plural(folded), name);
	lost = table_lost(table);
	if (lost)
		printf("  - %llu event%s that found no room in %s\n", (unsigned long long)lost,
		       plural(lost), name);
}

/* CPUs of which it is not known whether anything there minds interrupts, however short */
static void note_not_isolated(const struct causes *causes)
{
	struct set others = { 0 };

	set_union(&others, &causes->cpus);
	set_subtract(&others, &causes->isolated);
	if (!set_is_empty(&others)) {
		bool one = set_count(&others) == 1;
		char *list = set_format(&others);

		printf("  - whether CPU%s %s should be interrupted at all: %s not isolated\n",
		       one ? "" : "s", list, one ? "it is" : "they are");
		printf("    (isolcpus=, nohz_full=, a partition of cpusets), so that interrupts\n"
		       "    count by the time that they took, and timers are not recorded;\n"
		       "    --isolated %s counts each of them\n", list);
		free(list);
	}
	set_free(&others);
}

void why_print_unknown(const struct finding *finding)
{
	const struct snapshot *difference = finding->difference;

	printf("\nNot known:\n");
	if (finding->lost)
		printf("  - at least %llu spans or timers, whose records were lost because the buffer was full: measure fewer CPUs, or use a longer --limit\n",
		       (unsigned long long)finding->lost);
	if (finding->own)
		printf("  - whether all tasks that waited for a timer on an isolated CPU are meant to run there; they\n"
		       "    interrupted nobody by that: %s\n", finding->own);
	note_not_isolated(finding->causes);
	note_table(difference->stats, "stats");
	note_table(difference->ipis, "ipis");
	note_table(difference->timers, "timers");
	note_table(difference->blame, "blame");
	printf("  - what stops a CPU behind the kernel's back, as firmware does: the tracer hwlat finds that,\n"
	       "    but not if a task of that CPU calls it (variables of EFI; the secure world of Arm, as for\n"
	       "    random numbers)\n"
	       "  - how long tasks waited for what runs with interrupts on: timers and work of the CPU itself (see\n"
	       "    Documentation/trace/irqspan-remote.rst), other tasks, code with preemption off, and softirqs\n"
	       "    (run meanwhile: %s); rtla timerlat top -a 100 shows which of these it was\n",
	       finding->softirqs ? finding->softirqs : "none");
}
