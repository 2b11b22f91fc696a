// SPDX-License-Identifier: GPL-2.0
/* A small HTTP server: see http.h. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http.h"
#include "session.h"
#include "utils.h"

/* A request has one line and some headers. A client that is too slow is dropped. */
#define REQUEST_MAX	8192
#define PATIENCE	(2 * NSEC_PER_SEC)
/* When no connection can be accepted, as with too many open files, try again after that time. */
#define ACCEPT_AGAIN	(NSEC_PER_SEC / 4)
/* With so many clients, another one takes the place of the one that has been there longest. */
#define MOST_CLIENTS	16

/**
 * struct client - a connection
 * @fd: its socket
 * @until: when it is dropped
 * @request: what was received of its request
 * @received: how much
 * @answer: what is to be sent; NULL until the request is complete
 * @size: how much
 * @sent: how much of it was sent
 */
struct client {
	int		fd;
	uint64_t	until;
	char		request[REQUEST_MAX];
	size_t		received;
	char		*answer;
	size_t		size;
	size_t		sent;
};

struct server {
	struct client	*client[MOST_CLIENTS];	/* the one that has been there longest first */
	unsigned int	nr;
	uint64_t	deaf_until;		/* no connection can be accepted before that */
	void		(*answer)(struct http_answer *answer, const char *request,
				  const char *path, void *data);
	void		*data;
};

static void drop(struct server *server, unsigned int i)
{
	close(server->client[i]->fd);
	free(server->client[i]->answer);
	free(server->client[i]);
	server->nr--;
	memmove(&server->client[i], &server->client[i + 1],
		(server->nr - i) * sizeof(server->client[0]));
}

static void add_client(struct server *server, int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct client *client;

	if (fd < 0) {
		/* What waits goes on waiting, so that poll() would return at once. */
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
			server->deaf_until = now_ns() + ACCEPT_AGAIN;
		return;
	}
	if (server->nr == MOST_CLIENTS)
		drop(server, 0);
	client = xalloc(sizeof(*client));
	client->fd = fd;
	client->until = now_ns() + PATIENCE;
	server->client[server->nr++] = client;
}

static void make_answer(const struct server *server, struct client *client)
{
	struct http_answer answer = { "405 Method Not Allowed", "text/plain" };
	bool head_only = !strncmp(client->request, "HEAD ", 5);
	char *head;

	if (head_only || !strncmp(client->request, "GET ", 4))
		server->answer(&answer, client->request, strchr(client->request, ' ') + 1,
			       server->data);
	head = xprintf("HTTP/1.1 %s\r\n%sContent-Type: %s\r\nContent-Length: %zu\r\n"
		       "Connection: close\r\n\r\n", answer.status,
		       strncmp(answer.status, "405", 3) ? "" : "Allow: GET, HEAD\r\n",
		       answer.type, answer.size);
	client->size = strlen(head);
	if (!head_only) {
		head = xrealloc(head, client->size + answer.size + 1, 1);
		if (answer.size)
			memcpy(head + client->size, answer.body, answer.size);
		client->size += answer.size;
	}
	client->answer = head;
	client->until = now_ns() + PATIENCE;
	free(answer.body);
}

/* Receive more of a request; false if that is to be the end of the client. */
static bool receive(const struct server *server, struct client *client)
{
	ssize_t n = recv(client->fd, client->request + client->received,
			 REQUEST_MAX - 1 - client->received, 0);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	if (!n)
		return false;
	client->received += n;
	client->request[client->received] = '\0';
	if (strstr(client->request, "\r\n\r\n") || strstr(client->request, "\n\n"))
		make_answer(server, client);
	return client->answer || client->received < REQUEST_MAX - 1;
}

/* Send more of an answer; false if that was all, or it cannot be sent. */
static bool send_more(struct client *client)
{
	ssize_t n = send(client->fd, client->answer + client->sent, client->size - client->sent,
			 MSG_NOSIGNAL);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	client->sent += n;
	return client->sent < client->size;
}

void http_serve(int listener, uint64_t end,
		void (*answer)(struct http_answer *answer, const char *request,
			       const char *path, void *data), void *data)
{
	struct server server = { .answer = answer, .data = data };
	uint64_t now;

	while (!session_interrupted() && (now = now_ns()) < end) {
		struct pollfd wait[MOST_CLIENTS + 1];
		unsigned int nr = server.nr;
		uint64_t until = end;
		bool ready;

		for (unsigned int i = 0; i < nr; i++) {
			const struct client *client = server.client[i];

			wait[i] = (struct pollfd){
				.fd	= client->fd,
				.events	= client->answer ? POLLOUT : POLLIN,
			};
			if (client->until < until)
				until = client->until;
		}
		wait[nr] = (struct pollfd){ .fd = listener, .events = POLLIN };
		if (now < server.deaf_until) {
			wait[nr].fd = -1;
			if (server.deaf_until < until)
				until = server.deaf_until;
		}
		ready = session_poll(wait, nr + 1, until > now ? until - now : 0) > 0;
		now = now_ns();
		/* From the last one on, so that those before it keep their numbers. */
		for (unsigned int i = nr; i-- > 0; ) {
			struct client *client = server.client[i];
			bool stays = now < client->until;

			if (ready && wait[i].revents)
				stays = client->answer ? send_more(client) :
							 receive(&server, client);
			if (!stays)
				drop(&server, i);
		}
		if (ready && wait[nr].revents)
			add_client(&server, listener);
	}
	while (server.nr)
		drop(&server, 0);
}
