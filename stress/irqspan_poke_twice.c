// SPDX-License-Identifier: GPL-2.0
/*
 * Has QEMU notice each change of the kernel's code, for guests whose CPUs run in threads
 * of their own (-accel tcg,thread=multi).
 *
 * When a CPU writes to code, QEMU first forgets what it has translated of it, and stores
 * to memory then. Another CPU that runs the same code in between has it translated anew,
 * from what is not yet overwritten, and that stays. The kernel patches its code in steps
 * of which the last one replaces a breakpoint instruction: so a breakpoint stays, which
 * nobody expects, and the guest dies of "Oops: int3" at a place whose code is in order.
 * On a busy machine the time in between is long, and it takes minutes for that to happen.
 *
 * So write all of it twice. What was translated from the old code is forgotten by the
 * second time, and what is translated from then on is the new code.
 */
#include <linux/kprobes.h>
#include <linux/module.h>
#include <asm/processor-flags.h>

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

static void write_again(volatile u8 *addr, size_t len)
{
	unsigned long flags, cr0;
	size_t i;

	raw_local_irq_save(flags);
	/* The code is read-only. The kernel's own function would not let that be changed. */
	asm volatile("mov %%cr0, %0" : "=r" (cr0));
	asm volatile("mov %0, %%cr0" : : "r" (cr0 & ~X86_CR0_WP) : "memory");
	for (i = 0; i < len; i++)
		addr[i] = addr[i];
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

static int __init poke_twice_init(void)
{
	return register_kretprobe(&poke_probe);
}
module_init(poke_twice_init);

static void __exit poke_twice_exit(void)
{
	unregister_kretprobe(&poke_probe);
	if (poke_probe.nmissed)
		pr_warn("irqspan_poke_twice: missed %d\n", poke_probe.nmissed);
}
module_exit(poke_twice_exit);

MODULE_DESCRIPTION("Writes patched code twice, for an emulator");
MODULE_LICENSE("GPL");
