/* SPDX-License-Identifier: GPL-2.0 */
/* What to do when something lasted too long: --on-threshold, as in rtla. */
#ifndef IRQSPAN_ACTIONS_H
#define IRQSPAN_ACTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define ACTIONS_HELP							\
"      --on-threshold ACTION  when something lasts for the limit or longer; may be given\n"	\
"                      several times: trace[,file=FILE], signal,num=N,pid=PID|parent,\n"	\
"                      shell,command=COMMAND, stop, continue. Ends measuring, unless\n"	\
"                      continue is among them\n"						\
"      --debounce TIME with continue: do the actions once in this time at most (default 1s)\n"

struct actions;

struct actions *actions_new(void);
/* Add the action that an argument of --on-threshold names; fails with a message. */
void actions_add(struct actions *actions, const char *text);
void actions_set_debounce(struct actions *actions, uint64_t ns);
bool actions_any(const struct actions *actions);
/* Does one of the actions save the trace? */
bool actions_trace(const struct actions *actions);
/*
 * Something lasted too long: do the actions, unless they were done shortly before. @save
 * writes the trace. Returns false if measuring is to end.
 */
bool actions_run(struct actions *actions, void (*save)(FILE *to, void *data), void *data);
void actions_free(struct actions *actions);

#endif
