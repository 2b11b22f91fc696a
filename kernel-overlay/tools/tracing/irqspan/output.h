/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Files that are written whole or not at all: until output_commit() each is in a
 * temporary file beside it, which goes if the program ends before.
 */
#ifndef IRQSPAN_OUTPUT_H
#define IRQSPAN_OUTPUT_H

#include <stdint.h>
#include <stdio.h>

struct output;

/* Fails with a message if it cannot be. "-" is stdout, a device or pipe is written as is. */
struct output *output_open(const char *path);
FILE *output_stream(struct output *output);

/* Give all open outputs their names; fails, and leaves none, if one was not written. */
void output_commit(void);

/* A nameless file beside @path, to keep in what will go into it. Read and written. */
int output_spool(const char *path);

#endif
