/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What several of the KUnit tests need.
 */
#ifndef _IRQSPAN_TEST_H
#define _IRQSPAN_TEST_H

#include <kunit/test.h>

#include <linux/limits.h>

#include "../irqspan.h"

/* Counters of no span yet, freed after the test */
static inline struct irqspan_stats *new_stats(struct kunit *test)
{
	struct irqspan_stats *st = kunit_kzalloc(test, sizeof(*st), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, st);
	st->min = U64_MAX;
	return st;
}

#endif /* _IRQSPAN_TEST_H */
