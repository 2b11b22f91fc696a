// SPDX-License-Identifier: GPL-2.0
/*
 * Usage: kvm_spin CPU MILLISECONDS
 *
 * Runs the smallest KVM guest there is on a CPU: one page, one register that is
 * counted up for ever. Nothing makes it leave but the interrupts of the CPU. Ten
 * times it is stopped by a signal, to see how far it came. Prints three numbers:
 * how long it ran, in ns; how far it came; and by how much in that tenth in which
 * it was slowest.
 *
 * Needs nothing but libc and the kernel's headers; scripts/kvm builds it.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <linux/kvm.h>

#define PARTS		10
#define GUEST_BASE	0x10000ULL
#define GUEST_SIZE	0x10000

#if defined(__aarch64__)

typedef uint64_t counter_t;

/* add x0, x0, #1; b . - 4 */
static const uint32_t guest_code[] = { 0x91000400, 0x17ffffff };

static void set_register(int vcpu, uint64_t offset, uint64_t value)
{
	struct kvm_one_reg reg = {
		.id	= KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE | offset / 4,
		.addr	= (uintptr_t)&value,
	};

	if (ioctl(vcpu, KVM_SET_ONE_REG, &reg))
		err(1, "KVM_SET_ONE_REG");
}

static void start_at(int vm, int vcpu, uint64_t address)
{
	struct kvm_vcpu_init init;

	if (ioctl(vm, KVM_ARM_PREFERRED_TARGET, &init))
		err(1, "KVM_ARM_PREFERRED_TARGET");
	if (ioctl(vcpu, KVM_ARM_VCPU_INIT, &init))
		err(1, "KVM_ARM_VCPU_INIT");
	set_register(vcpu, offsetof(struct kvm_regs, regs.regs[0]), 0);
	set_register(vcpu, offsetof(struct kvm_regs, regs.pc), address);
}

static counter_t counter(int vcpu)
{
	uint64_t value;
	struct kvm_one_reg reg = {
		.id	= KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE |
			  offsetof(struct kvm_regs, regs.regs[0]) / 4,
		.addr	= (uintptr_t)&value,
	};

	if (ioctl(vcpu, KVM_GET_ONE_REG, &reg))
		err(1, "KVM_GET_ONE_REG");
	return value;
}

#elif defined(__x86_64__)

typedef uint32_t counter_t;

/* In real mode: inc %eax; jmp . - 2 */
static const uint8_t guest_code[] = { 0x66, 0x40, 0xeb, 0xfc };

static void start_at(int vm, int vcpu, uint64_t address)
{
	struct kvm_regs regs = { .rflags = 2 };
	struct kvm_sregs sregs;

	if (ioctl(vcpu, KVM_GET_SREGS, &sregs))
		err(1, "KVM_GET_SREGS");
	sregs.cs.base = address;
	sregs.cs.selector = address >> 4;
	if (ioctl(vcpu, KVM_SET_SREGS, &sregs) || ioctl(vcpu, KVM_SET_REGS, &regs))
		err(1, "KVM_SET_REGS");
}

static counter_t counter(int vcpu)
{
	struct kvm_regs regs;

	if (ioctl(vcpu, KVM_GET_REGS, &regs))
		err(1, "KVM_GET_REGS");
	return regs.rax;
}

#else
#error "no guest for this architecture"
#endif

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static struct kvm_run *run;

/* A signal between two turns of the loop must not be lost. */
static void stop(int sig)
{
	run->immediate_exit = 1;
}

/* Run the guest for so long, or a little longer. */
static void run_for(int vcpu, unsigned int us)
{
	struct itimerval timer = { .it_value = { .tv_sec = us / 1000000, .tv_usec = us % 1000000 } };

	run->immediate_exit = 0;
	setitimer(ITIMER_REAL, &timer, NULL);
	while (!run->immediate_exit) {
		if (!ioctl(vcpu, KVM_RUN, NULL))
			errx(1, "the guest ended by itself: reason %u", run->exit_reason);
		if (errno != EINTR && errno != EAGAIN)
			err(1, "KVM_RUN");
	}
}

int main(int argc, char **argv)
{
	struct kvm_userspace_memory_region region = {
		.guest_phys_addr = GUEST_BASE,
		.memory_size	 = GUEST_SIZE,
	};
	uint64_t ran = 0, turns = 0, least = UINT64_MAX;
	int kvm, vm, vcpu, i;
	unsigned int ms;
	cpu_set_t cpus;
	void *memory;

	if (argc != 3)
		errx(1, "usage: kvm_spin CPU MILLISECONDS");
	CPU_ZERO(&cpus);
	CPU_SET(atoi(argv[1]), &cpus);
	ms = atoi(argv[2]);
	if (sched_setaffinity(0, sizeof(cpus), &cpus))
		err(1, "CPU %s", argv[1]);

	kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (kvm < 0)
		err(1, "/dev/kvm");
	vm = ioctl(kvm, KVM_CREATE_VM, 0);
	if (vm < 0)
		err(1, "KVM_CREATE_VM");
	memory = mmap(NULL, GUEST_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		err(1, "mmap");
	memcpy(memory, guest_code, sizeof(guest_code));
	region.userspace_addr = (uintptr_t)memory;
	if (ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region))
		err(1, "KVM_SET_USER_MEMORY_REGION");
	vcpu = ioctl(vm, KVM_CREATE_VCPU, 0);
	if (vcpu < 0)
		err(1, "KVM_CREATE_VCPU");
	run = mmap(NULL, ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0), PROT_READ | PROT_WRITE,
		   MAP_SHARED, vcpu, 0);
	if (run == MAP_FAILED)
		err(1, "mmap of the vCPU");
	start_at(vm, vcpu, GUEST_BASE);
	signal(SIGALRM, stop);

	for (i = 0; i < PARTS; i++) {
		counter_t before = counter(vcpu), came;
		uint64_t start = now();

		run_for(vcpu, ms * 1000 / PARTS);
		ran += now() - start;
		came = counter(vcpu) - before;
		turns += came;
		if (came < least)
			least = came;
	}
	printf("%llu %llu %llu\n", (unsigned long long)ran, (unsigned long long)turns,
	       (unsigned long long)least);
	return 0;
}
