/* SPDX-License-Identifier: GPL-2.0 */
/* Writes JSON. Bytes that are no UTF-8 become U+FFFD. */
#ifndef IRQSPAN_JSON_H
#define IRQSPAN_JSON_H

#include <stdio.h>

/* A string with its quotes; safe within a <script> too. */
void json_string(FILE *to, const char *text);

#endif
