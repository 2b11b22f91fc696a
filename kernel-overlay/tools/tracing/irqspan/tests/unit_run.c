// SPDX-License-Identifier: GPL-2.0
/* Tests of what irqspan does with others: actions, commands, signals, HTTP. */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "actions.h"
#include "child.h"
#include "cpus.h"
#include "http.h"
#include "refused.h"
#include "run.h"
#include "session.h"
#include "unit.h"
#include "utils.h"

/* What an action may save: more than a stream keeps before it writes */
static void save_much(FILE *to, void *data)
{
	for (unsigned int i = 0; i < 100000; i++)
		fputc('x', to);
}

/* An action that fails: those behind it are not done, but what was measured is not lost. */
static bool fails_alone(const char *action)
{
	struct actions *actions = actions_new();
	char name[] = "/tmp/irqspan-test.XXXXXX", *command;
	int fd = mkstemp(name);
	bool good;

	if (fd < 0)
		return false;
	command = xprintf("shell,command=rm -f %s", name);
	actions_add(actions, action);
	actions_add(actions, command);
	actions_add(actions, "continue");
	good = !REFUSES(actions_run(actions, save_much, NULL)) && !access(name, F_OK);
	close(fd);
	unlink(name);
	free(command);
	actions_free(actions);
	return good;
}

void test_actions(void)
{
	static const char *const bad[] = { "",
					   "trac",
					   "trace,x",
					   "trace,file=",
					   "signal",
					   "signal,num=1",
					   "signal,pid=5",
					   "signal,num=0,pid=5",
					   "signal,num=1,pid=0",
					   "signal,num=1,pid=-5",
					   "signal,num=999,pid=5",
					   "shell",
					   "shell,command=",
					   "continue,x",
					   "stop,now" };
	struct actions *actions = actions_new();
	bool good = true;

	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++)
		good &= REFUSES(actions_add(actions, bad[i]));
	CHECK("action: what is none", good && !actions_any(actions));
	actions_add(actions, "shell,command=: 0, really");
	CHECK("action: the end, unless it is to go on",
	      actions_any(actions) && !actions_run(actions, NULL, NULL));
	actions_free(actions);
	actions = actions_new();
	actions_add(actions, "shell,command=exit 1");
	actions_add(actions, "continue");
	actions_set_debounce(actions, 3600 * NSEC_PER_SEC);
	CHECK("action: one that fails",
	      fails_alone("trace,file=/nonexistent/x") && fails_alone("trace,file=/dev/full") &&
		      fails_alone("signal,num=1,pid=2147483647") &&
		      fails_alone("shell,command=exit 3"));
	CHECK("action: to go on",
	      actions_run(actions, NULL, NULL) && actions_run(actions, NULL, NULL));
	actions_free(actions);
}

/*
 * As a kernel that could have 200 CPUs, of which a few are there: it takes no smaller mask.
 * These are called in place of the C library's.
 */
static size_t mask_size;

int sched_getaffinity(pid_t pid, size_t size, cpu_set_t *mask)
{
	if (size < 25) {
		errno = EINVAL;
		return -1;
	}
	CPU_ZERO_S(size, mask);
	CPU_SET_S(0, size, mask);
	return 0;
}

int sched_setaffinity(pid_t pid, size_t size, const cpu_set_t *mask)
{
	mask_size = CPU_ISSET_S(0, size, mask) ? 0 : size;
	return 0;
}

void test_elsewhere(void)
{
	struct set online, first = { 0 };

	cpus_online(&online);
	set_add(&first, 0);
	run_elsewhere(&first);
	CHECK("run: elsewhere, where there could be more CPUs",
	      mask_size >= 25 || set_count(&online) == 1);
	set_free(&online);
	set_free(&first);
}

/*
 * A signal comes just before these wait, which are called in place of the C library's, too: what
 * looked for one before has not seen it.
 */
static bool signal_comes;

static void let_signal_come(void)
{
	if (signal_comes)
		raise(SIGTERM);
	signal_comes = false;
}

int ppoll(struct pollfd *fds, nfds_t nr_fds, const struct timespec *timeout, const sigset_t *mask)
{
	struct timespec time = *timeout;

	let_signal_come();
	return syscall(SYS_ppoll, fds, nr_fds, &time, mask, 8);
}

