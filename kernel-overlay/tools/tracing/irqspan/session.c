// SPDX-License-Identifier: GPL-2.0
/* Measuring, so that the machine is afterwards as it was: see session.h. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "guard.h"
#include "session.h"
#include "utils.h"

struct session {
	struct tracefs_instance	*instance;
	char			*name;
};

/* The session of this process, to be ended by whatever ends the process */
static struct session *current;
static pid_t owner;
static volatile sig_atomic_t interrupted;

/*
 * Events to enable, because each starts the part of the tracer that makes it. A kernel may
 * lack some. If their records are not wanted, they are filtered out: no span takes 0 ns.
 */
static const char *const starters[] = { "local_span", "line_span", "ipi_late", "timer_late" };

static void note_signal(int signal)
{
	interrupted = 1;
}

static const int ends[] = { SIGINT, SIGTERM, SIGHUP };
/* What was done on these signals before, and on SIGPIPE */
static struct sigaction ends_before[ARRAY_SIZE(ends)], pipe_before;

void session_catch_signals(void)
{
	struct sigaction action = { .sa_handler = note_signal };

	for (unsigned int i = 0; i < ARRAY_SIZE(ends); i++) {
		sigaction(ends[i], &action, &ends_before[i]);
		/* nohup: it is to go on when its terminal is gone. */
		if (ends[i] == SIGHUP && ends_before[i].sa_handler == SIG_IGN)
			signal(SIGHUP, SIG_IGN);
	}
	/* Writing to a closed pipe is then an error, and the session ends in order. */
	action.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &action, &pipe_before);
}

void session_restore_signals(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(ends); i++)
		sigaction(ends[i], &ends_before[i], NULL);
	sigaction(SIGPIPE, &pipe_before, NULL);
}

bool session_interrupted(void)
{
	return interrupted;
}

int session_poll(struct pollfd *fds, unsigned int nr, uint64_t ns)
{
	struct timespec time = { .tv_sec = ns / NSEC_PER_SEC, .tv_nsec = ns % NSEC_PER_SEC };
	sigset_t block, before;
	int n = -1, err = EINTR;

	/* A signal that comes between the look and the wait has to end the wait, too. */
	sigemptyset(&block);
	for (unsigned int i = 0; i < ARRAY_SIZE(ends); i++)
		sigaddset(&block, ends[i]);
	sigprocmask(SIG_BLOCK, &block, &before);
	if (!interrupted) {
		n = ppoll(fds, nr, &time, &before);
		err = errno;
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	errno = err;
	return n;
}

bool session_sleep(uint64_t ns)
{
	uint64_t end = now_ns() + ns, now;

	while (!interrupted) {
		now = now_ns();
		if (now >= end)
			return true;
		session_poll(NULL, 0, end - now);
	}
	return false;
}

const char *session_dir(void)
{
	static char *dir;

	if (!dir) {
		/* Do not let the library mount tracefs: nobody would unmount it. */
		if (tracefs_tracing_dir_is_mounted(false, NULL) != 1 || !tracefs_tracing_dir())
			fail("tracefs is not mounted: as root, mount -t tracefs nodev /sys/kernel/tracing");
		dir = tracefs_get_tracing_file("irqspan");
	}
	return dir;
}

void session_check(void)
{
	char *path = xprintf("%s/stats", session_dir()), *text;

	/* No messages from the library: this program has its own. */
	tracefs_set_loglevel(TEP_LOG_NONE);
	text = try_read_file(path, NULL);
	if (text) {
		free(text);
		free(path);
		return;
	}
	switch (errno) {
	case EACCES:
		fail("no right to read %s: run it as root", path);
	case EPERM:
		fail("the kernel is locked down and does not let anybody trace: see /sys/kernel/security/lockdown");
	case ENOENT:
		if (access(tracefs_tracing_dir(), X_OK))
			fail("no right to look into %s: run it as root", tracefs_tracing_dir());
		fail("this kernel has no irqspan tracer: build one with CONFIG_IRQSPAN_TRACER=y");
	default:
		fail("cannot read %s: %s", path, strerror(errno));
	}
}

static void end_at_exit(void)
{
	/* Not if a child exits because it could not execute the command */
	if (current && owner == getpid())
		session_end(current);
}

static void enable(struct session *session, const struct session_event *event)
{
	if (event->filter &&
	    tracefs_event_file_write(session->instance, event->system, event->name, "filter",
				     event->filter) < 0)
		fail("the kernel does not take the filter '%s' of the event %s:%s: %s",
		     event->filter, event->system, event->name, strerror(errno));
	if (tracefs_event_enable(session->instance, event->system, event->name))
		fail("cannot enable the event %s:%s: %s", event->system, event->name,
		     strerror(errno));
}

static bool is_listed(const struct session_event *events, const char *name)
{
	for (; events && events->name; events++) {
		if (!strcmp(events->name, name))
			return true;
	}
	return false;
}

struct session *session_begin(const struct session_needs *needs)
{
	struct session *session = xalloc(sizeof(*session));

	session_check();
	session_catch_signals();
	session->name = xprintf("irqspan-%d", getpid());
	owner = getpid();
	current = session;
	atexit(end_at_exit);
	guard_enter(session->name, needs);

	session->instance = tracefs_instance_create(session->name);
	if (!session->instance)
		fail("cannot make an instance of the tracer in %s/instances: %s",
		     tracefs_tracing_dir(), strerror(errno));
	if (tracefs_trace_off(session->instance))
		fail("cannot set up the instance %s: %s", session->name, strerror(errno));
	if (needs->buffer_kb &&
	    tracefs_instance_set_buffer_size(session->instance, needs->buffer_kb, -1))
		fail("there is no memory for buffers of %u kB for each CPU: %s", needs->buffer_kb,
		     strerror(errno));
	for (const struct session_event *event = needs->events; event && event->name; event++) {
		if (tracefs_event_file_exists(session->instance, event->system, event->name,
					      "enable"))
			enable(session, event);
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(starters); i++) {
		struct session_event event = { "irqspan", starters[i], "duration == 0" };

		if (!is_listed(needs->events, starters[i]) &&
		    tracefs_event_file_exists(session->instance, event.system, event.name,
					      "enable"))
			enable(session, &event);
	}
	if (needs->events && tracefs_trace_on(session->instance))
		fail("cannot start the trace of the instance %s: %s", session->name,
		     strerror(errno));
	return session;
}

void session_end(struct session *session)
{
	const char *left = NULL;

	/* First of all: end_at_exit() must not end the session again. */
	current = NULL;
	if (session->instance) {
		tracefs_trace_off(session->instance);
		tracefs_event_disable(session->instance, NULL, NULL);
		/* Try again for a while: somebody may be reading a file of the instance. */
		for (int i = 0; tracefs_instance_destroy(session->instance); i++) {
			if (errno != EBUSY || i == 20) {
				warn("cannot remove the instance %s: %s; the next irqspan will",
				     session->name, strerror(errno));
				left = session->name;
				break;
			}
			usleep(100000);
		}
		tracefs_instance_free(session->instance);
	}
	guard_leave(left);
	free(session->name);
	free(session);
}

struct tracefs_instance *session_instance(const struct session *session)
{
	return session->instance;
}
