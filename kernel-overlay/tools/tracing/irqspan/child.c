// SPDX-License-Identifier: GPL-2.0
/* What programs that are started get: see child.h. */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "child.h"
#include "cpus.h"
#include "session.h"

static struct set inherited;
static bool is_known;

/* How many files this program might have open when it was started */
static struct rlimit files_before;
static bool more_files;

/* Call @each for the files that are open. False if that cannot be told. */
static bool visit_files(void (*each)(int fd))
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;

	if (!dir)
		return false;
	while ((entry = readdir(dir))) {
		if (isdigit((unsigned char)entry->d_name[0]) && atoi(entry->d_name) != dirfd(dir))
			each(atoi(entry->d_name));
	}
	closedir(dir);
	return true;
}

static void note_inherited(int fd)
{
	set_add(&inherited, fd);
}

/* A buffer takes several files for each CPU: of 1024, what is usual, 256 CPUs take too many. */
static void allow_more_files(void)
{
	struct rlimit most;

	if (getrlimit(RLIMIT_NOFILE, &files_before))
		return;
	most = files_before;
	most.rlim_cur = most.rlim_max;
	more_files = !setrlimit(RLIMIT_NOFILE, &most);
}

void child_init(void)
{
	is_known = visit_files(note_inherited);
	allow_more_files();
}

/* The library opens files without O_CLOEXEC. */
static void close_on_exec(int fd)
{
	if (!set_has(&inherited, fd))
		fcntl(fd, F_SETFD, FD_CLOEXEC);
}

void child_prepare(void)
{
	session_restore_signals();
	/* Some programs cannot do with a higher limit: select() takes no file beyond 1023. */
	if (more_files)
		setrlimit(RLIMIT_NOFILE, &files_before);
	if (is_known)
		visit_files(close_on_exec);
}
