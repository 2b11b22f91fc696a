// SPDX-License-Identifier: GPL-2.0
/* Acts of programs of BPF, and their maps */
#include <fcntl.h>
#include <linux/bpf.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "provoke.h"

static int make_map(union bpf_attr *attr)
{
	int fd = syscall(SYS_bpf, BPF_MAP_CREATE, attr, sizeof(*attr));

	if (fd < 0)
		err(1, "no map of BPF");
	return fd;
}

/* A BPF program runs for each message that is sent there, and wakes up its reader. */
void do_told(unsigned int cpu, unsigned int other, unsigned int n)
{
	union bpf_attr map_attr = { .map_type = BPF_MAP_TYPE_RINGBUF, .max_entries = 65536 };
	struct bpf_insn program[] = {
		{ BPF_ST | BPF_DW | BPF_MEM, BPF_REG_10, 0, -8, 1 },
		{ BPF_LD | BPF_DW | BPF_IMM, BPF_REG_1, BPF_PSEUDO_MAP_FD, 0, 0 },
		{ 0 },
		{ BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_2, BPF_REG_10, 0, 0 },
		{ BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_2, 0, 0, -8 },
		{ BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_3, 0, 0, 8 },
		{ BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_4, 0, 0, BPF_RB_FORCE_WAKEUP },
		{ BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_ringbuf_output },
		{ BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 1 },
		{ BPF_JMP | BPF_EXIT, 0, 0, 0, 0 },
	};
	union bpf_attr attr = {
		.prog_type	= BPF_PROG_TYPE_SOCKET_FILTER,
		.insn_cnt	= ARRAY_SIZE(program),
		.insns		= (uintptr_t)program,
		.license	= (uintptr_t)"GPL",
	};
	int fd, ends[2];
	char c = 0;

	program[1].imm = make_map(&map_attr);
	fd = syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
	if (fd < 0)
		err(1, "no BPF program");
	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) ||
	    setsockopt(ends[1], SOL_SOCKET, SO_ATTACH_BPF, &fd, sizeof(fd)))
		err(1, "no socket");
	run_on(0, cpu);
	while (n--) {
		if (send(ends[0], &c, 1, 0) != 1 || recv(ends[1], &c, 1, 0) != 1)
			err(1, "cannot send");
		pause_ms(20);
	}
}

/* A task there puts n elements into a BPF map. */
static void put_into_map(unsigned int cpu, unsigned int n, unsigned int flags)
{
	union bpf_attr map_attr = { .map_type = BPF_MAP_TYPE_HASH, .max_entries = n,
				    .key_size = 4, .value_size = 8, .map_flags = flags };
	int fd = make_map(&map_attr);
	uint64_t value = 1;
	uint32_t key;

	run_on(0, cpu);
	for (key = 0; key < n; key++) {
		union bpf_attr attr = { .map_fd = fd, .key = (uintptr_t)&key,
					.value = (uintptr_t)&value };

		if (syscall(SYS_bpf, BPF_MAP_UPDATE_ELEM, &attr, sizeof(attr)))
			err(1, "cannot put into a map");
	}
}

/*
 * A task there puts n times as many elements into a BPF map as it has room for, so that the map
 * has to forget others.
 */
void do_forget(unsigned int cpu, unsigned int other, unsigned int n)
{
	union bpf_attr map_attr = { .map_type = BPF_MAP_TYPE_LRU_HASH, .max_entries = 10000,
				    .key_size = 4, .value_size = 8 };
	int fd = make_map(&map_attr);
	uint64_t value = 1;
	uint32_t key;

	run_on(0, cpu);
	for (key = 0; key < n * map_attr.max_entries; key++) {
		union bpf_attr attr = { .map_fd = fd, .key = (uintptr_t)&key,
					.value = (uintptr_t)&value };

		if (syscall(SYS_bpf, BPF_MAP_UPDATE_ELEM, &attr, sizeof(attr)))
			err(1, "cannot put into a map");
	}
}

/* Change the same element of a map again and again. */
static void change_element(int map)
{
	uint64_t value = 1;
	uint32_t key = 1;
	union bpf_attr attr = { .map_fd = map, .key = (uintptr_t)&key,
				.value = (uintptr_t)&value };

	while (!syscall(SYS_bpf, BPF_MAP_UPDATE_ELEM, &attr, sizeof(attr)))
		;
	err(1, "cannot change a map");
}

/* A task there, and one on each other CPU, change the same element of a BPF map for n ms. */
void do_share(unsigned int cpu, unsigned int other, unsigned int n)
{
	union bpf_attr map_attr = { .map_type = BPF_MAP_TYPE_HASH, .max_entries = 1,
				    .key_size = 4, .value_size = 8 };
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	int map = make_map(&map_attr);
	pid_t child[cpus];

	for (long i = 0; i < cpus; i++)
		child[i] = start(i, change_element, map);
	pause_ms(n);
	for (long i = 0; i < cpus; i++)
		end(child[i]);
}

/* The map allocates memory for each element. */
void do_map(unsigned int cpu, unsigned int other, unsigned int n)
{
	put_into_map(cpu, n, BPF_F_NO_PREALLOC);
}

/* The map has memory for all elements from the beginning. */
void do_map_taken(unsigned int cpu, unsigned int other, unsigned int n)
{
	put_into_map(cpu, n, 0);
}

/* BPF maps that have memory for each CPU are made and freed. */
void do_maps(unsigned int cpu, unsigned int other, unsigned int n)
{
	union bpf_attr map_attr = { .map_type = BPF_MAP_TYPE_PERCPU_ARRAY, .max_entries = 1000,
				    .key_size = 4, .value_size = 1024 };
	pid_t child;

	run_on(0, other);
	child = start(cpu, spin, -1);
	while (n--) {
		close(make_map(&map_attr));
		pause_ms(100);
	}
	pause_ms(500);
	end(child);
}

/*
 * BPF programs that may sleep are loaded, and freed at once, while a task there is in the kernel
 * most of the time: the kernel asks whether it may be in one of them.
 */
void do_sleepable(unsigned int cpu, unsigned int other, unsigned int n)
{
	struct bpf_insn program[] = {
		{ BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0 },
		{ BPF_JMP | BPF_EXIT, 0, 0, 0, 0 },
	};
	union bpf_attr attr = {
		.prog_type	= BPF_PROG_TYPE_SYSCALL,
		.prog_flags	= BPF_F_SLEEPABLE,
		.insn_cnt	= ARRAY_SIZE(program),
		.insns		= (uintptr_t)program,
		.license	= (uintptr_t)"GPL",
	};
	pid_t reader;

	run_on(0, other);
	reader = start(cpu, read_on, open("/dev/zero", O_RDONLY));
	while (n--) {
		int fd = syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));

		if (fd < 0)
			err(1, "no BPF program");
		close(fd);
		pause_ms(50);
	}
	end(reader);
}

/* Maps of BPF with 40 MB each are made and go away elsewhere: much memory of the kernel. */
void do_large_maps(unsigned int cpu, unsigned int other, unsigned int n)
{
	union bpf_attr map_attr = { .map_type = BPF_MAP_TYPE_ARRAY, .max_entries = 10 << 10,
				    .key_size = 4, .value_size = 4 << 10 };

	(void)cpu;
	run_on(0, other);
	while (n--) {
		close(make_map(&map_attr));
		pause_ms(20);
	}
}
