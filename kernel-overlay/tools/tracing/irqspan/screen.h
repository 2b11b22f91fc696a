/* SPDX-License-Identifier: GPL-2.0 */
/* A terminal that shows pages and takes keys. */
#ifndef IRQSPAN_SCREEN_H
#define IRQSPAN_SCREEN_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { KEY_UP = 256, KEY_DOWN, KEY_RESIZE, KEY_ENTER = '\r', KEY_ESCAPE = 27 };

/* Whether there is one: stdin and stdout */
bool screen_exists(void);
/* Take it over; at exit it is as it was. */
void screen_begin(void);
void screen_end(void);
void screen_size(unsigned int *rows, unsigned int *columns);
/* A page is written to what screen_page() returns, and shown at once, cut to what fits. */
FILE *screen_page(void);
void screen_show(void);
/*
 * A key, 0 if none came in that time, or a signal did. Blanks, letters and KEY_; KEY_RESIZE if
 * the page has to be shown anew, as the terminal has another size.
 */
int screen_key(uint64_t ns);

#endif
