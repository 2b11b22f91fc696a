/* SPDX-License-Identifier: GPL-2.0 */
/* Whether this machine is a real one. */
#ifndef IRQSPAN_MACHINE_H
#define IRQSPAN_MACHINE_H

/*
 * The hypervisor that runs this machine: "TCG" if QEMU emulates it, "KVM" and so on,
 * "unknown" if it does not tell its name; NULL if the machine seems to be real. To be freed.
 */
char *machine_hypervisor(void);

#endif
