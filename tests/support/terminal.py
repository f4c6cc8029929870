# SPDX-License-Identifier: MIT
"""A program in a pseudo terminal, for tests: what it shows, what is typed,
and how it leaves the terminal. Only the standard library."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time

PATIENCE = 20


class Terminal:
    """Runs a command as the foreground of a terminal of that size."""

    def __init__(self, command, rows=24, columns=80, env=None):
        self.leader, self.side = pty.openpty()
        self.size(rows, columns)
        self.before = termios.tcgetattr(self.side)
        self.seen = ""
        self.status = None
        told, tell = os.pipe()
        self.shell = os.fork()
        if self.shell == 0:
            os.close(told)
            self.lead(command, {**os.environ, **(env or {})}, tell)
        os.close(tell)
        self.pid = int(os.read(told, 32))
        os.close(told)

    def lead(self, command, env, tell):
        """As a shell does: the command gets a process group of its own, in
        the foreground of a session whose leader waits for it."""
        for fd in range(3, 256):  # of the test's own, a socket's other end
            if fd not in (self.side, tell):
                try:
                    os.close(fd)
                except OSError:
                    pass
        os.setsid()
        fcntl.ioctl(self.side, termios.TIOCSCTTY, 0)
        signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        pid = os.fork()
        if pid == 0:
            os.setpgid(0, 0)
            os.tcsetpgrp(self.side, os.getpid())
            signal.signal(signal.SIGTTOU, signal.SIG_DFL)
            signal.signal(signal.SIGHUP, signal.SIG_DFL)
            os.write(tell, str(os.getpid()).encode())
            for fd in range(3):
                os.dup2(self.side, fd)
            os.execvpe(command[0], command, env)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        os._exit(code if code >= 0 else 128 - code)

    def size(self, rows, columns):
        fcntl.ioctl(self.leader, termios.TIOCSWINSZ,
                    struct.pack("HHHH", rows, columns, 0, 0))

    def read(self, seconds):
        """Some more of what it shows; False when nothing came."""
        ready, _, _ = select.select([self.leader], [], [], seconds)
        if not ready:
            return False
        try:
            data = os.read(self.leader, 65536)
        except OSError:
            return False
        self.seen += data.decode("utf-8", "replace")
        return bool(data)

    def wait(self, pattern):
        """Reads until that was shown since the last wait(); what was shown
        up to its end, or None when it does not come."""
        end = time.monotonic() + PATIENCE
        while True:
            found = re.search(pattern, self.seen, re.DOTALL)
            if found:
                text = self.seen[:found.end()]
                self.seen = self.seen[found.end():]
                return text
            if time.monotonic() > end:
                return None
            self.read(0.1)

    def type(self, keys):
        os.write(self.leader, keys.encode())

    def signal(self, signo):
        os.kill(self.pid, signo)

    def stopped(self):
        """Waits until a signal has stopped it."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            with open(f"/proc/{self.pid}/stat", encoding="ascii") as stat:
                if stat.read().rsplit(")", 1)[1].split()[0] == "T":
                    return True
            self.read(0.02)
        return False

    def end(self):
        """Waits for its end: the exit status, 128 more than the signal. All
        that it showed meanwhile is in seen."""
        end = time.monotonic() + PATIENCE
        while self.status is None:
            self.read(0.05)
            pid, status = os.waitpid(self.shell, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
            elif time.monotonic() > end:
                os.kill(self.pid, signal.SIGKILL)
        while self.read(0):
            pass
        return self.status

    def restored(self):
        """Whether the terminal is as it was."""
        return termios.tcgetattr(self.side) == self.before

    def close(self):
        if self.status is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.shell, 0)
        os.close(self.side)
        os.close(self.leader)


def plain(text):
    """Without escape sequences."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)


class Tap:
    """Checks in a row, answered in TAP."""

    def __init__(self):
        self.count = self.failed = 0

    def check(self, text, good, *what):
        self.count += 1
        if not good:
            self.failed += 1
        print(f"{'ok' if good else 'not ok'} {self.count} - {text}")
        for line in [] if good else what:
            print("# " + str(line).replace("\n", "\n# "))
        sys.stdout.flush()

    def end(self):
        print(f"1..{self.count}")
        sys.exit(1 if self.failed else 0)
