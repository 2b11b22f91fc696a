/* SPDX-License-Identifier: GPL-2.0 */
/* Durations as people write and read them. */
#ifndef IRQSPAN_UNITS_H
#define IRQSPAN_UNITS_H

#include <stdint.h>

/* A threshold: "50", "50us", "1ms", "2s", "800ns"; a plain number is us, as in rtla. */
uint64_t parse_time(const char *option, const char *text);

/* How long to run: "10", "10s", "5m", "2h", "1d"; a plain number is s, as in rtla. ns */
uint64_t parse_duration(const char *option, const char *text);

/* Parse a decimal number that is at most @max. */
uint64_t parse_number(const char *option, const char *text, uint64_t max);

/*
 * "36 ns", "12.3 us", "1.44 ms", "2.30 s". The text is valid for the next 8 calls, so that
 * one printf() can show several times.
 */
const char *show_time(uint64_t ns);

#endif
