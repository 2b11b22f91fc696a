// SPDX-License-Identifier: GPL-2.0
/* Acts on memory: its own process or another one unmaps, protects, merges or frees it. */
#include <fcntl.h>
#include <linux/membarrier.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#ifdef __x86_64__
#include <asm/ldt.h>
#endif

#include "provoke.h"

#ifndef MADV_COLD
#define MADV_COLD	20
#endif
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE	25
#endif

/* --- One thread acts, while another one of the same process is busy -------------------- */

static void unmap(void)
{
	size_t size = 16 * sysconf(_SC_PAGESIZE);
	char *memory = map_private(size);

	memset(memory, 1, size);
	munmap(memory, size);
}

void do_unmap(unsigned int cpu, unsigned int other, unsigned int n)
{
	beside_busy_thread(cpu, other, n, unmap);
}

/* The process makes a copy of itself, and goes on writing while the copy is there. */
static void make_copy(void)
{
	const size_t size = 1 << 16;
	static char *memory;
	pid_t child;

	if (!memory)
		memory = map_private(size);
	memset(memory, 1, size);
	child = fork();
	if (child < 0)
		err(1, "cannot fork");
	if (!child) {
		pause_ms(1);
		_exit(0);
	}
	memset(memory, 2, size);
	waitpid(child, NULL, 0);
}

void do_fork(unsigned int cpu, unsigned int other, unsigned int n)
{
	beside_busy_thread(cpu, other, n, make_copy);
}

/* A child that has the memory of its parent until it ends, as posix_spawn() makes one */
static void make_no_copy(void)
{
	pid_t child = vfork();

	if (child < 0)
		err(1, "cannot fork");
	if (!child)
		_exit(0);
	waitpid(child, NULL, 0);
}

void do_vfork(unsigned int cpu, unsigned int other, unsigned int n)
{
	beside_busy_thread(cpu, other, n, make_no_copy);
}

static void pass_barrier(void)
{
	if (syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0))
		err(1, "membarrier");
}

static void register_for_barriers(void)
{
	if (syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0))
		err(1, "cannot register for membarrier");
}

void do_membarrier(unsigned int cpu, unsigned int other, unsigned int n)
{
	register_for_barriers();
	beside_busy_thread(cpu, other, n, pass_barrier);
}

/* Both threads are elsewhere, and the busy task there is of another process. */
void do_membarrier_apart(unsigned int cpu, unsigned int other, unsigned int n)
{
	pid_t child;

	run_on(0, other);
	child = start(cpu, spin, -1);
	register_for_barriers();
	beside_busy_thread(other, other, n, pass_barrier);
	end(child);
}

/* The memory that the acts below are about */
static size_t map_size;
static char *map;

static void map_memory(size_t size, int advice)
{
	map_size = size;
	map = map_private(size);
	if (madvise(map, size, advice))
		err(1, "madvise");
}

static void protect(void)
{
	if (mprotect(map, map_size, PROT_READ) || mprotect(map, map_size, PROT_READ | PROT_WRITE))
		err(1, "mprotect");
	memset(map, 1, map_size);
}

void do_protect(unsigned int cpu, unsigned int other, unsigned int n)
{
	map_memory(16 * sysconf(_SC_PAGESIZE), MADV_NORMAL);
	memset(map, 1, map_size);
	beside_busy_thread(cpu, other, n, protect);
}

static void write_same(void)
{
	memset(map, 7, map_size);
	pause_ms(100);
}

/* All pages are the same, for KSM to merge, until they are written to again. */
void do_merge(unsigned int cpu, unsigned int other, unsigned int n)
{
	map_memory(64 * sysconf(_SC_PAGESIZE), MADV_MERGEABLE);
	beside_busy_thread(cpu, other, n, write_same);
}

/*
 * The process maps the file "mapped" of the current folder, and writes to it. The test has it
 * written back, or its memory reclaimed.
 */
