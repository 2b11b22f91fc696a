// SPDX-License-Identifier: GPL-2.0
/* What is refused in tests: see refused.h. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "refused.h"

jmp_buf refusal;
char refused_why[512];
int refusal_wanted;

void __wrap_fail(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));
void __wrap_fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(refused_why, sizeof(refused_why), format, args);
	va_end(args);
	if (refusal_wanted)
		longjmp(refusal, 1);
	fprintf(stderr, "%s\n", refused_why);
	exit(1);
}

/* What was in use when something was refused is not freed: the program ends there. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}
