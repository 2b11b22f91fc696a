// SPDX-License-Identifier: GPL-2.0
/* Acts of observers: perf events, and a probe in a program */
#include <linux/perf_event.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "provoke.h"

/* Perf counts events there; the counter is read from another CPU. */
void do_count(unsigned int cpu, unsigned int other, unsigned int n)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_CONTEXT_SWITCHES,
	};
	uint64_t count;
	int fd;

	run_on(0, other);
	while (n--) {
		fd = syscall(SYS_perf_event_open, &attr, -1, cpu, -1, 0);
		if (fd < 0)
			err(1, "perf_event_open");
		pause_ms(5);
		if (read(fd, &count, sizeof(count)) != sizeof(count))
			err(1, "cannot read a perf event");
		close(fd);
	}
}

static void pause_often(int unused)
{
	for (;;)
		pause_ms(10);
}

/* Perf samples a task there each time it sleeps, and wakes up the reader for each sample. */
void do_sampled(unsigned int cpu, unsigned int other, unsigned int n)
{
	struct perf_event_attr attr = {
		.size		= sizeof(attr),
		.type		= PERF_TYPE_SOFTWARE,
		.config		= PERF_COUNT_SW_CONTEXT_SWITCHES,
		.sample_period	= 1,
		.sample_type	= PERF_SAMPLE_TID,
		.wakeup_events	= 1,
	};
	pid_t child;
	void *ring;
	int fd;

	run_on(0, other);
	child = start(cpu, pause_often, -1);
	pause_ms(100);
	fd = syscall(SYS_perf_event_open, &attr, child, -1, -1, 0);
	if (fd < 0)
		err(1, "perf_event_open");
	ring = mmap(NULL, 2 * sysconf(_SC_PAGESIZE), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (ring == MAP_FAILED)
		err(1, "no ring for samples");
	pause_ms(20 * n);
	end(child);
}

/* A probe (uprobe) is put into the program of a process there, and removed again. */
void do_probe(unsigned int cpu, unsigned int other, unsigned int n)
{
	static const char probes[] = "/sys/kernel/tracing/uprobe_events";
	static const char on[] = "/sys/kernel/tracing/events/irqspan_provoke/enable";
	unsigned long at = (unsigned long)relax, from, to, offset = 0;
	char line[4096], path[4096], text[8192];
	FILE *maps = fopen("/proc/self/maps", "r");
	pid_t child;

	path[0] = '\0';
	while (maps && fgets(line, sizeof(line), maps)) {
		if (sscanf(line, "%lx-%lx %*s %lx %*s %*s %4095s", &from, &to, &offset,
			   path) == 4 && from <= at && at < to)
			break;
	}
	if (!path[0] || !maps)
		errx(1, "no file of this program is known");
	fclose(maps);
	snprintf(text, sizeof(text), "p:irqspan_provoke/relax %s:0x%lx", path, at - from + offset);
	run_on(0, other);
	child = start(cpu, spin, -1);
	pause_ms(100);
	while (n--) {
		write_text(probes, text);
		write_text(on, "1");
		pause_ms(20);
		write_text(on, "0");
		write_text(probes, "-:irqspan_provoke/relax");
	}
	end(child);
}
