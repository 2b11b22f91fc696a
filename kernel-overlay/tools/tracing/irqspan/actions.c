// SPDX-License-Identifier: GPL-2.0
/* What to do when something lasted too long: see actions.h. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "actions.h"
#include "child.h"
#include "units.h"
#include "utils.h"

#define DEFAULT_FILE	"irqspan_trace.txt"

enum type { TRACE, SIGNAL, SHELL, STOP, CONTINUE };

struct action {
	enum type	type;
	char		*text;		/* file, or command */
	int		signal;
	int		pid;
};

struct actions {
	struct action	*list;
	unsigned int	nr;
	unsigned int	room;
	uint64_t	debounce;
	uint64_t	last;		/* when the actions ran last; 0: never */
	bool		go_on;
	bool		trace;
};

static const char how[] =
	"write trace[,file=FILE], signal,num=N,pid=PID, shell,command=COMMAND, stop or continue";

struct actions *actions_new(void)
{
	struct actions *actions = xalloc(sizeof(*actions));

	actions->debounce = NSEC_PER_SEC;
	return actions;
}

void actions_set_debounce(struct actions *actions, uint64_t ns)
{
	actions->debounce = ns;
}

/* The value in "NAME=VALUE"; NULL if the text is none with this name */
static char *argument(char *text, const char *name)
{
	size_t length = strlen(name);

	if (!text || strncmp(text, name, length) || text[length] != '=' || !text[length + 1])
		return NULL;
	return text + length + 1;
}

static void add_signal(struct action *action, char *rest, const char *whole)
{
	char *part;

	action->signal = -1;
	while ((part = strsep(&rest, ","))) {
		const char *num = argument(part, "num"), *pid = argument(part, "pid");

		if (num)
			action->signal = parse_number("signal,num", num, SIGRTMAX);
		else if (pid && !strcmp(pid, "parent"))
			action->pid = getppid();
		else if (pid)
			action->pid = parse_number("signal,pid", pid, INT32_MAX);
		else
			fail("--on-threshold %s: %s", whole, how);
	}
	/* kill() takes a pid of 0 or less for whole groups of processes. */
	if (action->signal < 1 || action->pid < 1)
		fail("--on-threshold %s lacks a number or a process: %s", whole, how);
}

void actions_add(struct actions *actions, const char *whole)
{
	char *copy = xstrdup(whole), *rest = copy, *name = strsep(&rest, ",");
	struct action action = { 0 };

	if (!strcmp(name, "trace")) {
		char *file = rest ? argument(rest, "file") : DEFAULT_FILE;

		if (!file)
			fail("--on-threshold %s: %s", whole, how);
		action.type = TRACE;
		action.text = xstrdup(file);
		actions->trace = true;
	} else if (!strcmp(name, "signal") && rest) {
		action.type = SIGNAL;
		add_signal(&action, rest, whole);
	} else if (!strcmp(name, "shell") && argument(rest, "command")) {
		action.type = SHELL;
		action.text = xstrdup(argument(rest, "command"));
	} else if (!strcmp(name, "continue") && !rest) {
		action.type = CONTINUE;
		actions->go_on = true;
	} else if (!strcmp(name, "stop") && !rest) {
		action.type = STOP;
	} else {
		fail("--on-threshold %s: %s", whole, how);
	}
	free(copy);
	xgrow(actions->list, actions->nr, actions->room);
	actions->list[actions->nr++] = action;
}

bool actions_any(const struct actions *actions)
{
	return actions->nr;
}

bool actions_trace(const struct actions *actions)
{
	return actions->trace;
}

static bool save_trace(const char *name, void (*save)(FILE *to, void *data), void *data)
{
	FILE *file = fopen(name, "we");
	bool failed;

	if (!file) {
		warn("cannot write %s: %s", name, strerror(errno));
		return false;
	}
	save(file, data);
	failed = fflush(file) || ferror(file);
	failed |= fclose(file) != 0;
	if (failed)
		warn("cannot write all of %s: %s", name, strerror(errno));
	return !failed;
}

/* Send the signal, and warn if that fails. */
static bool send_signal(const struct action *action)
{
	if (!kill(action->pid, action->signal))
		return true;
	warn("cannot send signal %d to process %d: %s", action->signal, action->pid,
	     strerror(errno));
	return false;
}

/* Run a command, and warn if it fails; ^C ends it as well. */
static bool run_shell(const char *command)
{
	struct sigaction stop;
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0) {
		warn("cannot start a shell: %s", strerror(errno));
		return false;
	}
	if (!pid) {
		child_prepare();
		/* irqspan top obeys ^Z later: if this stopped now, nobody would let it go on. */
		if (!sigaction(SIGTSTP, NULL, &stop) && stop.sa_handler != SIG_DFL)
			signal(SIGTSTP, SIG_IGN);
		execl("/bin/sh", "sh", "-c", command, NULL);
		_exit(127);
	}
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR) {
			status = -1;
			break;
		}
	}
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		return true;
	warn("the command of --on-threshold failed: %s", command);
	return false;
}

bool actions_run(struct actions *actions, void (*save)(FILE *to, void *data), void *data)
{
	uint64_t now = now_ns();
	bool done = true;

	if (actions->last && now - actions->last < actions->debounce)
		return true;
	actions->last = now;
	/* As in rtla, no action is done after one that failed. */
	for (unsigned int i = 0; done && i < actions->nr; i++) {
		const struct action *action = &actions->list[i];

		switch (action->type) {
		case TRACE:
			done = save_trace(action->text, save, data);
			break;
		case SIGNAL:
			done = send_signal(action);
			break;
		case SHELL:
			done = run_shell(action->text);
			break;
		case STOP:
			return false;
		case CONTINUE:
			break;
		}
	}
	return actions->go_on;
}

void actions_free(struct actions *actions)
{
	for (unsigned int i = 0; i < actions->nr; i++)
		free(actions->list[i].text);
	free(actions->list);
	free(actions);
}
