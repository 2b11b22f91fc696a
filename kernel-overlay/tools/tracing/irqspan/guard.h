/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Settings that all users of the tracer share: which CPUs and lines are measured, and
 * from which duration on spans are recorded.
 *
 * Sessions of this program change the settings under a lock. The first session saves the
 * value of a setting before it changes it; the last one restores it. Sessions only ever ask
 * for more: further CPUs, shorter spans. That does not disturb other sessions, which filter
 * out what they did not ask for. If a session was killed, the next one cleans up.
 *
 * Any other user of the tracer would get more than it asked for. So nothing is changed while
 * there is one.
 */
#ifndef IRQSPAN_GUARD_H
#define IRQSPAN_GUARD_H

#include "session.h"

/*
 * A session begins: make the settings fit its needs, and add it to the users. Fails with a
 * message, and then has changed nothing.
 */
void guard_enter(const char *instance, const struct session_needs *needs);

/*
 * The session ends: restore the settings if it was the last. Its instance is gone already; or if
 * it could not be removed, is @left, to be removed by the next session that begins or ends.
 */
void guard_leave(const char *left);

#endif