void do_mapped(unsigned int cpu, unsigned int other, unsigned int n)
{
	map_size = 64 * sysconf(_SC_PAGESIZE);
	map = map_shared(open("mapped", O_RDWR | O_CREAT, 0600), map_size);
	beside_busy_thread(cpu, other, n, write_same);
}

/* Fill memory with small pages, then let the kernel make huge pages of it. */
static void ask_for_huge(void)
{
	if (madvise(map, map_size, MADV_DONTNEED) || madvise(map, map_size, MADV_NOHUGEPAGE))
		err(1, "madvise");
	memset(map, 7, map_size);
	if (madvise(map, map_size, MADV_HUGEPAGE))
		err(1, "madvise");
	pause_ms(100);
}

void do_huge(unsigned int cpu, unsigned int other, unsigned int n)
{
	map_memory(8 << 20, MADV_NORMAL);
	beside_busy_thread(cpu, other, n, ask_for_huge);
}

/* A thread changes the segments of the process (LDT), as emulators of old Windows do. */
static void set_segment(void)
{
#ifdef __x86_64__
	struct user_desc segment = { .limit = 0xfffff, .seg_32bit = 1, .limit_in_pages = 1 };

	if (syscall(SYS_modify_ldt, 1, &segment, sizeof(segment)))
		err(1, "modify_ldt");
#endif
}

void do_segment(unsigned int cpu, unsigned int other, unsigned int n)
{
	beside_busy_thread(cpu, other, n, set_segment);
}

/* --- A process acts for itself --------------------------------------------------------- */

/* Much memory is freed at once, n MB of it, again and again. */
void do_release(unsigned int cpu, unsigned int other, unsigned int n)
{
	size_t size = (size_t)n << 20;
	unsigned int times;
	char *memory;

	run_on(0, cpu);
	for (times = 0; times < 5; times++) {
		memory = map_private(size);
		/* Use small pages, which are many, and which each CPU keeps on lists of its own. */
		madvise(memory, size, MADV_NOHUGEPAGE);
		memset(memory, 1, size);
		munmap(memory, size);
	}
}

/* A process elsewhere collapses small pages into a huge one. The busy task is another one. */
void do_collapse(unsigned int cpu, unsigned int other, unsigned int n)
{
	const size_t size = 2 << 20;
	char *memory, *huge;
	pid_t child;

	run_on(0, other);
	child = start(cpu, spin, -1);
	while (n--) {
		memory = map_private(2 * size);
		huge = (char *)(((uintptr_t)memory + size - 1) & -size);
		memset(huge, 1, size);
		if (madvise(huge, size, MADV_COLLAPSE))
			err(1, "MADV_COLLAPSE");
		munmap(memory, 2 * size);
		pause_ms(20);
	}
	end(child);
}

/* A task there uses memory of huge pages for the first time, and gives it back. */
void do_large(unsigned int cpu, unsigned int other, unsigned int n)
{
	const size_t size = 16 << 20;
	char *memory;

	run_on(0, cpu);
	while (n--) {
		memory = map_private(size);
		madvise(memory, size, MADV_HUGEPAGE);
		memset(memory, 1, size);
		munmap(memory, size);
	}
}

/* A page in the midst of a huge one is given back, so that the huge one is split. */
static void give_part_back(void)
{
	const size_t page = sysconf(_SC_PAGESIZE), size = 2 << 20;
	char *memory = map_private(2 * size);
	char *huge = (char *)(((uintptr_t)memory + size - 1) & -size);

	memset(huge, 1, size);
	if (madvise(huge, size, MADV_COLLAPSE))
		err(1, "MADV_COLLAPSE");
	if (madvise(huge + page, page, MADV_FREE))
		err(1, "MADV_FREE");
	munmap(memory, 2 * size);
}

void do_part(unsigned int cpu, unsigned int other, unsigned int n)
{
	beside_busy_thread(cpu, other, n, give_part_back);
}

