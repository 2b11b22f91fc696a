/* SPDX-License-Identifier: GPL-2.0 */
#ifndef IRQSPAN_UTF8_H
#define IRQSPAN_UTF8_H

#include <stdbool.h>

/*
 * How many bytes the character of UTF-8 at @text has, or 0 if there is no valid one. Names of
 * tasks may have any bytes, and may be cut within a character.
 */
static inline int utf8_length(const unsigned char *text)
{
	int length = *text < 0x80 ? 1 : *text >= 0xc2 && *text < 0xe0 ? 2 :
		*text >= 0xe0 && *text < 0xf0 ? 3 : *text >= 0xf0 && *text < 0xf5 ? 4 : 0;
	int i;

	for (i = 1; i < length; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	}
	if ((*text == 0xe0 && text[1] < 0xa0) || (*text == 0xed && text[1] > 0x9f) ||
	    (*text == 0xf0 && text[1] < 0x90) || (*text == 0xf4 && text[1] > 0x8f))
		return 0;
	return length;
}

/* A character that terminals obey: U+0000 to U+001F, and U+007F to U+009F */
static inline bool utf8_is_control(const unsigned char *text)
{
	return *text < 0x20 || *text == 0x7f || (*text == 0xc2 && text[1] < 0xa0);
}

/* Replace by "?" each byte that is no valid UTF-8, or of a character that terminals obey. */
static inline char *utf8_clean(char *text)
{
	unsigned char *at = (unsigned char *)text;
	int length;

	for (; *at; at += length) {
		length = utf8_is_control(at) ? 0 : utf8_length(at);
		if (!length) {
			*at = '?';
			length = 1;
		}
	}
	return text;
}

/* Count the characters: the bytes that begin one. */
static inline int utf8_count(const char *text)
{
	int count = 0;

	for (; *text; text++)
		count += (*text & 0xc0) != 0x80;
	return count;
}

#endif
