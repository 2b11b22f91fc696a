/* SPDX-License-Identifier: GPL-2.0 */
/* What a machine is. */
#ifndef IRQSPAN_MACHINE_H
#define IRQSPAN_MACHINE_H

/*
 * What runs this machine: "TCG" if QEMU emulates it, "KVM" and so on, "unknown" if a
 * hypervisor does not say; NULL if it seems to be real. To be freed.
 */
char *machine_hypervisor(void);

#endif
