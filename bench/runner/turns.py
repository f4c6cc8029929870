# SPDX-License-Identifier: MIT
"""The longest turn of the event loop, in CPU time, by bench/turns.c: while
10,000 clients come, while they are there and one of them speaks - so that
whatever takes long then is the server's own doing - and when all leave.

One long turn may be the machine's doing: an interrupt is on the account of
whom it interrupts. Of several longest turns the smallest counts, of the
periods in which one speaks the middle one: what the server does once a second
is in all of them."""
import statistics
import struct
import time
from pathlib import Path

from . import places, servers, store
from .generator import Idle, Wrong, load
from .places import workloads

FIELDS = "3Q"  # turns, the longest, the sum of all, ns
TIMES = 3      # that all come and leave
PERIODS = 5    # in which one speaks
PERIOD = 2     # s
QUIET = 0.3    # s without a turn: the leaving is over

CASES = {"C1h": "H1", "C1w": "W1", "C1l": "F1l"}


class Turns:
    def __init__(self, path):
        self.path = Path(path)
        self.zero()

    def zero(self):
        """In place: the server has it mapped."""
        with open(self.path, "r+b" if self.path.exists() else "wb") as f:
            f.write(bytes(struct.calcsize(FIELDS)))

    def take(self):
        """How many there were and the longest, us; begins anew."""
        n, longest, _ = struct.unpack(FIELDS, self.path.read_bytes())
        self.zero()
        return n, longest / 1e3


def once(server, turns, idle, talk):
    """(coming, there, leaving), us each."""
    with server.all_left():
        turns.take()
        with Idle(server, idle):
            _, coming = turns.take()
            there = []
            for _ in range(PERIODS):
                load(server, talk, conns=1, seconds=PERIOD)
                there.append(turns.take()[1])
    time.sleep(QUIET)
    return coming, statistics.median(there), turns.take()[1]


def observe(name, idle, talk):
    service = workloads()[idle]["service"]
    path = places.BUILD / f"bench/turns-{name}.bin"
    turns = Turns(path)
    env = {"LD_PRELOAD": str(places.TURNS), "BENCH_TURNS": str(path)}
    try:
        with servers.Server(name, service, alone=True, env=env) as server:
            load(server, talk, conns=1, messages=1)
            if turns.take()[0] == 0:
                return None  # it has no epoll_wait()
            each = [once(server, turns, idle, talk) for _ in range(TIMES)]
    finally:
        path.unlink()
    coming, there, leaving = (round(min(v), 1) for v in zip(*each))
    return {"coming_us": coming, "there_us": there, "leaving_us": leaving}


def run(selected, names):
    places.require(places.TURNS)
    for idle, talk in CASES.items():
        if idle not in selected:
            continue
        found = {}
        for name in names:
            if not servers.serves(name, idle):
                continue
            try:
                seen = observe(name, idle, talk)
            except (Wrong, RuntimeError) as e:
                print(f"turns {idle} {name}: {e}", flush=True)
                continue
            if seen is not None:
                found[name] = seen
                print(f"turns {idle} {name:6} {seen}", flush=True)
        store.add("turns", idle, "observed", found,
                  conns=workloads()[idle]["conns"])
