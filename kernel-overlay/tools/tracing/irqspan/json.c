// SPDX-License-Identifier: GPL-2.0
/* Writes JSON: see json.h. */
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
