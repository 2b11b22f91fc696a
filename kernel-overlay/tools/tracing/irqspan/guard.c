// SPDX-License-Identifier: GPL-2.0
/* Settings that all users of the tracer share: see guard.h. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guard.h"
#include "utils.h"

#define STATE_HEADER	"irqspan state 1"

enum { CPUS, IRQS, LOCAL_THRESH, LINE_THRESH, TRACING_THRESH, NR_SETTINGS };

/* Files of the settings in tracefs. A kernel may lack some of them. */
static const char *const setting_file[NR_SETTINGS] = {
	"irqspan/cpus", "irqspan/irqs", "irqspan/local_thresh_ns", "irqspan/line_thresh_ns",
	"tracing_thresh",
};

/**
 * struct saved - a setting that a session changed
 * @before: its value before; NULL: no session changed it
 * @now: the value that it was changed to
 */
struct saved {
	char	*before;
	char	*now;
};

/**
 * struct user - a session
 * @pid: its process
 * @start: when that process started: a later one can have the same pid
 * @instance: its instance
 */
struct user {
	pid_t			pid;
	unsigned long long	start;
	char			*instance;
};

/* Instances of sessions that have ended, which somebody still used: to be removed later */
static char **leftover;
static unsigned int nr_leftovers, leftovers_room;

static struct saved saved[NR_SETTINGS];
static struct user *users;
static unsigned int nr_users, users_room;
static int lock_fd = -1;
/* This session is among the users, and has to leave in the end. */
static bool entered;

static const char *state_dir(void)
{
	const char *dir = getenv("IRQSPAN_STATE_DIR");

	return dir && *dir ? dir : "/run/irqspan";
}

static char *state_path(const char *name)
{
	return xprintf("%s/%s", state_dir(), name);
}

static void lock(void)
{
	char *path = state_path("lock");

	if (!mkdir(state_dir(), 0700) || errno == EEXIST)
		lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (lock_fd < 0)
		fail("cannot write to %s: %s; run it as root, or set IRQSPAN_STATE_DIR",
		     state_dir(), strerror(errno));
	while (flock(lock_fd, LOCK_EX)) {
		if (errno != EINTR)
			fail("cannot lock %s: %s", path, strerror(errno));
	}
	free(path);
}

static void unlock(void)
{
	close(lock_fd);
	lock_fd = -1;
}

/* Field 22 of /proc/PID/stat. Count fields from the end of the name, which may have blanks. */
static unsigned long long process_start(pid_t pid)
{
	char *path = xprintf("/proc/%d/stat", pid), *text, *p;
	unsigned long long start = 0;

	text = try_read_file(path, NULL);
	p = text ? strrchr(text, ')') : NULL;
	for (int field = 2; p && field < 22; field++)
		p = strchr(p + 1, ' ');
	if (p)
		start = strtoull(p + 1, NULL, 10);
	free(text);
	free(path);
	return start;
}

static void add_user(pid_t pid, unsigned long long start, const char *instance)
{
	xgrow(users, nr_users, users_room);
	users[nr_users++] = (struct user){ pid, start, xstrdup(instance) };
}

static void add_leftover(const char *instance)
{
	xgrow(leftover, nr_leftovers, leftovers_room);
	leftover[nr_leftovers++] = xstrdup(instance);
}

/* The last one takes its place: go through them backwards. */
static void forget_leftover(unsigned int i)
{
	free(leftover[i]);
	leftover[i] = leftover[--nr_leftovers];
}

/* A session has the same process number, and so the same instance, as one that is gone. */
static void drop_leftover(const char *instance)
{
	for (unsigned int i = nr_leftovers; i-- > 0; ) {
		if (!strcmp(leftover[i], instance))
			forget_leftover(i);
	}
}

