// SPDX-License-Identifier: GPL-2.0
/* Causes that /proc/interrupts tells of, the interrupts of devices: see cause.h. */
#include <fnmatch.h>
#include <string.h>

#include "cause_internal.h"
#include "utf8.h"
#include "utils.h"

/**
 * struct columns - the columns of /proc/interrupts: of the CPUs that were online then
 * @cpu: the CPU of each column
 * @nr: how many
 */
struct columns {
	unsigned int	*cpu;
	unsigned int	nr;
};

static struct columns read_columns(const char *text)
{
	const char *end = strchrnul(text, '\n');
	struct columns columns = { NULL };
	unsigned int room = 0, cpu;

	for (text = strstr(text, "CPU"); text && text < end; text = strstr(text + 3, "CPU")) {
		if (sscanf(text, "CPU%u", &cpu) != 1)
			continue;
		xgrow(columns.cpu, columns.nr, room);
		columns.cpu[columns.nr++] = cpu;
	}
	return columns;
}

/* Where the column of a CPU is; -1: it was not online then */
static int find_column(const struct columns *columns, unsigned int cpu)
{
	for (unsigned int i = 0; i < columns->nr; i++) {
		if (columns->cpu[i] == cpu)
			return i;
	}
	return -1;
}

/* Read the counts of a line, whose columns begin at @line; UINT64_MAX for those that it lacks */
static void read_counts(const struct columns *columns, const char *line, uint64_t *count)
{
	char *end;

	for (unsigned int i = 0; i < columns->nr; i++, line = end) {
		count[i] = strtoull(line, &end, 10);
		if (end == line)
			count[i] = UINT64_MAX;
	}
}

/* What follows the colon in the line of interrupt @irq; NULL if there is none */
static const char *find_irq(const char *text, const char *irq)
{
	size_t length = strlen(irq);

	for (text = strchr(text, '\n'); text; text = strchr(text, '\n')) {
		text++;
		text += strspn(text, " ");
		if (!strncmp(text, irq, length) && text[length] == ':')
			return text + length + 1;
	}
	return NULL;
}

/*
 * Interrupts that no device has, and yet something sends: other lines without a number are
 * those of IPIs, of timers, which are told as such, and of errors.
 */
static bool is_without_number(const char *irq)
{
	static const char *const sent[] = {
		"NMI", "TRM", "THR", "DFR", "MCE", "SPU", "HYP", "PIN", "NPI", "PIW",
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(sent); i++) {
		if (!strcmp(irq, sent[i]))
			return true;
	}
	return false;
}

/*
 * The timer that a CPU has its tick from is no device, though on most boards it has a number;
 * nor are the timers and IPIs of Xen, which have one, too. @line: of /proc/interrupts, @length
 * characters long
 */
static bool is_of_cpu(const char *line, size_t length, const char *name)
{
	static const char *const timers[] = {
		"arch_timer", "riscv-timer", "clint-timer", "twd", "gt", "MCT", "mct_tick*",
		"tegra_timer", "gp_timer", "sun4i_timer*", "rk_timer*", "*Timer Tick", "timer",
		"Hyper-V stimer*",
	};
	const char *xen = strstr(line, " xen-percpu ");

	for (unsigned int i = 0; i < ARRAY_SIZE(timers); i++) {
		if (!fnmatch(timers[i], name, 0))
			return true;
	}
	return xen && xen < line + length;
}

/* What stands in place of a name if nobody has the line: its number at its chip, and its type */
static bool is_no_name(const char *name)
{
	return !fnmatch("[0-9]*[- ][Ee]dge*", name, 0) ||
	       !fnmatch("[0-9]*[- ][Ll]evel*", name, 0) ||
	       !fnmatch("[0-9]*-fasteoi*", name, 0);
}

/*
 * Interrupts of a device are what a CPU is there for, unless it is isolated. If so many come
 * as one in that time, they count even if each is short.
 */
#define OFTEN_NS	NSEC_PER_MSEC

static void add_interrupts(struct causes *causes, const char *irq, const char *name,
			   unsigned int cpu, uint64_t count, uint64_t measured)
{
	bool isolated = set_has(&causes->isolated, cpu);
	struct cause *cause;

	if (!isolated && (!set_has(&causes->cpus, cpu) || count < measured / OFTEN_NS))
		return;
	cause = cause_get(causes, CAUSE_IRQ, xprintf("%s|%d", irq, isolated));
	if (!cause->count) {
		cause_set_field(cause, FIELD_IRQ, irq);
		cause_set_field(cause, FIELD_NAME, *name && !is_no_name(name) ? name : "-");
		cause_set_field(cause, FIELD_BY, isolated ? "" : "often");
	}
	cause->often = !isolated;
	set_add(&cause->cpus, cpu);
	cause->count += count;
	if (isolated)
		cause->interruptions += count;
}

/*
 * Whether a line has come into use meanwhile: it was not there (@was is %NULL), as it is once it
 * has a driver or has counted anything; or it counts anew, as it does if its number was given to
 * another device. @then and @now: what each CPU had, @column: where it is in @then.
 */
static bool is_new_line(const char *was, const uint64_t *then, const int *column,
			const uint64_t *now, unsigned int nr)
{
	for (unsigned int n = 0; was && n < nr; n++) {
		if (column[n] >= 0 && then[column[n]] != UINT64_MAX && now[n] < then[column[n]])
			return true;
	}
	return !was;
}

void causes_add_interrupts(struct causes *causes, const char *before, const char *after,
			   uint64_t measured)
{
	struct columns columns = read_columns(after), columns_before = read_columns(before);
	uint64_t *now = xalloc((columns.nr + 1) * sizeof(*now));
	uint64_t *then = xalloc((columns_before.nr + 1) * sizeof(*then));
	int *column_before = xalloc((columns.nr + 1) * sizeof(*column_before));
	const char *line, *was, *name;

	for (unsigned int n = 0; n < columns.nr; n++)
		column_before[n] = find_column(&columns_before, columns.cpu[n]);
	for (line = strchr(after, '\n'); line; line = strchr(line, '\n')) {
		char irq[16] = "", *label;
		bool numbered, anew;
		size_t length;

		line++;
		if (sscanf(line, " %15[0-9A-Z]:", irq) != 1)
			continue;
		was = find_irq(before, irq);
		numbered = !irq[strspn(irq, "0123456789")];
		if (!numbered && (!was || !is_without_number(irq)))
			continue;
		length = strcspn(line, "\n");
		/* The name is behind the last two blanks. */
		for (name = line + length; name > line && strncmp(name - 2, "  ", 2); name--)
			;
		label = xalloc(length + 1);
		memcpy(label, name, line + length - name);
		utf8_clean(label);
		if (is_of_cpu(line, length, label)) {
			free(label);
			continue;
		}
		read_counts(&columns, line + strcspn(line, ":") + 1, now);
		if (was)
			read_counts(&columns_before, was, then);
		anew = numbered && is_new_line(was, then, column_before, now, columns.nr);
		for (unsigned int n = 0; n < columns.nr; n++) {
			int i = column_before[n];
			uint64_t had = anew ? 0 : i >= 0 ? then[i] : UINT64_MAX;

			/* Of a CPU that came meanwhile, it is not known what it had before. */
			if (now[n] != UINT64_MAX && now[n] > had)
				add_interrupts(causes, irq, label, columns.cpu[n], now[n] - had,
					       measured);
		}
		free(label);
	}
	free(columns.cpu);
	free(columns_before.cpu);
	free(now);
	free(then);
	free(column_before);
}
