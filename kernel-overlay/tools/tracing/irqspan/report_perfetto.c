// SPDX-License-Identifier: GPL-2.0
/*
 * A recording for Perfetto: a track for each CPU and each line, with a slice for each span.
 * Below each CPU's track is one with the calls and timers that were late there, and a flow
 * from the span that made them late. See perfetto.proto for the format.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "groups.h"
#include "report.h"
#include "utf8.h"
#include "utils.h"

/* Numbers of the fields, by the messages of perfetto.proto */
enum {
	TRACE_PACKET		= 1,

	PACKET_TIMESTAMP	= 8,
	PACKET_SEQUENCE		= 10,
	PACKET_EVENT		= 11,
	PACKET_TRACK		= 60,

	TRACK_UUID		= 1,
	TRACK_NAME		= 2,
	TRACK_PARENT		= 5,
	TRACK_ORDERING		= 11,
	TRACK_RANK		= 12,

	EVENT_ANNOTATIONS	= 4,
	EVENT_TYPE		= 9,
	EVENT_TRACK		= 11,
	EVENT_CATEGORIES	= 22,
	EVENT_NAME		= 23,
	EVENT_FLOW		= 47,
	EVENT_FLOW_END		= 48,

	ANNOTATION_BOOL		= 2,
	ANNOTATION_UINT		= 3,
	ANNOTATION_INT		= 4,
	ANNOTATION_STRING	= 6,
	ANNOTATION_NAME		= 10,
};

enum { SLICE_BEGIN = 1, SLICE_END = 2, INSTANT = 3 };
enum { ORDER_EXPLICIT = 3 };
enum { VARINT = 0, FIXED64 = 1, BYTES = 2 };

/* A message that is being written; it grows. */
struct message {
	unsigned char	*data;
	size_t		size, room;
};

static void add_byte(struct message *to, unsigned char byte)
{
	xgrow(to->data, to->size, to->room);
	to->data[to->size++] = byte;
}

static void add_varint(struct message *to, uint64_t value)
{
	for (; value >= 0x80; value >>= 7)
		add_byte(to, value | 0x80);
	add_byte(to, value);
}

static void add_number(struct message *to, unsigned int field, uint64_t value)
{
	add_varint(to, field << 3 | VARINT);
	add_varint(to, value);
}

static void add_fixed64(struct message *to, unsigned int field, uint64_t value)
{
	int i;

	add_varint(to, field << 3 | FIXED64);
	for (i = 0; i < 64; i += 8)
		add_byte(to, value >> i);
}

static void add_bytes(struct message *to, unsigned int field, const void *data, size_t size)
{
	const unsigned char *byte = data;

	add_varint(to, field << 3 | BYTES);
	add_varint(to, size);
	while (size--)
		add_byte(to, *byte++);
}

/* Add a string as valid UTF-8: else Perfetto would not read the trace at all. */
static void add_text(struct message *to, unsigned int field, const char *text)
{
	char *clean = utf8_clean(xstrdup(text));

	add_bytes(to, field, clean, strlen(clean));
	free(clean);
}

static void add_message(struct message *to, unsigned int field, struct message *inner)
{
	add_bytes(to, field, inner->data, inner->size);
	inner->size = 0;
}

/* State of writing, with messages that are used again and again */
struct writer {
	FILE		*to;
	struct message	packet, event, annotation, whole;
};

static void write_packet(struct writer *writer)
{
	add_number(&writer->packet, PACKET_SEQUENCE, 1);
	add_message(&writer->whole, TRACE_PACKET, &writer->packet);
	fwrite(writer->whole.data, 1, writer->whole.size, writer->to);
	writer->whole.size = 0;
}

static void write_track(struct writer *writer, uint64_t uuid, uint64_t parent, const char *name,
			int rank)
{
	struct message *track = &writer->event;

	add_number(track, TRACK_UUID, uuid);
	add_text(track, TRACK_NAME, name);
	if (parent)
		add_number(track, TRACK_PARENT, parent);
	add_number(track, TRACK_ORDERING, ORDER_EXPLICIT);
	add_number(track, TRACK_RANK, rank);
	add_message(&writer->packet, PACKET_TRACK, track);
	write_packet(writer);
}

