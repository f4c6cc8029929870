# SPDX-License-Identifier: MIT
"""A test, in TAP: each workload, some hundred messages against bench/server
and both floors; a generator that is lied to; a page that says what was
measured. No times."""
import shutil
import socket
import subprocess
import tempfile
import threading
from pathlib import Path

from . import page, places, servers
from .generator import Idle, Wrong, load, messages

MESSAGES = 200
ROOM = 40   # who hear a broadcast
IDLE = 100


class Tap:
    def __init__(self):
        self.n = self.failed = 0

    def result(self, good, text, why=""):
        self.n += 1
        self.failed += not good
        print(f"{'ok' if good else 'not ok'} {self.n} - {text}", flush=True)
        for line in str(why).splitlines() if not good else []:
            print(f"# {line}", flush=True)


def ask(server, workload, facts):
    """Whether all was answered, to the byte."""
    if facts["manner"] == "idle":
        with Idle(server, workload, conns=IDLE) as idle:
            return idle.ready == IDLE
    n = messages(workload, MESSAGES)
    room = facts["manner"] == "room"
    conns = ROOM if room else min(facts["conns"], 20)
    done = load(server, workload, messages=n, conns=conns)
    return done["messages"] == n * (conns if room else 1)


def all_workloads(tap, name):
    """Of a service, one server after the other."""
    table = places.workloads()
    for service in sorted({facts["service"] for facts in table.values()}):
        mine = [w for w in table if table[w]["service"] == service
                and servers.serves(name, w)]
        if not mine:
            continue
        try:
            with servers.Server(name, service) as server:
                for w in mine:
                    answered(tap, server, w, table[w])
        except RuntimeError as e:
            tap.result(False, f"{name} serves {service}", e)


def answered(tap, server, workload, facts):
    try:
        good, why = ask(server, workload, facts), "not all was answered"
    except (Wrong, subprocess.TimeoutExpired) as e:
        good, why = False, e
    tap.result(good, f"{workload}: {server.name} answers, {facts['title']}",
               why)


class Liar:
    """Listens for one connection and answers each read with `lie` of it."""

    name = "liar"

    def __init__(self, lie):
        self.lie = lie
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        conn, _ = self.listener.accept()
        while data := conn.recv(65536):
            try:
                conn.sendall(self.lie(data))
            except OSError:
                return

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()


def changed(data, at):
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]


def http(body, status="200 OK", length=None):
    return (f"HTTP/1.1 {status}\r\nContent-Length: "
            f"{len(body) if length is None else length}\r\n\r\n{body}"
            .encode())


LIES = [
    ("F1l", "the last byte of a line is another", lambda d: changed(d, 63)),
    ("F1l", "the number of a message is another", lambda d: changed(d, 15)),
    ("F1l", "an answer comes twice", lambda d: d + d),
    ("F1f", "the length of a frame is another", lambda d: changed(d, 3)),
    ("H1", "a body has another byte", lambda d: http("Hello, world!")),
    ("H1", "a body is too short", lambda d: http("Hello, World!", length=12)),
    ("H1", "the status is not 200", lambda d: http("Hello, World!", "404 No")),
    ("W1", "there is no handshake", lambda d: http("Hello, World!")),
]


def lies(tap):
    for workload, text, lie in LIES:
        with Liar(lie) as liar:
            try:
                load(liar, workload, messages=3, conns=1)
                good = False
            except Wrong:
                good = True
        tap.result(good, f"{workload}: it is noticed when {text}")


def page_is_current(tap):
    if not places.PAGE.exists():
        return
    work = Path(tempfile.mkdtemp(prefix="wm-bench-page-"))
    try:
        copy, plot = work / "page.md", work / "plot.svg"
        shutil.copy(places.PAGE, copy)
        page.write(copy, plot)
        tap.result(copy.read_text() == places.PAGE.read_text(),
                   "the page says what bench/results has",
                   "bench/run page writes it")
        tap.result(plot.read_text() == places.PLOT.read_text(),
                   "the plot shows what bench/results has",
                   "bench/run page draws it")
    finally:
        shutil.rmtree(work)


def run():
    tap = Tap()
    for name in ("ours", "floor", "event"):
        all_workloads(tap, name)
    lies(tap)
    page_is_current(tap)
    print(f"1..{tap.n}")
    return tap.failed == 0
