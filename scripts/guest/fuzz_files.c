// SPDX-License-Identifier: GPL-2.0
/*
 * Usage: fuzz_files OPERATIONS STARTS SEED
 *
 * Reads and writes irqspan's files in all ways that a program can: values good and bad,
 * bytes of all kinds, none or far too many of them, from memory that is not there, from
 * the middle, through many descriptors at once, while measuring starts and stops. Four
 * processes do that. What each of them asks for depends on SEED alone; what happens
 * between them does not. OPERATIONS are reads and writes, of all together.
 *
 * Prints what was done and how it ended, then "pass" or "fail". Whether the kernel came to
 * harm is for others to see.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define TRACING		"/sys/kernel/tracing/"
#define SPANS		"/sys/kernel/debug/irqspan_spans/run"
#define PROCESSES	4
#define MAX_FILES	40
#define MAX_OPEN	32
#define BUFFER		(2 << 20)
#define MAX_ERRNO	134

/* Shared by all processes */
struct counts {
	unsigned long	opens, reads, writes, read_bytes, starts, stops, others;
	unsigned long	read_error[MAX_ERRNO], write_error[MAX_ERRNO];
	unsigned long	bad;
};

static struct counts *counts;

static struct file {
	char	path[512];
	bool	is_table;	/* Its first line names the columns. */
	bool	is_slow;	/* A write may start or stop a part, or make tables large. */
} files[MAX_FILES];
static unsigned int nr_files;

static struct open_file {
	int		fd;
	struct file	*file;
	bool		fresh;		/* Nothing was read of it. */
} open_files[MAX_OPEN];

static uint64_t state;
static unsigned char *buffer;

#define count(what)	__atomic_add_fetch(&counts->what, 1, __ATOMIC_RELAXED)

/* splitmix64: the same numbers for the same seed on all machines */
static uint64_t next_random(void)
{
	uint64_t z = state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

static unsigned int below(unsigned int n)
{
	return next_random() % n;
}

static void add_file(const char *dir, const char *name)
{
	struct file *file = &files[nr_files];

	if (nr_files == MAX_FILES)
		errx(1, "too many files");
	snprintf(file->path, sizeof(file->path), "%s/%s", dir, name);
	file->is_slow = strstr(dir, "options") || strstr(dir, "module");
	file->is_table = strstr(dir, "/irqspan") && !strstr(dir, "module") &&
			 strcmp(name, "cpus") && strcmp(name, "irqs") && !strstr(name, "_ns");
	nr_files++;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct file *)a)->path, ((const struct file *)b)->path);
}

static void find_files(const char *dir, const char *prefix)
{
	struct dirent *entry;
	DIR *d = opendir(dir);

	if (!d)
		err(1, "%s", dir);
	while ((entry = readdir(d))) {
		if (entry->d_name[0] != '.' && !strncmp(entry->d_name, prefix, strlen(prefix)))
			add_file(dir, entry->d_name);
	}
	closedir(d);
}

static int put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY), ret;

	if (fd < 0)
		return -errno;
	ret = write(fd, text, strlen(text)) < 0 ? -errno : 0;
	close(fd);
	return ret;
}

static void complain(const char *what, const struct file *file, int error)
{
	if (count(bad) <= 20)
		printf("fail %s %s: %s\n", what, file->path, strerror(error));
	fflush(stdout);
}

static void note_error(bool writing, const struct file *file, int error)
{
	switch (error) {
	case 0:
	case EBADF:
	case EFAULT:
	case EINVAL:
		break;
	case ERANGE:
	case ESPIPE:
		if (writing)
			break;
		/* fallthrough */
	default:
		complain(writing ? "write of" : "read of", file, error);
	}
	error = error < MAX_ERRNO ? error : 0;
	if (writing)
		count(write_error[error]);
	else
		count(read_error[error]);
}

/* How many bytes: mostly few, sometimes an odd number, now and then far too many */
static size_t any_size(void)
{
	static const size_t odd[] = { 0, 1, 2, 3, 7, 63, 64, 65, 4095, 4096, 4097, 8191, 65535,
				      65537, BUFFER - 1, BUFFER };

	switch (below(64)) {
	case 0:  return INT_MAX;
	case 1:  return (size_t)LONG_MAX;
	case 2:  return ~(size_t)0;
	case 3 ... 20: return odd[below(sizeof(odd) / sizeof(odd[0]) - (below(16) ? 3 : 0))];
	default: return below(200);
	}
}

/* From where: mostly from memory that is there, up to its end */
static void *any_memory(size_t size)
{
	switch (below(40)) {
	case 0:  return NULL;
	case 1:  return (void *)~4095UL;
	case 2:  return (void *)0xffff888000000000UL;
	case 3:  return buffer + BUFFER - below(4096);
	default: return size <= BUFFER ? buffer : buffer + BUFFER - 4096;
	}
}

