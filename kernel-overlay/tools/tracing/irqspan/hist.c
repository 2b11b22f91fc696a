// SPDX-License-Identifier: GPL-2.0
/* Histograms of durations: see hist.h. */
#include <string.h>

#include "hist.h"
#include "names.h"
#include "utils.h"

static void add_bucket(struct hist *hist, const struct bucket *bucket)
{
	xgrow(hist->bucket, hist->nr, hist->room);
	hist->bucket[hist->nr++] = *bucket;
	hist->count += bucket->count;
}

static int compare_buckets(const void *a, const void *b)
{
	const struct bucket *x = a, *y = b;

	return (x->low > y->low) - (x->low < y->low);
}

void hists_read(struct hists *hists, const struct table *table, const struct set *cpus,
		const struct set *irqs)
{
	struct hist *hist = NULL;

	*hists = (struct hists){ 0 };
	for (unsigned int i = 0; i < table->nr_rows; i++) {
		const char *type = table_word(table, i, "type");
		uint64_t id = table_number(table, i, "id");
		const struct set *wanted = strcmp(type, "cpu") ? irqs : cpus;
		struct bucket bucket = {
			.low	= table_number(table, i, "low"),
			.high	= table_number(table, i, "high"),
			.count	= table_number(table, i, "count"),
		};

		if (id > INT32_MAX || bucket.high < bucket.low)
			fail("%s is damaged: row %u cannot be", table->name, i + 1);
		if (wanted && !set_has(wanted, id))
			continue;
		/* The rows of a histogram follow each other: else a new one begins. */
		if (!hist || hist->id != (int)id || strcmp(hist->type, type))
			hist = hists_find(hists, type, id);
		if (!hist) {
			xgrow(hists->list, hists->nr, hists->room);
			hist = &hists->list[hists->nr++];
			*hist = (struct hist){
				.type	= xstrdup(type),
				.id	= id,
				.name	= name_show(xstrdup(table_word(table, i, "name"))),
			};
		}
		add_bucket(hist, &bucket);
	}
	for (unsigned int i = 0; i < hists->nr; i++)
		qsort(hists->list[i].bucket, hists->list[i].nr, sizeof(struct bucket),
		      compare_buckets);
}

void hist_free(struct hist *hist)
{
	free(hist->type);
	free(hist->name);
	free(hist->bucket);
}

void hists_free(struct hists *hists)
{
	for (unsigned int i = 0; i < hists->nr; i++)
		hist_free(&hists->list[i]);
	free(hists->list);
}

struct hist *hists_find(const struct hists *hists, const char *type, int id)
{
	/* Search from the end: mostly it is the last histogram. */
	for (unsigned int i = hists->nr; i-- > 0; ) {
		if (hists->list[i].id == id && !strcmp(hists->list[i].type, type))
			return &hists->list[i];
	}
	return NULL;
}

struct hist hists_sum(const struct hists *hists, const char *type)
{
	struct hist sum = { .type = xstrdup(type), .id = -1, .name = xstrdup("-") };
	unsigned int used = 0;

	for (unsigned int i = 0; i < hists->nr; i++) {
		if (strcmp(hists->list[i].type, type))
			continue;
		for (unsigned int k = 0; k < hists->list[i].nr; k++)
			add_bucket(&sum, &hists->list[i].bucket[k]);
	}
	if (!sum.nr)
		return sum;
	qsort(sum.bucket, sum.nr, sizeof(*sum.bucket), compare_buckets);
	for (unsigned int k = 1; k < sum.nr; k++) {
		if (sum.bucket[k].low == sum.bucket[used].low)
			sum.bucket[used].count += sum.bucket[k].count;
		else
			sum.bucket[++used] = sum.bucket[k];
	}
	sum.nr = used + 1;
	return sum;
}

uint64_t hist_percentile(const struct hist *hist, unsigned int permille)
{
	/* The span that is to be found: its number, counted from 1, rounded up */
	uint64_t rank = hist->count / 1000 * permille +
			(hist->count % 1000 * permille + 999) / 1000;
	uint64_t so_far = 0;

	for (unsigned int i = 0; i < hist->nr; i++) {
		so_far += hist->bucket[i].count;
		if (so_far >= rank && so_far)
			return hist->bucket[i].high;
	}
	return 0;
}
