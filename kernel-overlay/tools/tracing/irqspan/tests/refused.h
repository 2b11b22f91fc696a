/* SPDX-License-Identifier: GPL-2.0 */
/*
 * fail() ends the program; in tests that link with --wrap=fail it ends what REFUSES()
 * tries.
 */
#ifndef IRQSPAN_REFUSED_H
#define IRQSPAN_REFUSED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static jmp_buf refusal;
static char refused_why[512];
static int refusal_wanted;

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

/* Whether doing that is refused; why is in refused_why. */
#define REFUSES(what) ({			\
	volatile int refuses = 0;		\
						\
	refusal_wanted = 1;			\
	if (setjmp(refusal))			\
		refuses = 1;			\
	else					\
		what;				\
	refusal_wanted = 0;			\
	refuses;				\
})

#endif
