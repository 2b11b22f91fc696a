/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Settings that all users of the tracer share: which CPUs and lines are measured, and
 * from which duration on spans are recorded.
 *
 * Sessions of this program agree under a lock. The first one writes down what a setting
 * was, before it changes it; the last one puts it back. Sessions only ever ask for more:
 * further CPUs, shorter spans. That does no harm to each other, as each sorts out its own.
 * A session that was killed is found by the next one.
 *
 * Somebody else who uses the tracer would get more than he asked for, so that nothing is
 * changed while there is one.
 */
#ifndef IRQSPAN_GUARD_H
#define IRQSPAN_GUARD_H

#include "session.h"

/*
 * Make the settings fit, and note that the session with that instance begins. Fails with
 * a message, and has changed nothing then.
 */
void guard_enter(const char *instance, const struct session_needs *needs);

/* The session ends; the instance is gone already. */
void guard_leave(void);

#endif
