// SPDX-License-Identifier: GPL-2.0
/* Writes a recording, and reads its tables: see trace_dat.h. */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "recording.h"
#include "trace_dat.h"
#include "utils.h"

#define MARK		"irqspan recording 1"
#define TABLE_LINE	"irqspan-table %63s %zu"
#define END_LINE	"irqspan-end %016" PRIx64 " %016" PRIx64 "\n"
#define END_SCAN	"irqspan-end %16" SCNx64 " %16" SCNx64 "\n"
#define END_SIZE	(sizeof("irqspan-end ") - 1 + 16 + 1 + 16 + 1)

/* Numbers of options in trace-cmd.dat.v6(5) */
enum { OPTION_DONE = 0, OPTION_TRACECLOCK = 4, OPTION_UNAME = 5, OPTION_VERSION = 9 };

/* A file that is written from beginning to end, never back: it may be a pipe. */
struct writer {
	FILE		*stream;
	const char	*path;
	uint64_t	offset;
	uint64_t	sum;
};

static void put(struct writer *to, const void *data, size_t size)
{
	if (fwrite(data, 1, size, to->stream) != size)
		fail("cannot write all of %s: %s", to->path, strerror(errno));
	to->offset += size;
	to->sum = checksum_add(to->sum, data, size);
}

static void put_u16(struct writer *to, uint16_t value) { put(to, &value, sizeof(value)); }
static void put_u32(struct writer *to, uint32_t value) { put(to, &value, sizeof(value)); }
static void put_u64(struct writer *to, uint64_t value) { put(to, &value, sizeof(value)); }
static void put_word(struct writer *to, const char *word) { put(to, word, strlen(word) + 1); }

static char *read_in(const char *dir, const char *name, size_t *size)
{
	char *path = xprintf("%s/%s", dir, name);
	char *text = read_file(path, size);

	free(path);
	return text;
}

static void put_text(struct writer *to, char *text, size_t size)
{
	put_u64(to, size);
	put(to, text, size);
	free(text);
}

/* Put a file into the trace, with its size before it. */
static void put_file(struct writer *to, const char *dir, const char *name)
{
	size_t size;
	char *text = read_in(dir, name, &size);

	put_text(to, text, size);
}

/* Put the formats of all events of a system, with the number of events before them. */
static void put_formats(struct writer *to, const char *tracing, const char *system)
{
	char *pattern = xprintf("%s/events/%s/*/format", tracing, system);
	glob_t found = {};
	size_t i, size;
	char *text;

	if (glob(pattern, 0, NULL, &found) && found.gl_pathc)
		fail("cannot list %s: %s", pattern, strerror(errno));
	put_u32(to, found.gl_pathc);
	for (i = 0; i < found.gl_pathc; i++) {
		text = read_file(found.gl_pathv[i], &size);
		put_text(to, text, size);
	}
	globfree(&found);
	free(pattern);
}

/*
 * Put the symbols of the kernel's functions; readers have no use for those of data. Readers
 * take a function to end where the next one begins, so add a symbol behind the last one.
 */
static void put_symbols(struct writer *to, const char *symbols)
{
	static const char last[] = "ffffffffffffffff t (none)\n";
	char *text = xalloc(strlen(symbols) + 1), *out = text;
	const char *line, *end;

	for (line = symbols; (end = strchr(line, '\n')); line = end + 1) {
		const char *type = strchr(line, ' ');

		if (type && type < end && strchr("tTwW", type[1])) {
			memcpy(out, line, end + 1 - line);
			out += end + 1 - line;
		}
	}
	put_u32(to, out - text + sizeof(last) - 1);
	put(to, text, out - text);
	put(to, last, sizeof(last) - 1);
	free(text);
}

static void put_option(struct writer *to, uint16_t option, const char *text)
{
	put_u16(to, option);
	put_u32(to, strlen(text) + 1);
	put_word(to, text);
}

static void put_options(struct writer *to, const struct trace_dat_source *source)
{
	char *clock = read_in(source->instance, "trace_clock", NULL);
	struct utsname machine;
	char *text;

	put(to, "options  ", 10);
	put_option(to, OPTION_TRACECLOCK, clock);
	uname(&machine);
	text = xprintf("%s %s %s %s", machine.sysname, machine.release, machine.version,
		       machine.machine);
	put_option(to, OPTION_UNAME, text);
	put_option(to, OPTION_VERSION, MARK);
	put_u16(to, OPTION_DONE);
	free(text);
	free(clock);
}

static void put_zeros(struct writer *to, uint64_t until)
{
	static const char zeros[4096];

	while (to->offset < until) {
		uint64_t size = until - to->offset;

		put(to, zeros, size < sizeof(zeros) ? size : sizeof(zeros));
	}
}

static void put_spool(struct writer *to, int fd)
{
	static char block[1 << 16];
	off_t offset = 0;
	ssize_t size;

	while ((size = pread(fd, block, sizeof(block), offset)) > 0) {
		put(to, block, size);
		offset += size;
	}
	if (size < 0)
		fail("cannot write all of %s: %s", to->path, strerror(errno));
}

static uint64_t aligned(uint64_t offset, uint64_t to)
{
	return (offset + to - 1) / to * to;
}

