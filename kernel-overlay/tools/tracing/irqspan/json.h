/* SPDX-License-Identifier: GPL-2.0 */
/* Write JSON. A byte that is not valid UTF-8 becomes U+FFFD. */
#ifndef IRQSPAN_JSON_H
#define IRQSPAN_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Write a string with its quotes, in a form that is safe within a <script> too. */
void json_string(FILE *to, const char *text);
/* Write ,"key": for any member of an object but its first one, and the same with a value. */
void json_key(FILE *to, const char *key);
void json_text(FILE *to, const char *key, const char *value);
void json_number(FILE *to, const char *key, uint64_t value);
void json_bool(FILE *to, const char *key, bool value);

#endif
