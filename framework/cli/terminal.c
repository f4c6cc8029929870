/* SPDX-License-Identifier: MIT */
/*
 * The terminal. The handler of signals undoes everything by itself, with
 * calls that are safe there, so that no signal can come at a wrong moment.
 */
#include "config.h"

#include <sys/ioctl.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "framework/cli/terminal.h"

/* The other screen, no cursor; and back. */
#define TERMINAL_TAKE "\033[?1049h\033[?25l\033[H"
#define TERMINAL_GIVE "\033[?25h\033[?1049l"

static const int terminal_ends[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE,
	SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL };

#define TERMINAL_ENDS (sizeof(terminal_ends) / sizeof(*terminal_ends))

static struct termios terminal_before;
static volatile sig_atomic_t terminal_keys;  /* standard input is changed */
static volatile sig_atomic_t terminal_taken; /* standard output is */
static bool terminal_mute;                   /* end of file on the keys */

bool
wm__terminal_is(void)
{
	return isatty(STDOUT_FILENO);
}

bool
wm__terminal_colour(void)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return wm__terminal_is() && (no == NULL || *no == '\0') &&
	    (term == NULL || strcmp(term, "dumb") != 0);
}

void
wm__terminal_size(size_t *width_r, size_t *height_r)
{
	struct winsize size = { 0 };

	*width_r = *height_r = 0;
	if (!wm__terminal_is())
		return;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0)
		size = (struct winsize){ 0 };
	*width_r = size.ws_col > 0 ? size.ws_col : WM__TERMINAL_WIDTH;
	*height_r = size.ws_row > 0 ? size.ws_row : WM__TERMINAL_HEIGHT;
}

/* ---- safe in a handler ---- */

static void
terminal_say(const char *words, size_t len)
{
	while (len > 0) {
		ssize_t n = write(STDOUT_FILENO, words, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		words += n;
		len -= (size_t)n;
	}
}

static void
terminal_enter(void)
{
	struct termios single = terminal_before;

	single.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	single.c_cc[VMIN] = 1;
	single.c_cc[VTIME] = 0;
	if (terminal_keys)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &single);
	terminal_say(TERMINAL_TAKE, sizeof(TERMINAL_TAKE) - 1);
}

static void
terminal_leave(void)
{
	terminal_say(TERMINAL_GIVE, sizeof(TERMINAL_GIVE) - 1);
	if (terminal_keys)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &terminal_before);
}

/* Does to the process what the signal would have done. */
static void
terminal_obey(int signo)
{
	struct sigaction plain = { .sa_handler = SIG_DFL }, ours;
	sigset_t set, before;

	sigaction(signo, &plain, &ours);
	sigemptyset(&set);
	sigaddset(&set, signo);
	raise(signo);
	sigprocmask(SIG_UNBLOCK, &set, &before);
	sigprocmask(SIG_SETMASK, &before, NULL);
	sigaction(signo, &ours, NULL);
}

static void
terminal_on_signal(int signo)
{
	int error = errno;

	if (signo != SIGWINCH && terminal_taken) {
		terminal_leave();
		terminal_obey(signo);
		terminal_enter(); /* it was only stopped, and goes on */
	}
	errno = error;
}

/* ---- the screen ---- */

/* What the caller has ignored, as nohup does, stays ignored. */
static void
terminal_handle(int signo)
{
	struct sigaction act = { .sa_handler = terminal_on_signal }, before;

	sigfillset(&act.sa_mask);
	if (sigaction(signo, NULL, &before) == 0 &&
	    before.sa_handler != SIG_IGN)
		sigaction(signo, &act, NULL);
}

void
wm__terminal_take(void)
{
	terminal_mute = !isatty(STDIN_FILENO);
	terminal_keys =
	    !terminal_mute && tcgetattr(STDIN_FILENO, &terminal_before) == 0;
	for (size_t i = 0; i < TERMINAL_ENDS; i++)
		terminal_handle(terminal_ends[i]);
	terminal_handle(SIGTSTP);
	terminal_handle(SIGWINCH);
	terminal_taken = 1;
	terminal_enter();
}

void
wm__terminal_give(void)
{
	if (!terminal_taken)
		return;
	terminal_taken = 0;
	terminal_leave();
}

int
wm__terminal_key(int ms)
{
	struct pollfd p = { .fd = terminal_mute ? -1 : STDIN_FILENO,
		.events = POLLIN };
	unsigned char key;
	ssize_t n;

	if (poll(&p, 1, ms) <= 0)
		return 0;
	n = read(STDIN_FILENO, &key, 1);
	if (n == 1)
		return key;
	if (n < 0 && errno == EINTR)
		return 0;
	terminal_mute = true;
	return -1;
}
