/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Files that are written whole or not at all: until output_commit() the text is in a
 * temporary file in the same directory, which is removed if the program ends before.
 */
#ifndef IRQSPAN_OUTPUT_H
#define IRQSPAN_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct output;

/*
 * Open a file to write; fails with a message. "-" is stdout, and so is another name of the file
 * that it goes to. A device is written in place.
 */
struct output *output_open(const char *path);
FILE *output_stream(struct output *output);
/* Is it a file that gets its name by output_commit(), and neither stdout nor a device? */
bool output_is_file(const struct output *output);
/* All may read the file, whatever the umask, and after a crash it is whole, the new or the old */
void output_for_all(struct output *output);

/* Give all open outputs their names. If one could not be written, removes all, and fails. */
void output_commit(void);

/* Open a nameless file for data that @path will have later, in its directory if it is a file. */
int output_spool(const char *path);

#endif