static void put_pages(struct writer *to, const struct trace_dat_source *source)
{
	uint64_t begin = to->offset + sizeof("flyrecord") + 16ULL * source->cpus, at;
	unsigned int cpu;
	struct stat st;

	put_word(to, "flyrecord");
	at = aligned(begin, source->page_size);
	for (cpu = 0; cpu < source->cpus; cpu++) {
		if (fstat(source->spools[cpu], &st))
			fail("cannot write all of %s: %s", to->path, strerror(errno));
		put_u64(to, at);
		put_u64(to, st.st_size);
		at = aligned(at + st.st_size, source->page_size);
	}
	for (cpu = 0; cpu < source->cpus; cpu++) {
		put_zeros(to, aligned(to->offset, source->page_size));
		put_spool(to, source->spools[cpu]);
	}
	put_zeros(to, at);
}

static void put_tables(struct writer *to, const struct trace_dat_table *tables, size_t count)
{
	uint64_t begin = to->offset;
	char *line;
	size_t i;

	for (i = 0; i < count; i++) {
		line = xprintf("irqspan-table %s %zu\n", tables[i].name, tables[i].size);
		put(to, line, strlen(line));
		put(to, tables[i].text, tables[i].size);
		put(to, "\n", 1);
		free(line);
	}
	line = xprintf(END_LINE, begin, to->sum);
	put(to, line, END_SIZE);
	free(line);
}

void trace_dat_write(FILE *stream, const char *path, const struct trace_dat_source *source,
		     const struct trace_dat_table *tables, size_t nr_tables)
{
	static const uint16_t one = 1;
	struct writer to = { .stream = stream, .path = path, .sum = CHECKSUM_INIT };
	char *text;
	size_t size;

	put(&to, "\x17\x08\x44tracing6", 12);
	put(&to, *(const char *)&one ? "\0" : "\1", 1);
	put(&to, &(char){ sizeof(long) }, 1);
	put_u32(&to, source->page_size);
	put_word(&to, "header_page");
	put_file(&to, source->tracing, "events/header_page");
	put_word(&to, "header_event");
	put_file(&to, source->tracing, "events/header_event");
	put_formats(&to, source->tracing, "ftrace");
	put_u32(&to, 1);
	put_word(&to, "irqspan");
	put_formats(&to, source->tracing, "irqspan");
	put_symbols(&to, source->symbols);
	text = read_in(source->tracing, "printk_formats", &size);
	put_u32(&to, size);
	put(&to, text, size);
	free(text);
	put_file(&to, source->tracing, "saved_cmdlines");
	put_u32(&to, source->cpus);
	put_options(&to, source);
	put_pages(&to, source);
	put_tables(&to, tables, nr_tables);
}

static void damaged(const struct recording *recording)
{
	fail("%s is damaged, or not all of it is there: copy it again, or record it anew",
	     recording->path);
}

static void add_table(struct recording *recording, const char *name, const char *text,
		      size_t size)
{
	size_t count = recording->table_count++;
	struct recorded_table *table;

	recording->tables = xrealloc(recording->tables, count + 1, sizeof(*table));
	table = &recording->tables[count];
	table->name = xstrdup(name);
	table->text = xalloc(size + 1);
	memcpy(table->text, text, size);
}

/* Read the tables in the bytes from @at up to @end. */
static void parse_tables(struct recording *recording, const char *at, const char *end)
{
	const char *newline;
	char line[128], name[64];
	size_t size;

	while (at < end) {
		newline = memchr(at, '\n', end - at);
		if (!newline || (size_t)(newline - at) >= sizeof(line))
			damaged(recording);
		memcpy(line, at, newline - at);
		line[newline - at] = '\0';
		at = newline + 1;
		if (sscanf(line, TABLE_LINE, name, &size) != 2 || size >= (size_t)(end - at) ||
		    at[size] != '\n')
			damaged(recording);
		add_table(recording, name, at, size);
		at += size + 1;
	}
}

static void parse_file(struct recording *recording, const char *file, size_t size)
{
	uint64_t begin, sum;
	char line[END_SIZE + 1];

	if (size > END_SIZE) {
		size -= END_SIZE;
		memcpy(line, file + size, END_SIZE);
		line[END_SIZE] = '\0';
		if (sscanf(line, END_SCAN, &begin, &sum) == 2) {
			if (begin > size || checksum_add(CHECKSUM_INIT, file, size) != sum)
				damaged(recording);
			parse_tables(recording, file + begin, file + size);
			return;
		}
		size += END_SIZE;
	}
	/* No end mark. If it has tables, it is a recording that was cut off. */
	if (memmem(file, size, MARK, sizeof(MARK)))
		damaged(recording);
}

void read_tables(struct recording *recording)
{
	struct stat st;
	void *file;
	int fd;

	fd = open(recording->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st))
		fail("cannot read %s: %s", recording->path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		fail("%s is no file: name one that 'irqspan record' wrote", recording->path);
	if (st.st_size) {
		file = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (file == MAP_FAILED)
			fail("cannot read %s: %s", recording->path, strerror(errno));
		parse_file(recording, file, st.st_size);
		munmap(file, st.st_size);
	}
	close(fd);
}
