/* SPDX-License-Identifier: GPL-2.0 */
/* A terminal that shows pages and takes keys. */
#ifndef IRQSPAN_SCREEN_H
#define IRQSPAN_SCREEN_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { KEY_UP = 256, KEY_DOWN, KEY_RESIZE, KEY_ENTER = '\r', KEY_ESCAPE = 27 };

/* Are stdin and stdout a terminal? */
bool screen_exists(void);
/* Take over the terminal; it is restored at exit. */
void screen_begin(void);
void screen_end(void);
void screen_size(unsigned int *rows, unsigned int *columns);
/* Write a page to what screen_page() returns; then it is shown as a whole, cut to what fits. */
FILE *screen_page(void);
void screen_show(void);
/*
 * Wait at most @ns for a key: a blank, a letter or a KEY_ value. 0 if none came, or if a
 * signal did; KEY_RESIZE if the terminal has another size, or ^Z stopped the program and it
 * goes on: then the page has to be shown anew.
 */
int screen_key(uint64_t ns);

#endif
