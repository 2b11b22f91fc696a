/* SPDX-License-Identifier: GPL-2.0 */
/* Write JSON. A byte that is not valid UTF-8 becomes U+FFFD. */
#ifndef IRQSPAN_JSON_H
#define IRQSPAN_JSON_H

#include <stdio.h>

/* Write a string with its quotes, in a form that is safe within a <script> too. */
void json_string(FILE *to, const char *text);

#endif
