// SPDX-License-Identifier: GPL-2.0
/* A terminal that shows pages and takes keys: see screen.h. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "screen.h"
#include "session.h"
#include "utils.h"

/* Switch to the alternate screen without a cursor, and back. */
#define ENTER		"\033[?1049h\033[?25l"
#define LEAVE		"\033[?25h\033[?1049l"
#define HOME		"\033[H"
#define REST_OF_LINE	"\033[K"
#define REST_OF_PAGE	"\033[J"

static struct termios before;
static bool taken;
/* Size of the terminal when the page was shown */
static unsigned int shown_rows, shown_columns;
static char *page;
static size_t page_size;
static FILE *page_file;

bool screen_exists(void)
{
	const char *term = getenv("TERM");

	return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && term && strcmp(term, "dumb");
}

/* SIGWINCH: wake up screen_key(), which then sees that the terminal has another size. */
static void wake_up(int signal)
{
}

/* ^Z was typed, which screen_key() obeys. */
static volatile sig_atomic_t stop_wanted;

static void note_stop(int signal)
{
	stop_wanted = 1;
}

static void take_terminal(void)
{
	struct sigaction stop = { .sa_handler = note_stop };
	struct termios raw;

	if (tcgetattr(STDIN_FILENO, &before))
		fail("cannot set up the terminal: %s", strerror(errno));
	raw = before;
	/* ^C and ^Z still send signals. */
	raw.c_lflag &= ~(ICANON | ECHO);
	raw.c_iflag &= ~ICRNL;
	raw.c_cc[VMIN] = 0;
	raw.c_cc[VTIME] = 0;
	taken = true;
	sigaction(SIGTSTP, &stop, NULL);
	tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	fputs(ENTER, stdout);
	fflush(stdout);
}

void screen_begin(void)
{
	struct sigaction resized = { .sa_handler = wake_up };

	atexit(screen_end);
	sigaction(SIGWINCH, &resized, NULL);
	take_terminal();
}

/*
 * Obey ^Z: give the terminal back to the shell, and take it again when the shell lets this go on.
 * False if it was not typed.
 */
static bool stop_if_wanted(void)
{
	if (!stop_wanted)
		return false;
	stop_wanted = 0;
	screen_end();
	signal(SIGTSTP, SIG_DFL);
	raise(SIGTSTP);
	take_terminal();
	return true;
}

void screen_end(void)
{
	if (!taken)
		return;
	taken = false;
	fputs(LEAVE, stdout);
	fflush(stdout);
	tcsetattr(STDIN_FILENO, TCSANOW, &before);
}

void screen_size(unsigned int *rows, unsigned int *columns)
{
	struct winsize size = { 0 };

	ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
	*rows = size.ws_row ? size.ws_row : 24;
	*columns = size.ws_col ? size.ws_col : 80;
}

FILE *screen_page(void)
{
	page_file = open_memstream(&page, &page_size);
	if (!page_file)
		fail("out of memory");
	return page_file;
}

/*
 * How many bytes of a line fit into so many columns. Sequences that set colours take none.
 * Each other byte counts as a column: only names may have more than ASCII.
 */
static size_t fitting(const char *line, size_t length, unsigned int columns)
{
	size_t i = 0;

	while (i < length) {
		if (line[i] == '\033') {
			while (i < length && line[i] != 'm')
				i++;
		} else if (!columns--) {
			break;
		}
		i++;
	}
	return i < length ? i : length;
}

void screen_show(void)
{
	unsigned int rows, columns, row = 0;
	const char *line, *end;

	if (fclose(page_file))
		fail("out of memory");
	screen_size(&rows, &columns);
	shown_rows = rows;
	shown_columns = columns;
	fputs(HOME, stdout);
	for (line = page; *line && row < rows; line = *end ? end + 1 : end, row++) {
		end = strchr(line, '\n');
		if (!end)
			end = line + strlen(line);
		if (row)
			fputs("\r\n", stdout);
		fwrite(line, 1, fitting(line, end - line, columns), stdout);
		fputs("\033[0m" REST_OF_LINE, stdout);
	}
	fputs(REST_OF_PAGE, stdout);
	fflush(stdout);
	free(page);
	page = NULL;
}

static bool has_another_size(void)
{
	unsigned int rows, columns;

	screen_size(&rows, &columns);
	return shown_rows && (rows != shown_rows || columns != shown_columns);
}

/* Input that was read and not used yet: keys may come faster than pages are shown. */
static unsigned char typed[256];
static size_t typed_nr;

static void drop_typed(size_t nr)
{
	typed_nr -= nr;
	memmove(typed, typed + nr, typed_nr);
}

static int take_key(void)
{
	unsigned char key = typed[0];
	int last;

	if (typed_nr >= 3 && key == '\033' && (typed[1] == '[' || typed[1] == 'O')) {
		last = typed[2];
		drop_typed(3);
		return last == 'A' ? KEY_UP : last == 'B' ? KEY_DOWN : 0;
	}
	drop_typed(1);
	return key == '\n' ? KEY_ENTER : key;
}

int screen_key(uint64_t ns)
{
	struct pollfd wait = { .fd = STDIN_FILENO, .events = POLLIN };
	ssize_t n;

	/* ^Z may also have come since the last call. */
	if (stop_if_wanted() || has_another_size())
		return KEY_RESIZE;
	if (typed_nr)
		return take_key();
	if (session_poll(&wait, 1, ns) <= 0)
		return stop_if_wanted() || has_another_size() ? KEY_RESIZE : 0;
	n = read(STDIN_FILENO, typed, sizeof(typed));
	/* The terminal is gone. */
	if (n <= 0)
		return 'q';
	typed_nr = n;
	return take_key();
}