static off_t any_offset(void)
{
	static const off_t odd[] = { -1, LONG_MIN, LONG_MAX, 1L << 31, 1L << 32, (1L << 32) - 1,
				     2L << 32, (5L << 32) + 3, INT_MAX };

	return below(4) ? below(5000) : odd[below(sizeof(odd) / sizeof(odd[0]))];
}

/* What a user may mean, or not: returns how many bytes of the buffer it is. */
static size_t any_text(void)
{
	static const char * const words[] = {
		"0", "1", "0\n", "1\n", "0-3\n", "1,3\n", "0-3:1/2\n", "all", "all\n", "none\n",
		"10000\n", "50000\n", "18446744073709551615\n", "18446744073709551616", "-1\n",
		"4-9\n", "9,10\n", "0-99999999\n", "4294967295\n", "1024\n", "4096\n", "65537\n",
		" \n", "\n", "0x10\n", "1e3\n", "0,\n", ",\n", "-\n", "0--1\n", "N\n",
		"all all\n", "0-0-0\n", "\t2\t\n",
	};
	static const char digits[] = "0123456789,-: \nalx/";
	size_t len, i;

	switch (below(8)) {
	case 0: case 1: case 2: case 3:
		len = snprintf((char *)buffer, 64, "%s", words[below(sizeof(words) / sizeof(words[0]))]);
		break;
	case 4: case 5:
		len = below(40);
		for (i = 0; i < len; i++)
			buffer[i] = digits[below(sizeof(digits) - 1)];
		break;
	case 6:
		len = any_size();
		len = len > BUFFER ? below(300) : len;
		for (i = 0; i < len; i += 8) {
			uint64_t r = next_random();

			memcpy(buffer + i, &r, len - i < 8 ? len - i : 8);
		}
		break;
	default:
		len = any_size();
		len = len > BUFFER ? below(300) : len;
		memset(buffer, digits[below(sizeof(digits) - 1)], len);
	}
	/* A byte that does not belong there */
	if (len && !below(8))
		buffer[below(len)] = below(256);
	return len;
}

static void write_any(struct open_file *of)
{
	size_t len = any_text();
	ssize_t ret;

	/* Sometimes another size than what is there, from somewhere */
	if (!below(8)) {
		len = any_size();
		ret = write(of->fd, any_memory(len), len);
	} else if (!below(8)) {
		size_t first = len ? below(len) : 0;
		struct iovec parts[] = { { buffer, first }, { NULL, 0 }, { buffer + first, len - first } };

		ret = writev(of->fd, parts, 3);
	} else if (!below(8)) {
		ret = pwrite(of->fd, buffer, len, any_offset());
	} else {
		ret = write(of->fd, buffer, len);
	}
	note_error(true, of->file, ret < 0 ? errno : 0);
	count(writes);
}

static void read_any(struct open_file *of)
{
	size_t len = any_size();
	void *memory = any_memory(len);
	ssize_t ret;

	if (!below(6)) {
		off_t offset = any_offset();

		ret = pread(of->fd, memory, len, offset);
	} else {
		ret = read(of->fd, memory, len);
		if (of->fresh && of->file->is_table && ret > 0 && memory == buffer && buffer[0] != '#')
			complain("no header in", of->file, 0);
		of->fresh = false;
	}
	note_error(false, of->file, ret < 0 ? errno : 0);
	if (ret > 0)
		__atomic_add_fetch(&counts->read_bytes, ret, __ATOMIC_RELAXED);
	count(reads);
}

static void open_any(struct open_file *of)
{
	static const int modes[] = { O_RDWR, O_RDWR, O_RDWR, O_RDONLY, O_WRONLY };
	static const int more[] = { 0, 0, 0, O_TRUNC, O_APPEND, O_NONBLOCK, O_CREAT };

	if (of->file)
		close(of->fd);
	of->file = &files[below(nr_files)];
	of->fd = open(of->file->path, modes[below(5)] | more[below(7)], 0600);
	of->fresh = true;
	count(opens);
	if (of->fd < 0) {
		complain("open of", of->file, errno);
		of->file = NULL;
	}
}

static void do_other(struct open_file *of)
{
	struct pollfd p = { .fd = of->fd, .events = POLLIN | POLLOUT };
	struct stat st;

	switch (below(7)) {
	case 0: case 1:
		lseek(of->fd, any_offset(), below(5));
		of->fresh = false;
		break;
	case 2:
		lseek(of->fd, 0, SEEK_SET);
		break;
	case 3:
		poll(&p, 1, 0);
		break;
	case 4:
		ioctl(of->fd, next_random(), buffer);
		break;
	case 5:
		if (ftruncate(of->fd, below(100)))
			fstat(of->fd, &st);
		break;
	case 6:
		if (mmap(NULL, 4096, PROT_READ, MAP_SHARED, of->fd, 0) != MAP_FAILED)
			complain("mmap of", of->file, 0);
		break;
	}
	count(others);
}

