/* SPDX-License-Identifier: GPL-2.0 */
/* Programs that are started get what this one was started with, and nothing of its own. */
#ifndef IRQSPAN_CHILD_H
#define IRQSPAN_CHILD_H

/*
 * To be called first of all: notes which files are open, and has this program open as many as it
 * may.
 */
void child_init(void);
/*
 * To be called in a child, before it executes a program: all other files are closed then, their
 * limit is what it was, and signals do what they did at first, but SIGCHLD is not ignored. A file
 * of an instance would keep that from being removed.
 */
void child_prepare(void);

#endif
