/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_IRQFLAGS_PARENT_H
#define _LINUX_IRQFLAGS_PARENT_H

#include <linux/ftrace.h>
#include <linux/kprobes.h>
#include <linux/rethook.h>

/**
 * irqflags_real_parent - the parent of who turned interrupts off or on, as it is to be told
 * @parent: what was found where the return address of the function is
 *
 * Context: any.
 * Return: @parent, or 0 if a tracer of functions has put that there in place of the return
 * address: it tells nothing.
 */
static __always_inline unsigned long irqflags_real_parent(unsigned long parent)
{
#ifdef CONFIG_FUNCTION_GRAPH_TRACER
	if (parent == (unsigned long)return_to_handler)
		return 0;
#endif
	if (IS_ENABLED(CONFIG_RETHOOK) && is_rethook_trampoline(parent))
		return 0;
	if (is_kretprobe_trampoline(parent))
		return 0;
	return parent;
}

#endif /* _LINUX_IRQFLAGS_PARENT_H */