static void fuzz(unsigned long operations)
{
	unsigned long done = 0;

	while (done < operations) {
		struct open_file *of = &open_files[below(MAX_OPEN)];

		if (!of->file || !below(20)) {
			open_any(of);
			continue;
		}
		switch (below(20)) {
		case 0:
			do_other(of);
			break;
		case 1 ... 8:
			if (of->file->is_slow && below(100))
				break;
			write_any(of);
			done++;
			break;
		default:
			read_any(of);
			done++;
		}
	}
}

static void run(const char *format, unsigned int cpu, unsigned int us, unsigned int n,
		unsigned int other)
{
	char command[64];

	snprintf(command, sizeof(command), format, cpu, us, n, other);
	put(SPANS, command);
}

/* Meanwhile: something to measure, starts and stops, in two instances */
static void start_and_stop(unsigned long starts)
{
	static const char * const tracers[] = {
		TRACING "current_tracer", TRACING "instances/fuzz/current_tracer",
	};
	unsigned int i;

	mkdir(TRACING "instances/fuzz", 0755);
	while (starts--) {
		i = below(2);
		if (put(tracers[i], "irqspan"))
			complain("start by", &files[0], errno);
		count(starts);
		run("irq_disable %u %u %u", below(2), below(50), 1 + below(5), 0);
		run("disable_irq %u %u %u", below(2), below(50), 1 + below(5), 0);
		run("call_late %u %u %u %u", 0, 100, 2, 1);
		run("timer %u %u %u %u", 0, 100, 2, 1);
		/* Some are never stopped but by the next one's tracer. */
		if (below(4)) {
			put(tracers[i], "nop");
			count(stops);
		}
	}
	put(tracers[0], "nop");
	put(tracers[1], "nop");
	rmdir(TRACING "instances/fuzz");
}

static void print_errors(const char *what, const unsigned long *error)
{
	unsigned int i;

	printf("%s: %lu done", what, error[0]);
	for (i = 1; i < MAX_ERRNO; i++) {
		if (error[i])
			printf(", %lu %s", error[i], strerrorname_np(i));
	}
	printf("\n");
}

int main(int argc, char **argv)
{
	unsigned long operations, starts;
	unsigned int i, bad = 0;
	uint64_t seed;
	int status;

	if (argc != 4)
		errx(1, "usage: fuzz_files OPERATIONS STARTS SEED");
	operations = strtoul(argv[1], NULL, 0);
	starts = strtoul(argv[2], NULL, 0);
	seed = strtoull(argv[3], NULL, 0);
	counts = mmap(NULL, sizeof(*counts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	/* Behind its end there is nothing. */
	buffer = mmap(NULL, BUFFER + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (counts == MAP_FAILED || buffer == MAP_FAILED || munmap(buffer + BUFFER, 4096))
		err(1, "no memory");

	find_files(TRACING "irqspan", "");
	find_files(TRACING "options", "irqspan-");
	find_files("/sys/module/irqspan/parameters", "");
	/* In whatever order the folders have them */
	qsort(files, nr_files, sizeof(files[0]), by_path);
	printf("seed %llu, %u files\n", (unsigned long long)seed, nr_files);
	fflush(stdout);

	for (i = 0; i <= PROCESSES; i++) {
		pid_t pid = fork();

		if (pid < 0)
			err(1, "fork");
		if (pid)
			continue;
		state = seed * (PROCESSES + 1) + i;
		if (i < PROCESSES)
			fuzz(operations / PROCESSES);
		else
			start_and_stop(starts);
		_exit(0);
	}
	while (wait(&status) > 0)
		bad += !WIFEXITED(status) || WEXITSTATUS(status);

	printf("%lu opens, %lu reads of %lu bytes, %lu writes, %lu other calls, %lu starts, %lu stops\n",
	       counts->opens, counts->reads, counts->read_bytes, counts->writes, counts->others,
	       counts->starts, counts->stops);
	print_errors("reads", counts->read_error);
	print_errors("writes", counts->write_error);
	if (bad)
		printf("fail %u processes ended early\n", bad);
	if (!counts->write_error[0] || !counts->write_error[EINVAL] || !counts->read_bytes)
		printf("fail hardly anything was tried\n");
	else if (!bad && !counts->bad)
		printf("pass each read and write is done or refused as it should be, seed %llu\n",
		       (unsigned long long)seed);
	return bad || counts->bad;
}