static void annotate(struct writer *writer, const char *name)
{
	add_text(&writer->annotation, ANNOTATION_NAME, name);
	add_message(&writer->event, EVENT_ANNOTATIONS, &writer->annotation);
}

static void annotate_number(struct writer *writer, const char *name, uint64_t number)
{
	add_number(&writer->annotation, ANNOTATION_UINT, number);
	annotate(writer, name);
}

static void annotate_text(struct writer *writer, const char *name, const char *text)
{
	add_text(&writer->annotation, ANNOTATION_STRING, text);
	annotate(writer, name);
}

static void annotate_place(struct writer *writer, const char *name, const struct place *place)
{
	char *text;

	if (!place)
		return;
	text = xprintf("%s%s%s%s+0x%" PRIx64, place->function, place->module ? " [" : "",
		       place->module ? place->module : "", place->module ? "]" : "",
		       place->offset);
	annotate_text(writer, name, place->known ? text : place->function);
	free(text);
}

static void annotate_record(struct writer *writer, const struct recorded *record)
{
	annotate_number(writer, is_late(record) ? "late_ns" : "duration_ns",
			is_late(record) ? record->late : record->duration);
	annotate_place(writer, "function", record->function);
	annotate_place(writer, "call_site", record->call_site);
	annotate_place(writer, "caller", record->caller);
	annotate_place(writer, "parent", record->parent);
	annotate_place(writer, "end_caller", record->end_caller);
	annotate_place(writer, "end_parent", record->end_parent);
	annotate_place(writer, "handler", record->handler);
	if (record->handler_ns)
		annotate_number(writer, "handler_ns", record->handler_ns);
	if (record->waited)
		annotate_number(writer, "waited_ns", record->waited);
	annotate_text(writer, "comm", record->comm);
	annotate_number(writer, "pid", record->pid);
	if (strcmp(record->kind, "-"))
		annotate_text(writer, record->event == LOCAL_SPAN ? "context" : "kind",
			      record->kind);
	if (record->event == LINE_SPAN) {
		annotate_number(writer, "irq", record->irq);
		annotate_number(writer, "cpu_off", record->other_cpu);
		annotate_number(writer, "cpu_on", record->cpu);
		add_number(&writer->annotation, ANNOTATION_BOOL, record->pending);
		annotate(writer, "pending");
	} else if (record->other_cpu >= 0) {
		annotate_number(writer, record->event == REMOTE_WAKE ? "armed_cpu" : "from_cpu",
				record->other_cpu);
	}
	if (record->to_cpu >= 0)
		annotate_number(writer, record->event == REMOTE_WAKE ? "expired_cpu" : "to_cpu",
				record->to_cpu);
}

/* The id of a flow, which must not be 0: index of the late record in the recording, plus 1 */
static uint64_t flow_of(const struct recording *recording, const struct recorded *late)
{
	return late - recording->records + 1;
}

static char *name_of(const struct recorded *record)
{
	const struct place *place = record->function;
	enum culprit_kind kind;

	if (is_span(record))
		place = record->event == LINE_SPAN ? record->caller : culprit_of(record, &kind);
	return show_place(place);
}

/*
 * The begin of a record's slice. That of a late record is not before the span that held it
 * up, though it may have been asked for a bit earlier.
 */
static uint64_t begin_of(const struct recorded *record)
{
	uint64_t begin;

	if (!is_late(record))
		return span_begin(record);
	begin = record->time > record->late ? record->time - record->late : 0;
	if (record->blamed && span_begin(record->blamed) > begin)
		begin = span_begin(record->blamed);
	return begin < record->time ? begin : record->time;
}

static void write_slice(struct writer *writer, const struct recording *recording,
			const struct recorded *record, uint64_t track)
{
	static const char *const categories[RECORD_EVENTS] = {
		"irq_off", "line_off", "late", "late", "timer", "timer",
	};
	bool instant = !is_span(record) && !is_late(record);
	const struct recorded *late;
	char *name = name_of(record);

	add_number(&writer->event, EVENT_TYPE, instant ? INSTANT : SLICE_BEGIN);
	add_number(&writer->event, EVENT_TRACK, track);
	add_text(&writer->event, EVENT_CATEGORIES, categories[record->event]);
	add_text(&writer->event, EVENT_NAME, name);
	annotate_record(writer, record);
	for (late = record->made_late; late; late = late->next_late)
		add_fixed64(&writer->event, EVENT_FLOW, flow_of(recording, late));
	if (record->blamed)
		add_fixed64(&writer->event, EVENT_FLOW_END, flow_of(recording, record));
	add_number(&writer->packet, PACKET_TIMESTAMP, instant ? record->time : begin_of(record));
	add_message(&writer->packet, PACKET_EVENT, &writer->event);
	write_packet(writer);
	free(name);
	if (instant)
		return;
	add_number(&writer->event, EVENT_TYPE, SLICE_END);
	add_number(&writer->event, EVENT_TRACK, track);
	add_number(&writer->packet, PACKET_TIMESTAMP, record->time);
	add_message(&writer->packet, PACKET_EVENT, &writer->event);
	write_packet(writer);
}

