/* SPDX-License-Identifier: GPL-2.0 */
/* What the files unit*.c share: a check is a line of TAP. */
#ifndef IRQSPAN_UNIT_H
#define IRQSPAN_UNIT_H

#include <stdbool.h>
#include <stdio.h>

#include "table.h"

extern unsigned int nr, failed;

#define CHECK(name, condition)                                                   \
	do {                                                                     \
		bool holds = (condition);                                        \
										 \
		printf("%sok %u - %s\n", holds ? "" : "not ", ++nr, name);       \
		if (!holds)                                                      \
			printf("# %s:%d: %s\n", __FILE__, __LINE__, #condition); \
		failed += !holds;                                                \
	} while (0)

/* The table of a text; NULL, and a remark, if it is none */
struct table *table_of(const char *text);

/* unit_causes.c: what kept CPUs from their work */
void test_reasons(void);
void test_documented(void);
/* What irqspan why --json writes of the causes of test_documented() */
void print_documented_json(void);
void test_alike(void);
void test_longest(void);
void test_open(void);
void test_interrupts(void);
void test_interrupts_new(void);
void test_interrupts_hotplug(void);
void test_steal(void);
void test_softirqs(void);
void test_expiries(void);
void test_tick_of_isolated(void);
void test_spans(void);
void test_late_waiter(void);
void test_late_path(void);
void test_besides(void);
void test_many_tasks(void);

/* unit_run.c: actions, commands that are run, signals, HTTP */
void test_actions(void);
void test_elsewhere(void);
void test_run(void);
void test_http(void);

#endif
