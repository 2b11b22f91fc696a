// SPDX-License-Identifier: GPL-2.0
/* Whether this machine is a real one: see machine.h. */
#include <string.h>

#include "machine.h"
#include "utils.h"

#ifdef __x86_64__
#include <cpuid.h>

/* On x86 CPUID has a bit that says there is a hypervisor, and the signature of that. */
char *machine_hypervisor(void)
{
	static const struct {
		const char *signature;
		const char *name;
	} known[] = {
		{ "TCGTCGTCGTCG", "TCG" }, { "KVMKVMKVM", "KVM" }, { "Microsoft Hv", "Hyper-V" },
		{ "VMwareVMware", "VMware" }, { "XenVMMXenVMM", "Xen" },
		{ "VBoxVBoxVBox", "VirtualBox" },
	};
	unsigned int a, b, c, d, i;
	char signature[13] = "";

	if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & 1U << 31))
		return NULL;
	__cpuid(0x40000000, a, b, c, d);
	memcpy(signature, &b, 4);
	memcpy(signature + 4, &c, 4);
	memcpy(signature + 8, &d, 4);
	for (i = 0; i < ARRAY_SIZE(known); i++) {
		if (!strcmp(signature, known[i].signature))
			return xstrdup(known[i].name);
	}
	return xstrdup("unknown");
}
#else
/* On other architectures the firmware may name the hypervisor. */
char *machine_hypervisor(void)
{
	char *vendor = try_read_file("/sys/class/dmi/id/sys_vendor", NULL);

	if (!vendor)
		vendor = try_read_file("/sys/firmware/devicetree/base/compatible", NULL);
	if (vendor && (!strncmp(vendor, "QEMU", 4) || !strncmp(vendor, "linux,dummy-virt", 16))) {
		free(vendor);
		return xstrdup("QEMU");
	}
	free(vendor);
	return NULL;
}
#endif
