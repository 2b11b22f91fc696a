// SPDX-License-Identifier: GPL-2.0
/*
 * The readers with tables that are damaged at random: whatever stands in a file is read,
 * or refused. Built with the address sanitizer, which ends it if a reader goes astray.
 *
 * Usage: fuzz [SEED [ROUNDS]]
 */
#include <stdbool.h>
#include <string.h>

#include "cause.h"
#include "hist.h"
#include "metrics.h"
#include "refused.h"
#include "snapshot.h"
#include "table.h"
#include "utils.h"

static const char *const good[] = {
	"# type id name spans total min p50 p90 p99 p99.9 max caller handler handler_ns waited comm\n"
	"cpu 1 - 1021310 2854464562 36 67 367 16383 106495 26303594 __schedule+0x63/0x630 - 0 0 kworker/1:1\n"
	"irq 20 ttyS4 2 28402076 9423209 9437183 18978867 18978867 18978867 18978867 serial8250_do_startup+0x7a2/0x990 - 0 0 docs-load\n"
	"# recursion 0\n# lost_lines 0\n# unmatched_enables 0 -\n# generation 0\n",
	"# type id name low high count\ncpu 0 - 38 39 577\ncpu 0 - 40 41 11210\nirq 20 ttyS4 18874368 19922943 1\n# generation 0\n",
	"# type id name kind depth since duration pid caller comm depth_max last_caller\n"
	"cpu 2 - task - 27506031647 7410570 952 irqspan_spans_irq_disable+0xa/0x30[irqspan_spans] spans_a - -\n"
	"irq 42 a\\040b disable 1 27437864339 75795990 948 f+0x5/0x10[m] spans_a 1 f+0x5/0x10[m]\n",
	"# to_cpu from_cpu kind name function call_site path comm count no_ipi run_total run_max delay_total delay_max late duration caller handler span_comm\n"
	"1 0 call-function - sched_ttwu_pending hrtimer_wakeup+0x1e/0x30 ttwu_queue_wakelist<try_to_wake_up<hrtimer_wakeup<hrtimer_interrupt - 383 35 6516794 120691 24617593 1522644 2 62743 irqentry_enter+0x5e/0x70 sched_ttwu_pending swapper/1\n"
	"1 - reschedule - - - - - 1 0 - - - - - - - - -\n# folded 3\n# lost 1\n# generation 0\n",
	"# armed_cpu queued_cpu kind function work comm migrations expiries wakes hotplug\n"
	"1 0 hrtimer hrtimer_wakeup - cyclictest 383 383 348 0\n# generation 0\n",
	"# cpu victim function caller handler comm count late_total late_max\n"
	"1 hrtimer f c+0x1/0x2 - t 3 1000000 500000\n# generation 0\n",
};

static uint64_t state;

static unsigned int pick(unsigned int below)
{
	/* xorshift64, so that a seed is the same everywhere */
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state % below;
}

/* Flip, cut, double, or put something where it does not belong. */
static char *damage(const char *text)
{
	static const char *const odd[] = {
		"\n",  " ",  "#", "-",	"\\040",      "18446744073709551616", "0x", "[",    "]",
		"+0x", "\t", "<", "-1", "4294967295", "# generation ",	      "\\", "\001", "\377"
	};
	size_t length = strlen(text), room = 4 * length + 256;
	char *damaged = xalloc(room);

	strcpy(damaged, text);
	for (unsigned int n = pick(8); n--;) {
		size_t at, size, end;
		const char *word;

		length = strlen(damaged);
		if (!length)
			break;
		at = pick(length);
		switch (pick(5)) {
		case 0:
			damaged[at] ^= 1 << pick(8);
			break;
		case 1:
			damaged[at] = '\0';
			break;
		case 2:
			size = pick(length - at) + 1;
			if (length + size < room - 1) {
				memmove(damaged + at + size, damaged + at, length - at + 1);
				memcpy(damaged + at, damaged + at + size, size);
			}
			break;
		case 3:
			word = odd[pick(ARRAY_SIZE(odd))];
			size = strlen(word);
			if (length + size < room - 1) {
				memmove(damaged + at + size, damaged + at, length - at + 1);
				memcpy(damaged + at, word, size);
			}
			break;
		default:
			end = at + pick(length - at) + 1;
			memmove(damaged + at, damaged + end, length - end + 1);
		}
	}
	return damaged;
}

static struct table *parse(unsigned int which, bool damaged)
{
	char *problem = NULL, *text = damaged ? damage(good[which]) : xstrdup(good[which]);
	struct table *table = table_parse("fuzz", text, &problem);

	free(problem);
	return table;
}

static void use(struct snapshot *before, struct snapshot *after)
{
	struct metrics *metrics = metrics_new(NULL);
	struct causes causes = { .limit = 1 };
	struct snapshot *difference;
	struct hists hists;
	size_t size;
	char *text;
	FILE *to;

	set_add(&causes.cpus, 1);
	set_add(&causes.isolated, 1);
	metrics_update(metrics, before);
	metrics_update(metrics, after);
	to = open_memstream(&text, &size);
	metrics_print(metrics, to, true);
	fclose(to);
	free(text);
	metrics_free(metrics);
	difference = snapshot_difference(before, after);
	causes_add_tables(&causes, difference);
	causes_rank(&causes);
	for (unsigned int i = 0; i < causes.nr; i++)
		free(cause_show(causes.list[i]));
	causes_free(&causes);
	if (difference->hist) {
		struct hist sum;

		hists_read(&hists, difference->hist, NULL, NULL);
		sum = hists_sum(&hists, "cpu");
		hist_percentile(&sum, 999);
		hist_free(&sum);
		hists_free(&hists);
	}
	snapshot_free(difference);
}

int main(int argc, char **argv)
{
	volatile unsigned int refused = 0, wrong = 0, read = 0;
	unsigned int rounds = argc > 2 ? atoi(argv[2]) : 20000;
	uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;

	advice_load(NULL);
	state = seed * 0x9e3779b97f4a7c15ULL + 1;
	for (unsigned int i = 0; i < rounds; i++) {
		struct snapshot before = { 0 }, after = { .time = 1 };
		struct table **tables[] = {
			&before.stats,	&before.hist,  &before.open,  &before.ipis,
			&before.timers, &before.blame, &after.stats,  &after.hist,
			&after.open,	&after.ipis,   &after.timers, &after.blame,
		};
		unsigned int victim = pick(ARRAY_SIZE(tables));

		for (unsigned int k = 0; k < ARRAY_SIZE(tables); k++) {
			*tables[k] = parse(k % ARRAY_SIZE(good), k == victim || !pick(4));
			if (*tables[k])
				read++;
			else
				wrong++;
		}
		refused += REFUSES(use(&before, &after));
		for (unsigned int k = 0; k < ARRAY_SIZE(tables); k++)
			table_free(*tables[k]);
	}
	/* Some have to be read, and some refused, or it tried nothing. */
	printf("%sok 1 - fuzz: tables that are damaged\n# seed %llu: %u tables read, %u were none, %u refused later\n1..1\n",
	       read && wrong && refused ? "" : "not ", (unsigned long long)seed, read, wrong,
	       refused);
	return !(read && wrong && refused);
}
