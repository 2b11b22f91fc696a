/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A session measures, and leaves the machine as it was.
 *
 * It has an instance of its own in tracefs, and enables the tracer's events there, which
 * starts the tracer. Settings that all users of the tracer share it changes only as far as
 * it must, and only if nobody else uses the tracer: see guard.h.
 */
#ifndef IRQSPAN_SESSION_H
#define IRQSPAN_SESSION_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include <tracefs/tracefs.h>

#include "cpus.h"

/* A threshold for those that need no records of spans: any value will do. */
#define ANY_THRESHOLD	UINT64_MAX

/**
 * struct session_event - an event to be recorded
 * @system: system of the event; "irqspan" for those of the tracer
 * @name: the event
 * @filter: records that do not match are dropped; NULL: all are kept
 */
struct session_event {
	const char	*system;
	const char	*name;
	const char	*filter;
};

/**
 * struct session_needs - what a command needs
 * @cpus: these CPUs are to be measured; NULL: all
 * @irqs: these lines; NULL: all
 * @local_thresh_ns: CPU-wide spans are to be recorded from this duration up
 * @line_thresh_ns: spans of lines likewise
 * @events: what to record besides what starts the tracer, ended by one without a name;
 *	NULL: nothing is recorded at all, only counted
 * @buffer_kb: size of the buffer for each CPU, 0: as it comes
 *
 * All parts of the tracer that the kernel has are started, in any case.
 */
struct session_needs {
	const struct set		*cpus;
	const struct set		*irqs;
	uint64_t			local_thresh_ns;
	uint64_t			line_thresh_ns;
	const struct session_event	*events;
	unsigned int			buffer_kb;
};

struct session;

/*
 * Begin to measure; fails with a message. From then on SIGINT, SIGTERM and SIGHUP only set
 * session_interrupted(), and SIGPIPE is ignored. exit() restores all that was changed; after
 * a SIGKILL the next session does that.
 */
struct session *session_begin(const struct session_needs *needs);
void session_end(struct session *session);

struct tracefs_instance *session_instance(const struct session *session);
/* Say in one line what is missing, if the tracer's files cannot be read. */
void session_check(void);
/* The directory of the tracer's files, as /sys/kernel/tracing/irqspan */
const char *session_dir(void);
/*
 * Have SIGINT, SIGTERM and SIGHUP only set session_interrupted(), and SIGPIPE ignored; but a
 * SIGHUP that was ignored, as after nohup, stays so. session_begin() does that.
 */
void session_catch_signals(void);
/* What these signals did before: to be called in a child, before it executes a program */
void session_restore_signals(void);
bool session_interrupted(void);
/* As poll(), for @ns at most. -1 and EINTR if a signal came, also if that was before. */
int session_poll(struct pollfd *fds, unsigned int nr, uint64_t ns);
/* Sleep; false if a signal came before the time was over */
bool session_sleep(uint64_t ns);

#endif
