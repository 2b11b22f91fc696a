/* SPDX-License-Identifier: GPL-2.0 */
/* A small HTTP server: each connection has one request; several clients at a time. */
#ifndef IRQSPAN_HTTP_H
#define IRQSPAN_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct http_answer - what to answer
 * @status: number and word, as "200 OK"
 * @type: the type of the body
 * @body: the body, to be freed
 * @size: its size
 */
struct http_answer {
	const char	*status;
	const char	*type;
	char		*body;
	size_t		size;
};

/*
 * Serve the clients that connect to @listener, until the time @end or until a signal comes.
 * @answer is called with the head of each request of GET or HEAD and the place where its path
 * begins.
 */
void http_serve(int listener, uint64_t end,
		void (*answer)(struct http_answer *answer, const char *request,
			       const char *path, void *data), void *data);

#endif
