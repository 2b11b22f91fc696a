// SPDX-License-Identifier: GPL-2.0
/*
 * For guests of QEMU whose CPUs run in threads of their own (-accel tcg,thread=multi), on
 * a machine that has other things to do: keeps two troubles away from them that are none
 * of the tracer's.
 *
 * Code. When a CPU writes to code, QEMU first forgets what it has translated of it, and
 * stores to memory then. Another CPU that runs the same code in between has it translated
 * anew, from what is not yet overwritten, and that stays. The kernel patches its code in
 * steps of which the last one replaces a breakpoint instruction: so a breakpoint stays,
 * which nobody expects, and the guest dies of "Oops: int3" at a place whose code is in
 * order. So write all of it twice. What was translated from the old code is forgotten by
 * the second time, and what is translated from then on is the new code.
 *
 * CPU hotplug. Linux 6.12 counts the fair server of a CPU among its tasks, while it is
 * needed: when tasks of the fair class got no time for a second, as happens to a CPU that
 * the host does not run. A CPU that goes offline at this time finds a task too many, and
 * warns: "Dying CPU not properly vacated!". Linux 7.3 does not count it. So have none.
 */
#include <linux/kprobes.h>
#include <linux/module.h>
#include <asm/processor-flags.h>

/* Code */

struct poke {
	u8	*addr;
	size_t	len;
};

/* __text_poke(function, addr, source, len) */
static int poke_entry(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	struct poke *poke = (struct poke *)instance->data;

	poke->addr = (u8 *)regs->si;
	poke->len = regs->cx;
	return 0;
}

static void write_again(u8 *addr, size_t len)
{
	unsigned long flags, cr0;
	size_t i;

	raw_local_irq_save(flags);
	/* The code is read-only. The kernel's own function would not let that be changed. */
	asm volatile("mov %%cr0, %0" : "=r" (cr0));
	asm volatile("mov %0, %%cr0" : : "r" (cr0 & ~X86_CR0_WP) : "memory");
	for (i = 0; i < len; i++)
		WRITE_ONCE(addr[i], READ_ONCE(addr[i]));
	asm volatile("mov %0, %%cr0" : : "r" (cr0) : "memory");
	raw_local_irq_restore(flags);
}

/* The text_mutex is held: nobody else writes there. */
static int poke_return(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	struct poke *poke = (struct poke *)instance->data;

	write_again(poke->addr, poke->len);
	return 0;
}

static struct kretprobe poke_probe = {
	.kp.symbol_name	= "__text_poke",
	.entry_handler	= poke_entry,
	.handler	= poke_return,
	.data_size	= sizeof(struct poke),
};

/* CPU hotplug */

static notrace void return_at_once(void)
{
}

/* At the entry of a function: the return address is where its caller left it. */
static int skip_function(struct kprobe *probe, struct pt_regs *regs)
{
	regs->ip = (unsigned long)return_at_once;
	return 1;
}

/* Has ftrace take the address from the registers. */
static void after_skip(struct kprobe *probe, struct pt_regs *regs, unsigned long flags)
{
}

static struct kprobe fair_server_probe = {
	.symbol_name	= "dl_server_start",
	.pre_handler	= skip_function,
	.post_handler	= after_skip,
};

static int __init emulated_init(void)
{
	int ret;

	ret = register_kretprobe(&poke_probe);
	if (ret)
		return ret;
	ret = register_kprobe(&fair_server_probe);
	if (ret)
		unregister_kretprobe(&poke_probe);
	return ret;
}
module_init(emulated_init);

static void __exit emulated_exit(void)
{
	unregister_kprobe(&fair_server_probe);
	unregister_kretprobe(&poke_probe);
}
module_exit(emulated_exit);

MODULE_DESCRIPTION("Keeps troubles of an emulated machine away");
MODULE_LICENSE("GPL");