static void forget_state(void)
{
	for (unsigned int i = 0; i < NR_SETTINGS; i++) {
		free(saved[i].before);
		free(saved[i].now);
		saved[i] = (struct saved){ NULL };
	}
	while (nr_users)
		free(users[--nr_users].instance);
	while (nr_leftovers)
		free(leftover[--nr_leftovers]);
}

/* A line "setting FILE BEFORE NOW". Lists of CPUs or lines may be of any length. */
static bool load_setting(const char *line)
{
	char *file = NULL, *was = NULL, *is = NULL;
	bool good = sscanf(line, "setting %ms %ms %ms", &file, &was, &is) == 3;

	for (unsigned int i = 0; good && i < NR_SETTINGS; i++) {
		if (strcmp(file, setting_file[i]))
			continue;
		saved[i].before = xstrdup(was);
		saved[i].now = xstrdup(is);
	}
	free(file);
	free(was);
	free(is);
	return good;
}

/*
 * The file "state": its header, then lines "setting FILE BEFORE NOW",
 * "session PID START INSTANCE", and "left INSTANCE".
 */
static void load_state(void)
{
	char *path = state_path("state"), *text, *line, *rest;
	unsigned long long start;
	char name[256];
	int pid;

	forget_state();
	text = try_read_file(path, NULL);
	if (!text && errno != ENOENT)
		fail("cannot read %s: %s", path, strerror(errno));
	line = text ? strtok_r(text, "\n", &rest) : NULL;
	if (line && strcmp(line, STATE_HEADER))
		fail("%s was not written by this version of irqspan: remove it", path);
	while (line && (line = strtok_r(NULL, "\n", &rest))) {
		if (load_setting(line))
			continue;
		if (sscanf(line, "session %d %llu %255s", &pid, &start, name) == 3)
			add_user(pid, start, name);
		else if (sscanf(line, "left %255s", name) == 1)
			add_leftover(name);
		else
			fail("%s is damaged: look what is in it, and remove it", path);
	}
	free(text);
	free(path);
}

/* Read a file of tracefs, without the newline at its end; NULL if there is no such file */
static char *get_setting(const char *file)
{
	char *path = tracefs_get_tracing_file(file), *text;

	if (!path)
		fail("out of memory");
	text = try_read_file(path, NULL);
	if (!text && errno != ENOENT)
		fail("cannot read %s: %s", path, strerror(errno));
	tracefs_put_tracing_file(path);
	if (text)
		text[strcspn(text, "\n")] = '\0';
	return text;
}

static bool set_setting(const char *file, const char *value)
{
	return tracefs_instance_file_write(NULL, file, value) >= 0;
}

/* No session is left: restore all settings that nobody else has changed meanwhile. */
static void put_back(void)
{
	for (unsigned int i = 0; i < NR_SETTINGS; i++) {
		char *now;

		if (!saved[i].before)
			continue;
		now = get_setting(setting_file[i]);
		if (now && !strcmp(now, saved[i].before))
			;	/* Nothing to do: a session was killed before it changed it. */
		else if (now && strcmp(now, saved[i].now))
			warn("%s was changed to %s by somebody else, and stays so (it was %s)",
			     setting_file[i], now, saved[i].before);
		else if (now && !set_setting(setting_file[i], saved[i].before))
			warn("cannot put %s back to %s: %s", setting_file[i], saved[i].before,
			     strerror(errno));
		free(now);
		free(saved[i].before);
		free(saved[i].now);
		saved[i] = (struct saved){ NULL };
	}
}

static void fail_to_save(const char *path, const char *otherwise)
{
	int err = errno;

	if (!nr_users)
		put_back();
	fail("cannot write %s: %s; %s", path, strerror(err), otherwise);
}

#define NOT_CHANGED	"nothing was changed"
#define LEFT_AS_IT_IS	"the next irqspan puts in order what this one could not"

/*
 * Replace the file as a whole: it has to be complete if the program is killed. @otherwise: what
 * to say of the settings if it cannot be written.
 */