static volatile bool maps_on = true;

static void *keep_mapping(void *cpu)
{
	const size_t page = sysconf(_SC_PAGESIZE);

	run_on(0, *(unsigned int *)cpu);
	while (maps_on)
		munmap(map_private(page), page);
	return NULL;
}

/* A thread there changes the memory map, which the kernel locks while it fills memory elsewhere. */
void do_fill(unsigned int cpu, unsigned int other, unsigned int n)
{
	const size_t size = 16 << 20;
	pthread_t thread;
	void *memory;

	run_on(0, other);
	errno = pthread_create(&thread, NULL, keep_mapping, &cpu);
	if (errno)
		err(1, "cannot start a thread");
	while (n--) {
		memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
		if (memory == MAP_FAILED)
			err(1, "cannot map memory");
		munmap(memory, size);
		pause_ms(2);
	}
	maps_on = false;
	pthread_join(thread, NULL);
}

static void wait_a_little(void)
{
	pause_ms(10);
}

/* A process with a busy thread there has 16 MB of memory. */
void do_hoard(unsigned int cpu, unsigned int other, unsigned int n)
{
	memset(map_private(16 << 20), 1, 16 << 20);
	beside_busy_thread(cpu, other, n, wait_a_little);
}

/* A file in memory becomes huge pages, and gets a hole in each of them, so that it is split. */
void do_cut(unsigned int cpu, unsigned int other, unsigned int n)
{
	const size_t page = sysconf(_SC_PAGESIZE), size = 2 << 20, all = 8 * size;
	char *memory, *huge;
	size_t at;
	int fd;

	run_on(0, cpu);
	while (n--) {
		fd = memfd_create("cut", 0);
		if (fd < 0 || ftruncate(fd, all))
			err(1, "memfd_create");
		memory = map_private(all + size);
		huge = (char *)(((uintptr_t)memory + size - 1) & -size);
		if (mmap(huge, all, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) != huge)
			err(1, "mmap");
		memset(huge, 1, all);
		if (madvise(huge, all, MADV_COLLAPSE))
			err(1, "MADV_COLLAPSE");
		munmap(memory, all + size);
		for (at = 0; at < all; at += size) {
			if (fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, at + page,
				      page))
				err(1, "fallocate");
		}
		close(fd);
	}
}

/* --- Another process acts upon the memory of one that is busy there -------------------- */

static void touch_map(int unused)
{
	size_t page = sysconf(_SC_PAGESIZE), at;

	for (;;) {
		for (at = 0; at < map_size; at += page)
			map[at] = 1;
		relax();
	}
}

static void lock_map(int unused)
{
	if (mlock(map, map_size))
		err(1, "mlock");
	touch_map(0);
}

/* Another process marks the memory of the busy one as not in use (MADV_COLD). */
static void advise(unsigned int cpu, unsigned int other, unsigned int n, bool locked)
{
	struct iovec all;
	pid_t child;
	int fd;

	run_on(0, other);
	/* Enough pages: the last few that were touched are on no list yet, and are skipped. */
	map_memory(256 * sysconf(_SC_PAGESIZE), MADV_NORMAL);
	child = start(cpu, locked ? lock_map : touch_map, -1);
	pause_ms(100);
	all = (struct iovec){ map, map_size };
	fd = syscall(SYS_pidfd_open, child, 0);
	if (fd < 0)
		err(1, "no file for a process");
	while (n--) {
		if (syscall(SYS_process_madvise, fd, &all, 1, MADV_COLD, 0) < 0 && !locked)
			err(1, "process_madvise");
		pause_ms(20);
	}
	end(child);
}

void do_advise(unsigned int cpu, unsigned int other, unsigned int n)
{
	advise(cpu, other, n, false);
}

void do_advise_locked(unsigned int cpu, unsigned int other, unsigned int n)
{
	advise(cpu, other, n, true);
}

