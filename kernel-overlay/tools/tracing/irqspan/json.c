// SPDX-License-Identifier: GPL-2.0
/* Writes JSON: see json.h. */
#include <inttypes.h>

#include "json.h"
#include "utf8.h"

void json_string(FILE *to, const char *text)
{
	const unsigned char *at = (const unsigned char *)text;
	int length;

	fputc('"', to);
	for (; *at; at += length) {
		length = utf8_length(at);
		if (!length) {
			fputs("\\ufffd", to);
			length = 1;
		} else if (*at == '"' || *at == '\\') {
			fprintf(to, "\\%c", *at);
		} else if (*at < 0x20 || *at == 0x7f || *at == '<' || *at == '>' || *at == '&') {
			fprintf(to, "\\u%04x", *at);
		} else {
			fwrite(at, 1, length, to);
		}
	}
	fputc('"', to);
}

void json_key(FILE *to, const char *key)
{
	fprintf(to, ",\"%s\":", key);
}

void json_text(FILE *to, const char *key, const char *value)
{
	json_key(to, key);
	json_string(to, value);
}

void json_number(FILE *to, const char *key, uint64_t value)
{
	json_key(to, key);
	fprintf(to, "%" PRIu64, value);
}

void json_bool(FILE *to, const char *key, bool value)
{
	json_key(to, key);
	fputs(value ? "true" : "false", to);
}
