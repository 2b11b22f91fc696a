// SPDX-License-Identifier: GPL-2.0
/* For how long to measure: see run.h. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "run.h"
#include "session.h"
#include "utils.h"

/* How long a command that is told to end may take for it; then it is killed. */
#define PATIENCE	(5 * NSEC_PER_SEC)

struct run {
	uint64_t	end;		/* 0: no time was given */
	pid_t		child;		/* 0: there is none, or it has ended */
	const char	*name;
	bool		over;
};

/* The run of this process, to be ended by whatever ends the process */
static struct run *current;
static pid_t owner;

/* No kernel has more CPUs. */
#define MOST_CPUS	(1U << 17)

/* CPUs that this program might run on before run_elsewhere(), for a command; NULL: no change */
static cpu_set_t *before;
static size_t before_size;

/*
 * Set @before. The kernel wants room for all CPUs that it could have, which may be more than
 * there are: in a virtual machine, CPUs can be added.
 */
static bool read_affinity(unsigned int nr)
{
	for (; nr <= MOST_CPUS; nr *= 2) {
		free(before);
		before_size = CPU_ALLOC_SIZE(nr);
		before = xalloc(before_size);
		if (!sched_getaffinity(0, before_size, before))
			return true;
		if (errno != EINVAL)
			break;
	}
	return false;
}

void run_elsewhere(const struct set *cpus)
{
	struct set others;
	cpu_set_t *mask;
	bool known;

	cpus_online(&others);
	set_subtract(&others, cpus);
	known = read_affinity(others.size);
	mask = xalloc(before_size);
	for (unsigned int n = 0; n < others.size; n++) {
		if (set_has(&others, n))
			CPU_SET_S(n, before_size, mask);
	}
	/* Go on if it fails, as in a cpuset: the program then just disturbs these CPUs a bit. */
	if (set_is_empty(&others) || !known || sched_setaffinity(0, before_size, mask)) {
		free(before);
		before = NULL;
	}
	free(mask);
	set_free(&others);
}

static void start(struct run *run, char **command)
{
	int report[2], err = 0;
	pid_t child;

	fflush(stdout);
	if (pipe2(report, O_CLOEXEC))
		fail("cannot make a pipe: %s", strerror(errno));
	child = fork();
	if (child < 0)
		fail("cannot start %s: %s", command[0], strerror(errno));
	if (!child) {
		child_prepare();
		if (before)
			sched_setaffinity(0, before_size, before);
		execvp(command[0], command);
		err = errno;
		if (write(report[1], &err, sizeof(err)) < 0)
			_exit(126);
		_exit(127);
	}
	/* Not before: fail() ends the child, and kill() takes -1 for all processes. */
	run->child = child;
	run->name = command[0];
	close(report[1]);
	while (read(report[0], &err, sizeof(err)) < 0 && errno == EINTR)
		;
	close(report[0]);
	if (err) {
		waitpid(run->child, NULL, 0);
		run->child = 0;
		fail("cannot run %s: %s", command[0], strerror(err));
	}
}

static void end_at_exit(void)
{
	if (current && owner == getpid())
		run_end(current);
}

struct run *run_begin(uint64_t duration, char **command)
{
	struct run *run = xalloc(sizeof(*run));

	if (!owner)
		atexit(end_at_exit);
	owner = getpid();
	current = run;
	if (command && *command)
		start(run, command);
	run->end = duration ? now_ns() + duration : 0;
	return run;
}

static bool has_ended(struct run *run)
{
	int status;

	if (waitpid(run->child, &status, WNOHANG) != run->child)
		return false;
	run->child = 0;
	if (WIFSIGNALED(status))
		warn("%s was ended by signal %d", run->name, WTERMSIG(status));
	else if (WEXITSTATUS(status))
		warn("%s exited with %d", run->name, WEXITSTATUS(status));
	return true;
}

bool run_wait(struct run *run, uint64_t step)
{
	/* Look often whether the command has ended, however long the step is. */
	const uint64_t look = 20 * NSEC_PER_MSEC;
	uint64_t until = now_ns() + step;

	if (run->end && run->end < until)
		until = run->end;
	while (!run->over) {
		uint64_t now = now_ns();

		if (session_interrupted() || (run->child && has_ended(run)) ||
		    (run->end && now >= run->end)) {
			run->over = true;
			break;
		}
		if (now >= until)
			break;
		session_sleep(run->child && until - now > look ? look : until - now);
	}
	return !run->over;
}

static bool ends_until(pid_t child, uint64_t until)
{
	while (!waitpid(child, NULL, WNOHANG)) {
		if (now_ns() >= until)
			return false;
		usleep(10000);
	}
	return true;
}

void run_end(struct run *run)
{
	/* First of all: end_at_exit() must not end it again. */
	current = NULL;
	if (run->child) {
		kill(run->child, SIGTERM);
		/* It may ignore that, and the tracer is on until it has ended. */
		if (!ends_until(run->child, now_ns() + PATIENCE)) {
			warn("%s did not end when it was told to, and was killed", run->name);
			kill(run->child, SIGKILL);
			ends_until(run->child, UINT64_MAX);
		}
	}
	free(run);
}