static void save_state(const char *otherwise)
{
	char *path = state_path("state"), *new = state_path("state.new");
	bool any = nr_users || nr_leftovers;
	FILE *file;

	for (unsigned int i = 0; i < NR_SETTINGS; i++)
		any |= !!saved[i].before;
	if (!any) {
		unlink(path);
		goto out;
	}
	file = fopen(new, "we");
	if (!file)
		fail_to_save(new, otherwise);
	fprintf(file, "%s\n", STATE_HEADER);
	for (unsigned int i = 0; i < NR_SETTINGS; i++) {
		if (saved[i].before)
			fprintf(file, "setting %s %s %s\n", setting_file[i], saved[i].before,
				saved[i].now);
	}
	for (unsigned int i = 0; i < nr_users; i++)
		fprintf(file, "session %d %llu %s\n", users[i].pid, users[i].start,
			users[i].instance);
	for (unsigned int i = 0; i < nr_leftovers; i++)
		fprintf(file, "left %s\n", leftover[i]);
	if (fflush(file) || ferror(file) || fclose(file) || rename(new, path)) {
		int err = errno;

		unlink(new);
		errno = err;
		fail_to_save(path, otherwise);
	}
out:
	free(path);
	free(new);
}

static bool is_alive(const struct user *user)
{
	return process_start(user->pid) == user->start;
}

/* False: it is still there. */
static bool remove_instance(const char *name)
{
	struct tracefs_instance *instance;
	bool removed;

	if (!tracefs_instance_exists(name))
		return true;
	instance = tracefs_instance_create(name);
	if (!instance)
		return false;
	tracefs_event_disable(instance, NULL, NULL);
	removed = !tracefs_instance_destroy(instance);
	if (!removed)
		warn("cannot remove the instance %s that an irqspan left which was killed: %s; the next one will",
		     name, strerror(errno));
	tracefs_instance_free(instance);
	return removed;
}

/* Remove what sessions left behind that were killed. */
static void clean_up(void)
{
	for (unsigned int i = nr_leftovers; i-- > 0; ) {
		if (remove_instance(leftover[i]))
			forget_leftover(i);
	}
	for (unsigned int i = 0; i < nr_users; ) {
		if (is_alive(&users[i])) {
			i++;
			continue;
		}
		if (!remove_instance(users[i].instance))
			add_leftover(users[i].instance);
		free(users[i].instance);
		users[i] = users[--nr_users];
	}
	if (!nr_users)
		put_back();
}

static bool is_ours(const char *instance)
{
	for (unsigned int i = 0; i < nr_users; i++) {
		if (!strcmp(users[i].instance, instance))
			return true;
	}
	return false;
}

struct other_user {
	char	*irqspan;	/* somebody else who uses the tracer, or NULL */
	char	*tracer;	/* somebody else whose tracer obeys tracing_thresh, or NULL */
};

static void look_at(const char *dir, const char *name, struct other_user *other)
{
	char *path = xprintf("%s/current_tracer", dir), *text = try_read_file(path, NULL);
	bool uses = false;

	if (text && !strncmp(text, "irqspan", 7))
		uses = true;
	else if (text && strncmp(text, "nop", 3) && !other->tracer)
		other->tracer = xstrdup(name);
	free(text);
	free(path);

	path = xprintf("%s/events/irqspan/enable", dir);
	text = try_read_file(path, NULL);
	if (text && *text != '0')
		uses = true;
	free(text);
	free(path);
	if (uses && !other->irqspan)
		other->irqspan = xstrdup(name);
}

static int look_at_instance(const char *name, void *data)
{
	char *dir;

	if (is_ours(name))
		return 0;
	dir = xprintf("%s/instances/%s", tracefs_tracing_dir(), name);
	look_at(dir, name, data);
	free(dir);
	return 0;
}

/* Find other users of the tracer. Those that use it by perf or BPF cannot be found. */
static struct other_user find_other(void)
{
	struct other_user other = { NULL };