int clock_nanosleep(clockid_t clock, int flags, const struct timespec *time, struct timespec *left)
{
	let_signal_come();
	return syscall(SYS_clock_nanosleep, clock, flags, time, left) ? errno : 0;
}

/* Whether that is true in a process of its own, in which signals may have come */
#define IN_CHILD(condition) ({				\
	int status = 1;					\
	pid_t child;					\
							\
	fflush(stdout);					\
	child = fork();					\
	if (!child)					\
		_exit(!(condition));			\
	waitpid(child, &status, 0);			\
	WIFEXITED(status) && !WEXITSTATUS(status);	\
})

static bool hangup_is_ignored(void)
{
	signal(SIGHUP, SIG_IGN);
	session_catch_signals();
	raise(SIGHUP);
	if (session_interrupted())
		return false;
	raise(SIGINT);
	return session_interrupted();
}

static bool early_signal_ends_sleep(void)
{
	uint64_t begin = now_ns();

	session_catch_signals();
	signal_comes = true;
	return !session_sleep(8 * NSEC_PER_SEC) && now_ns() - begin < 4 * NSEC_PER_SEC;
}

/* Run a command whose file @out is a pipe, and read what it writes there first; 0: nothing */
static char run_and_read(char *const command[], const int pipe[2], int out)
{
	struct run *run = run_begin(20 * NSEC_PER_SEC, (char **)command);
	char x;

	close(pipe[1]);
	close(out);
	while (run_wait(run, NSEC_PER_SEC))
		;
	run_end(run);
	return read(pipe[0], &x, 1) == 1 ? x : 0;
}

/* Whether a command survives SIGHUP, which is ignored when it is started or not */
static bool survives(bool ignored)
{
	static char *const command[] = { "sh", "-c", "kill -HUP $$; echo x >&9", NULL };
	int out[2];

	if (pipe(out) || dup2(out[1], 9) < 0)
		return !ignored;
	signal(SIGHUP, ignored ? SIG_IGN : SIG_DFL);
	session_catch_signals();
	return run_and_read(command, out, 9);
}

/* A file that is opened as the library does it is no file of the command. */
static bool file_is_inherited(bool early)
{
	static char *const command[] = { "sh", "-c", "echo x >&8 2>/dev/null", NULL };
	int out[2];

	if (!early)
		child_init();
	if (pipe(out) || dup2(out[1], 8) < 0)
		return !early;
	if (early)
		child_init();
	return run_and_read(command, out, 8);
}

/* This program may have as many files as it needs; a command has the limit that it had before. */
static bool limit_of_files_is_raised(void)
{
	static char *const command[] = { "sh", "-c", "[ $(ulimit -Sn) = 60 ]; echo $? >&8", NULL };
	struct rlimit files = { 60, 80 };
	int out[2];

	if (pipe(out) || dup2(out[1], 8) < 0 || setrlimit(RLIMIT_NOFILE, &files))
		return false;
	child_init();
	if (getrlimit(RLIMIT_NOFILE, &files) || files.rlim_cur != 80)
		return false;
	return run_and_read(command, out, 8) == '0';
}

static bool stubborn_command_ends(void)
{
	static char *const command[] = {
		"sh", "-c", "trap '' TERM; sleep 9; sleep 9; sleep 9", NULL
	};
	struct run *run = run_begin(0, (char **)command);
	uint64_t begin;

	run_wait(run, NSEC_PER_SEC);
	begin = now_ns();
	run_end(run);
	return now_ns() - begin < 15 * NSEC_PER_SEC;
}

static void note_nothing(int signal)
{
}

/* As if ^Z was typed while an action of irqspan top runs: it waits for that. */
static bool action_goes_on(void)
{
	struct actions *actions = actions_new();

	/* A process group of its own: one without a shell above it is not stopped. */
	setpgid(0, 0);
	signal(SIGTSTP, note_nothing);
	actions_add(actions, "shell,command=kill -TSTP $$");
	actions_add(actions, "continue");
	alarm(20);
	return actions_run(actions, NULL, NULL);
}

/*
 * No process can be started: then none may be ended. kill() takes -1 for all processes, here for
 * all of a user that has only these two.
 */