/* Tracks that show one thing: slices of a track must not overlap, so it may take several. */
struct lanes {
	char		*name;
	int		rank;
	uint64_t	*end;		/* for each track, the end of its last slice */
	uint64_t	first;		/* uuid of the first track */
	size_t		count, room;
};

enum { TRACK_GROUP_CPUS = 1, TRACK_GROUP_LINES = 2, TRACK_FIRST = 3 };

static uint64_t lane_for(struct writer *writer, struct lanes *lanes, uint64_t parent,
			 uint64_t begin, uint64_t end)
{
	size_t i;

	for (i = 0; i < lanes->count && lanes->end[i] > begin; i++)
		;
	if (i == lanes->count) {
		xgrow(lanes->end, lanes->count, lanes->room);
		lanes->count++;
		/* All have the same name and parent, so that Perfetto shows them as one. */
		write_track(writer, lanes->first + i, parent, lanes->name, lanes->rank);
	}
	lanes->end[i] = end;
	return lanes->first + i;
}

struct slice {
	const struct recorded	*record;
	uint64_t		begin;
	uint64_t		key;		/* see track_key() */
};

/* Order of tracks: each CPU with its late records behind it; then the lines */
static uint64_t track_key(const struct recorded *record)
{
	if (record->event == LINE_SPAN)
		return 1ULL << 32 | (uint32_t)record->irq;
	return 2ULL * record->cpu + (record->event != LOCAL_SPAN);
}

static int by_track(const void *a, const void *b)
{
	const struct slice *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	if (x->begin != y->begin)
		return x->begin < y->begin ? -1 : 1;
	return x->record < y->record ? -1 : x->record > y->record;
}

static char *track_name(const struct recorded *record)
{
	if (record->event == LINE_SPAN)
		return xprintf("irq %d %s", record->irq, record->name);
	if (record->event == LOCAL_SPAN)
		return xprintf("CPU %d", record->cpu);
	return xprintf("CPU %d: what came late", record->cpu);
}

void report_perfetto(FILE *to, const struct recording *recording)
{
	struct slice *slices = xalloc((recording->count + 1) * sizeof(*slices));
	struct writer writer = { .to = to };
	struct lanes lanes = { .first = TRACK_FIRST };
	uint64_t track;
	size_t i;

	write_track(&writer, TRACK_GROUP_CPUS, 0, "Interrupts off", 1);
	write_track(&writer, TRACK_GROUP_LINES, 0, "Interrupt lines off", 2);
	for (i = 0; i < recording->count; i++) {
		const struct recorded *record = &recording->records[i];

		slices[i].record = record;
		slices[i].begin = is_span(record) || is_late(record) ? begin_of(record) :
			record->time;
		slices[i].key = track_key(record);
	}
	qsort(slices, recording->count, sizeof(*slices), by_track);
	for (i = 0; i < recording->count; i++) {
		const struct recorded *record = slices[i].record;
		bool line = record->event == LINE_SPAN;

		if (!i || slices[i].key != slices[i - 1].key) {
			lanes.first += lanes.count;
			lanes.count = 0;
			lanes.rank++;
			free(lanes.name);
			lanes.name = track_name(record);
		}
		track = lane_for(&writer, &lanes, line ? TRACK_GROUP_LINES : TRACK_GROUP_CPUS,
				 slices[i].begin, record->time);
		write_slice(&writer, recording, record, track);
	}
	free(lanes.name);
	free(lanes.end);
	free(slices);
	free(writer.packet.data);
	free(writer.event.data);
	free(writer.annotation.data);
	free(writer.whole.data);
}
