// SPDX-License-Identifier: GPL-2.0
/* Files that are written whole or not at all: see output.h. */
#include <errno.h>
#include <fcntl.h>
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
 * @next: the one opened before
 */
struct output {
	char		*path;
	char		*temporary;
	FILE		*stream;
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

/* The mode of a new file, by the umask: mkstemp() makes one that nobody else may read. */
static mode_t usual_mode(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return 0666 & ~mask;
}

struct output *output_open(const char *path)
{
	struct output *output = xalloc(sizeof(*output));
	struct stat st;
	int fd;

	if (!outputs)
		atexit(remove_temporaries);
	output->path = xstrdup(path);
	output->next = outputs;
	outputs = output;
	if (!strcmp(path, "-")) {
		output->stream = stdout;
	} else if (is_special(path)) {
		output->stream = fopen(path, "we");
	} else if (!stat(path, &st) && S_ISDIR(st.st_mode)) {
		fail("%s is a directory: name a file", path);
	} else {
		output->temporary = xprintf("%s.XXXXXX", path);
		fd = mkstemp(output->temporary);
		if (fd < 0)
			fail("cannot write %s: %s", path, strerror(errno));
		fcntl(fd, F_SETFD, FD_CLOEXEC);
		fchmod(fd, usual_mode());
		output->stream = fdopen(fd, "w+");
	}
	if (!output->stream)
		fail("cannot write %s: %s", path, strerror(errno));
	return output;
}

FILE *output_stream(struct output *output)
{
	return output->stream;
}

void output_commit(void)
{
	struct output *output;

	for (output = outputs; output; output = output->next) {
		finish_output(output->stream, output->path);
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
	char *name = xprintf("%s.XXXXXX", path);
	int fd = mkstemp(name);

	if (fd < 0)
		fail("cannot write beside %s: %s", path, strerror(errno));
	unlink(name);
	free(name);
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	return fd;
}
