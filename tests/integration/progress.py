# SPDX-License-Identifier: MIT
"""Progress on a terminal: one line that is taken away. progress.sh runs it."""

import json
import os
import socket
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ["top_srcdir"], "tests/support"))
from terminal import Tap, Terminal  # noqa: E402

program, *where = sys.argv[1:]
tap = Tap()


def run(*words):
    return subprocess.run([program, *words, *where], check=False,
                          capture_output=True, text=True).stdout


# ---- stop ----

run("start", "-d", "-q")
listeners = json.loads(run("status", "--json"))["listeners"]
port = int(listeners[0]["url"].rsplit(":", 1)[1])
client = socket.create_connection(("127.0.0.1", port))
client.sendall(b"hello\n")
client.recv(100)
t = Terminal([program, "stop", "-g", *where])
line = r"\r\x1b\[Kdraining 1 connections left, in \d+ workers"
tap.check("stop rewrites one line", t.wait(line) and t.wait(line))
client.close()
tap.check("it ends when the client has gone", t.end() == 0, t.status)
tap.check("the line is taken away before the result",
          t.seen.endswith("\r\x1b[Ktroubled: stopped\r\n"), repr(t.seen))
t.close()

run("start", "-d", "-q")
client = socket.create_connection(
    ("127.0.0.1", int(json.loads(run("status", "--json"))
                      ["listeners"][0]["url"].rsplit(":", 1)[1])))
client.sendall(b"hello\n")
client.recv(100)
t = Terminal([program, "stop", "-g", *where], env={"TERM": "dumb"})
tap.check("a dumb terminal gets plain lines",
          t.wait(r"draining 1 connections left, in \d+ workers\r\n"))
client.close()
tap.check("and no escape sequence", t.end() == 0 and "\x1b" not in t.seen)
t.close()

# ---- start ----

for words in (["-d"], []):
    t = Terminal([program, "start", *words, "--trouble", "start-hangs",
                  *where])
    tap.check(f"start {' '.join(words)} tells how many are ready",
              t.wait(r"\r\x1b\[Kworkers ready 1/3"), repr(t.seen))
    run("stop")
    tap.check("it ends with 3", t.end() == 3, t.status)
    tap.check("the line is taken away before the error",
              "\r\x1b[Ktroubled: cannot start: stopped" in t.seen,
              repr(t.seen))
    t.close()

tap.end()