/* Another process punches a hole into a file that a process there has mapped. */
void do_hole(unsigned int cpu, unsigned int other, unsigned int n)
{
	int fd = memfd_create("hole", 0);
	pid_t child;

	run_on(0, other);
	map_size = 64 * sysconf(_SC_PAGESIZE);
	map = map_shared(fd, map_size);
	child = start(cpu, touch_map, -1);
	pause_ms(100);
	while (n--) {
		if (fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, map_size))
			err(1, "fallocate");
		pause_ms(20);
	}
	end(child);
}

/*
 * A process there reads the file "needed" of the current folder, page by page. Meanwhile
 * another process tells the kernel again and again that it is not needed any more.
 */
static void read_pages(int fd)
{
	size_t page = sysconf(_SC_PAGESIZE), at;
	char c;

	for (at = 0; ; at = (at + page) % map_size) {
		if (pread(fd, &c, 1, at) != 1)
			err(1, "needed");
		pause_ms(5);
	}
}

void do_needless(unsigned int cpu, unsigned int other, unsigned int n)
{
	int fd = open("needed", O_RDWR | O_CREAT, 0600);
	static char text[65536];
	pid_t child;

	map_size = sizeof(text);
	if (fd < 0 || write(fd, text, sizeof(text)) != sizeof(text) || fsync(fd) ||
	    posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM))
		err(1, "needed");
	run_on(0, other);
	child = start(cpu, read_pages, fd);
	while (n--) {
		pause_ms(20);
		posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	}
	end(child);
}

/* Another process writes to the memory of a process there, as debuggers do. */
void do_poke(unsigned int cpu, unsigned int other, unsigned int n)
{
	size_t page = sysconf(_SC_PAGESIZE);
	char path[64];
	pid_t child;
	int fd;

	run_on(0, other);
	/* A page for each time: only the first write to a page makes a copy of it. */
	map_memory(n * page, MADV_NORMAL);
	memset(map, 1, map_size);
	child = start(cpu, spin, -1);
	pause_ms(100);
	snprintf(path, sizeof(path), "/proc/%d/mem", child);
	fd = open(path, O_RDWR);
	if (fd < 0)
		err(1, "%s", path);
	while (n--) {
		if (pwrite(fd, "", 1, (uintptr_t)map + n * page) != 1)
			err(1, "cannot write to %s", path);
		pause_ms(20);
	}
	end(child);
}

/* Another process tracks which memory a process there writes to, as for a snapshot. */
void do_watch(unsigned int cpu, unsigned int other, unsigned int n)
{
	char path[64];
	pid_t child;

	run_on(0, other);
	map_memory(64 * sysconf(_SC_PAGESIZE), MADV_NORMAL);
	child = start(cpu, touch_map, -1);
	pause_ms(100);
	snprintf(path, sizeof(path), "/proc/%d/clear_refs", child);
	while (n--) {
		write_text(path, "4");
		pause_ms(20);
	}
	end(child);
}

/* A file in memory is written to there, and sealed elsewhere. */
static void seal_files(unsigned int cpu, unsigned int other, unsigned int n, int seal)
{
	while (n--) {
		int fd = memfd_create("provoke", MFD_ALLOW_SEALING);

		run_on(0, cpu);
		if (fd < 0 || write(fd, "", 1) != 1)
			err(1, "cannot make a memfd");
		run_on(0, other);
		if (fcntl(fd, F_ADD_SEALS, seal))
			err(1, "cannot seal a memfd");
		close(fd);
		pause_ms(5);
	}
}

void do_seal(unsigned int cpu, unsigned int other, unsigned int n)
{
	seal_files(cpu, other, n, F_SEAL_WRITE);
}

void do_seal_future(unsigned int cpu, unsigned int other, unsigned int n)
{
	seal_files(cpu, other, n, F_SEAL_FUTURE_WRITE);
}
