// SPDX-License-Identifier: GPL-2.0
/* Durations as people write and read them: see units.h. */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "units.h"
#include "utils.h"

struct unit {
	const char	*name;
	uint64_t	ns;
};

static const struct unit times[] = {
	{ "", NSEC_PER_USEC }, { "ns", 1 }, { "us", NSEC_PER_USEC },
	{ "ms", NSEC_PER_MSEC }, { "s", NSEC_PER_SEC }, { NULL }
};

static const struct unit durations[] = {
	{ "", NSEC_PER_SEC }, { "ms", NSEC_PER_MSEC }, { "s", NSEC_PER_SEC },
	{ "m", 60 * NSEC_PER_SEC }, { "h", 3600 * NSEC_PER_SEC },
	{ "d", 86400 * NSEC_PER_SEC }, { NULL }
};

static uint64_t parse(const char *option, const char *text, const struct unit *unit,
		      const char *example)
{
	unsigned long long n;
	char *end;

	errno = 0;
	n = isdigit((unsigned char)*text) ? strtoull(text, &end, 10) : (errno = EINVAL, 0);
	if (errno)
		fail("%s %s is no time: write it as %s", option, text, example);
	if (*end == '.' || *end == ',')
		fail("%s %s is no whole number: take a smaller unit, as 1500us for 1.5ms", option,
		     text);
	for (; unit->name; unit++) {
		uint64_t ns;

		if (strcmp(end, unit->name))
			continue;
		if (__builtin_mul_overflow(n, unit->ns, &ns))
			fail("%s %s is too long", option, text);
		return ns;
	}
	fail("%s %s has an unknown unit: write it as %s", option, text, example);
}

uint64_t parse_time(const char *option, const char *text)
{
	return parse(option, text, times, "50us, 1ms or 2s");
}

uint64_t parse_duration(const char *option, const char *text)
{
	uint64_t ns = parse(option, text, durations, "10s, 5m, 2h or 1d");

	if (!ns)
		fail("%s %s is no time at all: write it as 10s, 5m, 2h or 1d", option, text);
	/* It is added to what the clock shows. */
	if (ns > INT64_MAX)
		fail("%s %s is too long", option, text);
	return ns;
}

uint64_t parse_number(const char *option, const char *text, uint64_t max)
{
	unsigned long long n;
	char *end;

	errno = 0;
	n = isdigit((unsigned char)*text) ? strtoull(text, &end, 10) : (errno = EINVAL, 0);
	if (errno || *end || n > max)
		fail("%s %s is no number up to %llu", option, text, (unsigned long long)max);
	return n;
}

const char *show_time(uint64_t ns)
{
	static char texts[8][24];
	static unsigned int last;
	char *text = texts[last++ % ARRAY_SIZE(texts)];

	if (ns < 10 * NSEC_PER_USEC)
		snprintf(text, sizeof(texts[0]), "%llu ns", (unsigned long long)ns);
	else if (ns < NSEC_PER_MSEC)
		snprintf(text, sizeof(texts[0]), "%.1f us", ns / 1e3);
	else if (ns < NSEC_PER_SEC)
		snprintf(text, sizeof(texts[0]), "%.2f ms", ns / 1e6);
	else
		snprintf(text, sizeof(texts[0]), "%.2f s", ns / 1e9);
	return text;
}