	look_at(tracefs_tracing_dir(), "the top level", &other);
	tracefs_instances_walk(look_at_instance, &other);
	return other;
}

/* Add what is wanted to the list @now. NULL: it has that already. */
static char *widen(const char *now, const struct set *wanted, bool has_all)
{
	struct set set;
	char *wider = NULL;

	if (has_all && !strcmp(now, "all"))
		return NULL;
	if (!wanted && has_all)
		return xstrdup("all");
	if (!set_parse(&set, now))
		fail("cannot make sense of the list %s", now);
	if (wanted && !set_is_subset(&set, wanted)) {
		set_union(&set, wanted);
		wider = set_format(&set);
	}
	set_free(&set);
	return wider;
}

static char *lower(const char *now, uint64_t wanted)
{
	return strtoull(now, NULL, 10) > wanted ?
		xprintf("%llu", (unsigned long long)wanted) : NULL;
}

/* The value that a setting has to have; NULL: it can stay as it is */
static char *wanted_value(unsigned int i, const char *now, const struct session_needs *needs)
{
	uint64_t least = needs->local_thresh_ns < needs->line_thresh_ns ?
			 needs->local_thresh_ns : needs->line_thresh_ns;
	struct set online;
	char *value;

	switch (i) {
	case CPUS:
		if (needs->cpus)
			return widen(now, needs->cpus, false);
		cpus_online(&online);
		value = widen(now, &online, false);
		set_free(&online);
		return value;
	case IRQS:
		return widen(now, needs->irqs, true);
	case LOCAL_THRESH:
		return lower(now, needs->local_thresh_ns);
	case LINE_THRESH:
		return lower(now, needs->line_thresh_ns);
	default:
		/* tracing_thresh is in us. */
		return lower(now, least == ANY_THRESHOLD ? least : least / NSEC_PER_USEC);
	}
}

/* Undo what guard_enter() has changed so far, and say why. */
static void give_up(char *why) __attribute__((noreturn));
static void give_up(char *why)
{
	if (!nr_users)
		put_back();
	save_state(NOT_CHANGED);
	unlock();
	fail("%s", why);
}

void guard_enter(const char *instance, const struct session_needs *needs)
{
	struct other_user other;

	lock();
	load_state();
	clean_up();
	other = find_other();
	for (unsigned int i = 0; i < NR_SETTINGS; i++) {
		char *now = get_setting(setting_file[i]), *value;

		if (!now)
			continue;
		value = wanted_value(i, now, needs);
		if (!value)
			continue;
		if (other.irqspan)
			give_up(xprintf("%s is %s and would have to be %s, but somebody else uses the tracer (%s): wait until that is over, or write it there yourself",
					setting_file[i], now, value, other.irqspan));
		if (i == TRACING_THRESH && other.tracer)
			give_up(xprintf("tracing_thresh is %s us and would have to be %s, but somebody else has a tracer that may need it (%s): wait until that is over",
					now, value, other.tracer));
		if (!saved[i].before)
			saved[i].before = xstrdup(now);
		free(saved[i].now);
		saved[i].now = value;
		/* Save first: if this is killed in between, the next session can restore. */
		save_state(NOT_CHANGED);
		if (!set_setting(setting_file[i], value))
			give_up(xprintf("cannot write %s to %s: %s", value, setting_file[i],
					strerror(errno)));
		free(now);
	}
	drop_leftover(instance);
	add_user(getpid(), process_start(getpid()), instance);
	save_state(NOT_CHANGED);
	entered = true;
	unlock();
}

void guard_leave(const char *left)
{
	if (!entered)
		return;
	entered = false;
	lock();
	load_state();
	for (unsigned int i = 0; i < nr_users; i++) {
		if (users[i].pid != getpid())
			continue;
		free(users[i].instance);
		users[i--] = users[--nr_users];
	}
	clean_up();
	if (left)
		add_leftover(left);
	save_state(LEFT_AS_IT_IS);
	unlock();
}
