/* SPDX-License-Identifier: GPL-2.0 */
/*
 * fail() ends the program; in tests that link with --wrap=fail it ends what REFUSES()
 * tries.
 */
#ifndef IRQSPAN_REFUSED_H
#define IRQSPAN_REFUSED_H

#include <setjmp.h>

extern jmp_buf refusal;
extern char refused_why[512];
extern int refusal_wanted;

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