static bool failed_start_ends_nothing(void)
{
	static char *const command[] = { "true", NULL };
	const struct rlimit none = { 0, 0 };
	int status = 0;
	pid_t child;

	if (setresuid(61234, 61234, 61234))
		return false;
	child = fork();
	if (!child) {
		close(STDERR_FILENO);
		setrlimit(RLIMIT_NPROC, &none);
		/* This fails, and exit() ends what runs. */
		run_begin(0, (char **)command);
		_exit(0);
	}
	waitpid(child, &status, 0);
	return WIFEXITED(status) && WEXITSTATUS(status) == EXIT_ERROR;
}

void test_run(void)
{
	CHECK("run: as nohup wants it", IN_CHILD(hangup_is_ignored()));
	CHECK("run: a signal that comes just before it waits", IN_CHILD(early_signal_ends_sleep()));
	CHECK("run: a command gets signals as if it was started without",
	      IN_CHILD(survives(true)) && !IN_CHILD(survives(false)));
	CHECK("run: a command gets files as if it was started without",
	      IN_CHILD(file_is_inherited(true)) && !IN_CHILD(file_is_inherited(false)));
	CHECK("run: the limit of files, also that of a command",
	      IN_CHILD(limit_of_files_is_raised()));
	CHECK("run: a command that does not end when it is told to", stubborn_command_ends());
	CHECK("action: ^Z while it runs", IN_CHILD(action_goes_on()));
	if (geteuid())
		printf("ok %u - run: no process can be started # SKIP it takes root\n", ++nr);
	else
		CHECK("run: no process can be started", IN_CHILD(failed_start_ends_nothing()));
}

static int connect_to(const struct sockaddr_in *address)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (connect(fd, (const struct sockaddr *)address, sizeof(*address))) {
		close(fd);
		return -1;
	}
	return fd;
}

static void answer_fine(struct http_answer *answer, const char *request, const char *path,
			void *data)
{
	answer->status = "200 OK";
	answer->body = xprintf("%.2s", path);
	answer->size = strlen(answer->body);
}

/* Ask while many others are connected and say nothing, with what these have sent first. */
static bool is_answered(const char *others, unsigned int nr_others, const char *request,
			const char *answer)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t size = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), fds[64], fd;
	uint64_t begin = now_ns();
	char text[512] = "";
	size_t used = 0;
	ssize_t n;
	pid_t server;

	if (bind(listener, (struct sockaddr *)&address, size) || listen(listener, 64) ||
	    getsockname(listener, (struct sockaddr *)&address, &size))
		return false;
	fflush(stdout);
	server = fork();
	if (!server) {
		http_serve(listener, now_ns() + 30 * NSEC_PER_SEC, answer_fine, NULL);
		_exit(0);
	}
	for (unsigned int i = 0; i < nr_others; i++) {
		fds[i] = connect_to(&address);
		if (fds[i] >= 0)
			send(fds[i], others, strlen(others), MSG_NOSIGNAL);
	}
	fd = connect_to(&address);
	if (send(fd, request, strlen(request), MSG_NOSIGNAL) < 0)
		return false;
	while (used < sizeof(text) - 1 && (n = read(fd, text + used, sizeof(text) - 1 - used)) > 0)
		used += n;
	text[used] = '\0';
	close(fd);
	for (unsigned int i = 0; i < nr_others; i++)
		close(fds[i]);
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	close(listener);
	return strstr(text, answer) && now_ns() - begin < 5 * NSEC_PER_SEC;
}

void test_http(void)
{
	CHECK("http: a request",
	      is_answered("", 0, "GET /a HTTP/1.0\r\n\r\n", "\r\nContent-Length: 2\r\n") &&
		      is_answered("", 0, "GET /b HTTP/1.0\n\n", "\r\n\r\n/b"));
	CHECK("http: another method",
	      is_answered("", 0, "POST /a HTTP/1.0\r\n\r\n", "HTTP/1.1 405 "));
	CHECK("http: while others are connected and say nothing",
	      is_answered("", 8, "GET /a HTTP/1.0\r\n\r\n", " 200 OK"));
	CHECK("http: while very many are",
	      is_answered("GET /", 40, "GET /a HTTP/1.0\r\n\r\n", " 200 OK"));
}
