// SPDX-License-Identifier: GPL-2.0
/* All tables of the tracer at one time: see snapshot.h. */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "snapshot.h"
#include "utils.h"

static const struct {
	const char	*name;
	size_t		offset;
} files[] = {
	{ "stats",	offsetof(struct snapshot, stats) },
	{ "hist",	offsetof(struct snapshot, hist) },
	{ "open",	offsetof(struct snapshot, open) },
	{ "ipis",	offsetof(struct snapshot, ipis) },
	{ "timers",	offsetof(struct snapshot, timers) },
	{ "blame",	offsetof(struct snapshot, blame) },
};

static struct table **place(const struct snapshot *snapshot, unsigned int i)
{
	return (struct table **)((char *)snapshot + files[i].offset);
}

struct snapshot *snapshot_try(const char *dir, char **problem)
{
	struct snapshot *snapshot = xalloc(sizeof(*snapshot));
	bool any = false;

	*problem = NULL;
	snapshot->time = now_ns();
	for (unsigned int i = 0; i < ARRAY_SIZE(files) && !*problem; i++) {
		char *path = xprintf("%s/%s", dir, files[i].name);

		*place(snapshot, i) = table_read(path);
		if (!*place(snapshot, i) && errno != ENOENT)
			*problem = xprintf("cannot read %s: %s", path, strerror(errno));
		any |= !!*place(snapshot, i);
		free(path);
	}
	if (!any && !*problem)
		*problem = xprintf("there are none of irqspan's tables in %s", dir);
	if (!*problem)
		return snapshot;
	snapshot_free(snapshot);
	return NULL;
}

struct snapshot *snapshot_read(const char *dir)
{
	char *problem;
	struct snapshot *snapshot = snapshot_try(dir, &problem);

	if (!snapshot)
		fail("%s", problem);
	return snapshot;
}

struct snapshot *snapshot_difference(const struct snapshot *before,
				     const struct snapshot *after)
{
	struct snapshot *snapshot = xalloc(sizeof(*snapshot));

	snapshot->time = after->time - before->time;
	for (unsigned int i = 0; i < ARRAY_SIZE(files); i++) {
		const struct table *was = *place(before, i), *is = *place(after, i);

		if (!strcmp(files[i].name, "open") || !was || !is)
			continue;
		*place(snapshot, i) = table_difference(was, is);
	}
	return snapshot;
}

void snapshot_free(struct snapshot *snapshot)
{
	if (!snapshot)
		return;
	for (unsigned int i = 0; i < ARRAY_SIZE(files); i++)
		table_free(*place(snapshot, i));
	free(snapshot);
}
