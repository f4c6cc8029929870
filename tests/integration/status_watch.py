# SPDX-License-Identifier: MIT
"""status -w on a terminal: it refreshes, obeys keys, and leaves the terminal
as it was, in whatever way it ends. status_watch.sh starts the service."""

import os
import re
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ["top_srcdir"], "tests/support"))
from terminal import Tap, Terminal, plain  # noqa: E402

program, *where = sys.argv[1:]
command = [program, "status", "-w", *where]
tap = Tap()
FRAME = r"\x1b\[H.*?keys: q ends.*?\x1b\[J"  # one screen


def screen(t):
    return (plain(t.wait(FRAME) or "")).replace("\r", "")


def column(text, head):
    """The cells below a head, but the summary's."""
    lines = text.split("\n")
    heads = next(i for i, l in enumerate(lines) if "PID" in l)
    at = lines[heads].split().index(head)
    rows = []
    for line in lines[heads + 1:]:
        words = line.split()
        if len(words) < 13 or words[0] == "all":
            break
        rows.append(words[at])
    return rows


def settled(t, head, descending):
    """Whether a screen comes that is sorted so."""
    for _ in range(5):
        cells = [int(c) for c in column(screen(t), head)]
        if cells == sorted(cells, reverse=descending):
            return True
    return False


# ---- the screen ----

t = Terminal(command)
first = screen(t)
tap.check("it shows the head and the processes",
          "generation 1" in first and len(column(first, "PID")) == 3, first)
tap.check("it fits into 80 columns",
          all(len(line) <= 80 for line in first.split("\n")), first)
uptime = re.search(r"running for (.*)", first).group(1)
text = first
for _ in range(10):
    text = screen(t)
    if re.search(r"running for (.*)", text).group(1) != uptime:
        break
tap.check("it refreshes by itself", uptime not in text, text)
screen(t)
t.type("p")
tap.check("p sorts by pid, the highest first", settled(t, "PID", True))
t.type("p")
tap.check("again, the lowest first", settled(t, "PID", False))
t.type("Z\x1b[A")
tap.check("other keys do nothing", "generation 1" in screen(t))
t.size(12, 80)
for _ in range(5):
    text = screen(t)
    if "more)" in text:
        break
tap.check("on a low screen it tells how many more there are",
          "(2 more)" in text and text.count("\n") < 12, text)
t.type("q")
tap.check("q ends it", t.end() == 0, t.status)
tap.check("the other screen is left, the cursor is back",
          t.seen.endswith("\x1b[?25h\x1b[?1049l"), repr(t.seen[-60:]))
tap.check("the terminal is as it was", t.restored())
t.close()

# ---- signals ----

for name in ("INT", "TERM", "HUP", "QUIT", "SEGV"):
    signo = getattr(signal, "SIG" + name)
    t = Terminal(command)
    screen(t)
    tap.check(f"keys are read singly before SIG{name}", not t.restored())
    t.signal(signo)
    tap.check(f"SIG{name} ends it as ever", t.end() == 128 + signo, t.status)
    tap.check("the terminal is as it was", t.restored() and
              t.seen.endswith("\x1b[?1049l"), repr(t.seen[-60:]))
    t.close()

t = Terminal(command)
screen(t)
t.type("\x03")
tap.check("Ctrl-C ends it", t.end() == 128 + signal.SIGINT, t.status)
tap.check("the terminal is as it was", t.restored())
t.close()

t = Terminal(command)
screen(t)
t.type("\x1a")
tap.check("Ctrl-Z stops it", t.stopped())
tap.check("the terminal is as it was meanwhile", t.restored())
t.wait(r"\x1b\[\?1049l")
t.signal(signal.SIGCONT)
tap.check("and it goes on", t.wait(r"\x1b\[\?1049h") and
          "generation 1" in screen(t))
tap.check("with single keys", not t.restored())
t.type("q")
tap.check("up to q", t.end() == 0, t.status)
tap.check("the terminal is as it was", t.restored())
t.close()

# ---- colours ----

for env, coloured in (({}, True), ({"NO_COLOR": "1"}, False),
                      ({"TERM": "dumb"}, False)):
    t = Terminal([program, "status", *where],
                 env={"TERM": "xterm", "NO_COLOR": "", **env})
    t.end()
    tap.check(f"status with {env} is {'' if coloured else 'not '}coloured",
              ("\x1b[" in t.seen) == coloured, repr(t.seen))
    tap.check("and fits into 80 columns", all(
        len(line) <= 80 for line in plain(t.seen).split("\r\n")), t.seen)
    t.close()

t = Terminal([program, "status", *where], columns=200)
t.end()
tap.check("a wide terminal gets whole heads", "REQUESTS" in t.seen, t.seen)
t.close()

# ---- its end ----

t = Terminal(command)
screen(t)
subprocess.run([program, "stop", "-q", *where], check=False)
tap.check("when the service ends it says so", t.end() == 5 and
          "not running" in t.seen.split("\x1b[?1049l")[-1], t.status,
          repr(t.seen[-80:]))
tap.check("the terminal is as it was", t.restored())
t.close()
t = Terminal(command)
tap.check("and takes no screen when there is none", t.end() == 5 and
          "\x1b[" not in t.seen, repr(t.seen))
t.close()

tap.end()
