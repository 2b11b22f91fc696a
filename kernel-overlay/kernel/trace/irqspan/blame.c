// SPDX-License-Identifier: GPL-2.0
/*
 * The last CPU-wide spans of each CPU, for who came too late because of them.
 */
#include <linux/limits.h>
#include <linux/percpu.h>

#include "blame.h"

/* From this duration up, spans are remembered: %U64_MAX while nobody asks. */
u64 irqspan_blame_ns = U64_MAX;

bool (*irqspan_read_open_span)(struct irqspan_culprit *span);

void irqspan_blame_note(const struct irqspan_culprit *span, u64 end)
{
}
