// SPDX-License-Identifier: GPL-2.0
/* Acts with sockets */
#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "provoke.h"

/* A socket gets a filter, which the kernel compiles. */
void do_filter(unsigned int cpu, unsigned int other, unsigned int n)
{
	struct sock_filter all[] = { BPF_STMT(BPF_RET | BPF_K, 0xffff) };
	struct sock_fprog filter = { .len = ARRAY_SIZE(all), .filter = all };
	int fd;

	run_on(0, other);
	while (n--) {
		fd = socket(AF_UNIX, SOCK_DGRAM, 0);
		if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)))
			err(1, "cannot filter a socket");
		pause_ms(5);
		close(fd);
		pause_ms(5);
	}
}

/* A program asks for time stamps of packets, and goes away: n times */
void do_stamp(unsigned int cpu, unsigned int other, unsigned int n)
{
	int fd, on = 1;

	run_on(0, other);
	while (n--) {
		fd = socket(AF_INET6, SOCK_DGRAM, 0);
		if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_TIMESTAMP, &on, sizeof(on)))
			err(1, "cannot ask for time stamps");
		pause_ms(20);
		close(fd);
		pause_ms(20);
	}
}

/* Connect to this machine itself. Returns the socket; @listening can accept the connection. */
static int connect_to_self(int *listening)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t size = sizeof(to);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	*listening = socket(AF_INET, SOCK_STREAM, 0);
	if (*listening < 0 || fd < 0 || bind(*listening, (struct sockaddr *)&to, size) ||
	    listen(*listening, 1) || getsockname(*listening, (struct sockaddr *)&to, &size) ||
	    connect(fd, (struct sockaddr *)&to, size))
		err(1, "cannot connect");
	return fd;
}

/* The kernel checks each second that a connection of the busy task is alive, for n seconds. */
static void keep_alive(int fd)
{
	int on = 1, seconds = 1;

	if (setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on)) ||
	    setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &seconds, sizeof(seconds)) ||
	    setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &seconds, sizeof(seconds)))
		err(1, "cannot keep a connection alive");
}

void do_connect(unsigned int cpu, unsigned int other, unsigned int n)
{
	const struct linger reset = { .l_onoff = 1 };
	int fd, listening;

	run_on(0, cpu);
	fd = connect_to_self(&listening);
	keep_alive(fd);
	spin_ms(1000 * n);
	/* Reset the connection when it is closed, so that none of its timers stays behind. */
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
}

/* A process there sends data, which is received elsewhere. */
static void send_on(int fd)
{
	static char text[16384];

	for (;;) {
		if (send(fd, text, sizeof(text), 0) < 0)
			err(1, "send");
	}
}

void do_stream(unsigned int cpu, unsigned int other, unsigned int n)
{
	static char text[65536];
	int listening, fd, near;
	pid_t child;

	run_on(0, other);
	fd = connect_to_self(&listening);
	near = accept(listening, NULL, NULL);
	child = start(cpu, send_on, fd);
	while (n--) {
		if (recv(near, text, sizeof(text), 0) <= 0)
			err(1, "recv");
	}
	end(child);
}

/* Packets are sent elsewhere by loopback, for a task that sleeps there until one comes. */
static void receive(int fd)
{
	char text;

	for (;;) {
		if (recv(fd, &text, sizeof(text), 0) < 0)
			err(1, "recv");
	}
}

void do_packets(unsigned int cpu, unsigned int other, unsigned int n)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int near = socket(AF_INET, SOCK_DGRAM, 0), far = socket(AF_INET, SOCK_DGRAM, 0);
	socklen_t size = sizeof(to);
	pid_t child;

	if (near < 0 || far < 0 || bind(far, (struct sockaddr *)&to, size) ||
	    getsockname(far, (struct sockaddr *)&to, &size) ||
	    connect(near, (struct sockaddr *)&to, size))
		err(1, "cannot connect");
	run_on(0, other);
	child = start(cpu, receive, far);
	while (n--) {
		pause_ms(10);
		if (send(near, "", 1, 0) != 1)
			err(1, "send");
	}
	end(child);
}

/* A program captures packets for n ms: from time to time, a timer hands over those that came. */
void do_capture(unsigned int cpu, unsigned int other, unsigned int n)
{
	struct tpacket_req3 ring = {
		.tp_block_size		= 1 << 14,
		.tp_block_nr		= 4,
		.tp_frame_size		= 1 << 11,
		.tp_frame_nr		= 4 << 3,
		.tp_retire_blk_tov	= 10,
	};
	int fd, version = TPACKET_V3;

	run_on(0, cpu);
	fd = socket(AF_PACKET, SOCK_RAW, 0);
	if (fd < 0 ||
	    setsockopt(fd, SOL_PACKET, PACKET_VERSION, &version, sizeof(version)) ||
	    setsockopt(fd, SOL_PACKET, PACKET_RX_RING, &ring, sizeof(ring)))
		err(1, "cannot capture packets");
	pause_ms(n);
	close(fd);
}

/*
 * A task there receives all packets that the loopback device sends, by a packet socket, as
 * tcpdump does; or only those of a protocol that nobody uses.
 */
static void sniff(unsigned int cpu, unsigned int other, unsigned int n, unsigned short protocol)
{
	struct sockaddr_ll lo = {
		.sll_family	= AF_PACKET,
		.sll_protocol	= htons(protocol),
		.sll_ifindex	= if_nametoindex("lo"),
		.sll_halen	= ETH_ALEN,
	};
	/* Protocol 0: it receives nothing. */
	int near = socket(AF_PACKET, SOCK_DGRAM, 0), far = socket(AF_PACKET, SOCK_DGRAM, 0);
	pid_t child;

	if (near < 0 || far < 0 || bind(far, (struct sockaddr *)&lo, sizeof(lo)))
		err(1, "cannot open packet sockets");
	lo.sll_protocol = htons(ETH_P_LOOPBACK);
	run_on(0, other);
	child = start(cpu, receive, far);
	while (n--) {
		pause_ms(10);
		if (sendto(near, "", 1, 0, (struct sockaddr *)&lo, sizeof(lo)) != 1)
			err(1, "sendto");
	}
	end(child);
}

void do_sniff(unsigned int cpu, unsigned int other, unsigned int n)
{
	sniff(cpu, other, n, ETH_P_ALL);
}

void do_sniff_one(unsigned int cpu, unsigned int other, unsigned int n)
{
	sniff(cpu, other, n, ETH_P_802_EX1);
}
