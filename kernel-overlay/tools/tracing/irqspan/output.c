// SPDX-License-Identifier: GPL-2.0
/* Files that are written whole or not at all: see output.h. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "output.h"
#include "utils.h"

/**
 * struct output - a file that is being written
 * @path: its name in the end
 * @temporary: its name until it is complete; NULL if it is written in place
 * @stream: where to write to
 * @lasting: it is to be on the disk before it gets its name
 * @next: the one opened before
 */
struct output {
	char		*path;
	char		*temporary;
	FILE		*stream;
	bool		lasting;
	struct output	*next;
};

static struct output *outputs;

static void remove_temporaries(void)
{
	struct output *output;

	for (output = outputs; output; output = output->next) {
		if (output->temporary)
			unlink(output->temporary);
	}
}

static bool is_special(const char *path)
{
	struct stat st;

	return !stat(path, &st) && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
}

/* A link that may be followed, to a file that is there */
static bool is_link(const char *path)
{
	struct stat st;

	return !access(path, F_OK) && !lstat(path, &st) && S_ISLNK(st.st_mode);
}

/*
 * The name of the file that a link leads to, by the kernel: in folders like /tmp it follows no
 * link that somebody else has put there. NULL: the file has no name.
 */
static char *find_target(const char *path)
{
	int fd = open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC);
	char *link, *name = xalloc(PATH_MAX + 1);
	struct stat st, named;

	if (fd < 0)
		fail("cannot write %s: %s", path, strerror(errno));
	link = xprintf("/proc/self/fd/%d", fd);
	if (readlink(link, name, PATH_MAX) < 0 || fstat(fd, &st) || stat(name, &named) ||
	    st.st_dev != named.st_dev || st.st_ino != named.st_ino) {
		free(name);
		name = NULL;
	}
	free(link);
	close(fd);
	return name;
}

/*
 * Does this name lead to the file that stdout is, as /dev/stdout does? That is not replaced: there
 * may be text in it already, and others may still write to it.
 */
static bool is_stdout(const char *path)
{
	struct stat st, out;

	return !stat(path, &st) && S_ISREG(st.st_mode) && !fstat(STDOUT_FILENO, &out) &&
	       st.st_dev == out.st_dev && st.st_ino == out.st_ino;
}

/* The same name for "x" and "./x", and what find_target() finds of a link to it */
static char *full_name(const char *path)
{
	const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
	char *dir = xprintf("%.*s", slash ? (int)(base - path) : 1, slash ? path : ".");
	char *real = realpath(dir, NULL), *name;

	name = real ? xprintf("%s/%s", strcmp(real, "/") ? real : "", base) : xstrdup(path);
	free(real);
	free(dir);
	return name;
}

/*
 * The name of the file that is to be replaced; NULL: it is to be written in place. A link stays,
 * and what it leads to is replaced.
 */
static char *name_to_replace(const char *path)
{
	if (is_special(path))
		return NULL;
	return is_link(path) ? find_target(path) : full_name(path);
}

/* The mode of a new file, by the umask: mkstemp() makes one that nobody else may read. */
static mode_t usual_mode(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return 0666 & ~mask;
}

/* Of two that have the same name, the later one would be all that is left. */
static void refuse_twice(const struct output *output)
{
	for (const struct output *other = output->next; other; other = other->next) {
		if (!strcmp(other->path, output->path))
			fail("%s cannot be written twice: name another file",
			     strcmp(output->path, "-") ? output->path : "stdout");
	}
}

/* Have a file replaced, whose name the output takes over. */
static void open_temporary(struct output *output, char *name)
{
	int fd;

	free(output->path);
	output->path = name;
	refuse_twice(output);
	output->temporary = xprintf("%s.XXXXXX", name);
	fd = mkstemp(output->temporary);
	if (fd < 0)
		fail("cannot write %s: %s", name, strerror(errno));
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	fchmod(fd, usual_mode());
	output->stream = fdopen(fd, "w+");
}

struct output *output_open(const char *path)
{
	struct output *output = xalloc(sizeof(*output));
	struct stat st;
	char *name;

	if (!outputs)
		atexit(remove_temporaries);
	output->path = xstrdup(path);
	output->next = outputs;
	outputs = output;
	if (!strcmp(path, "-") || is_stdout(path)) {
		strcpy(output->path, "-");
		refuse_twice(output);
		output->stream = stdout;
	} else if (!stat(path, &st) && S_ISDIR(st.st_mode)) {
		fail("%s is a directory: name a file", path);
	} else {
		name = name_to_replace(path);
		if (name)
			open_temporary(output, name);
		else
			output->stream = fopen(path, "we");
	}
	if (!output->stream)
		fail("cannot write %s: %s", path, strerror(errno));
	return output;
}

FILE *output_stream(struct output *output)
{
	return output->stream;
}

bool output_is_file(const struct output *output)
{
	return output->temporary;
}

void output_for_all(struct output *output)
{
	output->lasting = output->temporary;
	if (output->temporary)
		fchmod(fileno(output->stream), 0644);
}

void output_commit(void)
{
	struct output *output;

	for (output = outputs; output; output = output->next) {
		finish_output(output->stream, output->path);
		if (output->lasting && fsync(fileno(output->stream)))
			fail("cannot write all of %s: %s", output->path, strerror(errno));
		if (output->stream != stdout && fclose(output->stream))
			fail("cannot write all of %s: %s", output->path, strerror(errno));
	}
	while ((output = outputs)) {
		if (output->temporary && rename(output->temporary, output->path))
			fail("cannot write %s: %s", output->path, strerror(errno));
		outputs = output->next;
		free(output->temporary);
		free(output->path);
		free(output);
	}
}

int output_spool(const char *path)
{
	/* Beside a device, there is no room; but here, there may be. /dev/stdout is in /dev. */
	bool here = is_special(path) || is_stdout(path);
	char *name = xprintf("%s.XXXXXX", here ? "irqspan" : path);
	int fd = mkstemp(name);

	if (fd < 0)
		fail("cannot write beside %s: %s", path, strerror(errno));
	unlink(name);
	free(name);
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	return fd;
}
