/* SPDX-License-Identifier: GPL-2.0 */
/* What the files cause*.c share: a cause is found, filled in, and told from others. */
#ifndef IRQSPAN_CAUSE_INTERNAL_H
#define IRQSPAN_CAUSE_INTERNAL_H

#include "cause.h"

/* The cause of that kind and key, a new one if there is none; the key is freed. */
struct cause *cause_get(struct causes *causes, enum cause_kind kind, char *key);
void cause_free(struct cause *cause);
void cause_set_field(struct cause *cause, enum field field, const char *value);
/* Set the fields of the function and of its module. */
void cause_set_function(struct cause *cause, const struct symbol *symbol);
void cause_add_victim(struct cause *cause, const char *name, const char *kind, uint64_t late_max,
		      uint64_t count);

/*
 * Code that only turns interrupts off to take a lock, for whoever called it: the lock functions
 * themselves, of which the kernel does not always know who called them, that of run queues, and
 * those that take a lock if a count has come to its end.
 */
bool cause_takes_lock(const char *function);

/* Did the same task cause both, or tasks that are named alike? */
bool cause_is_of_same_task(const struct cause *x, const struct cause *y);

#endif
