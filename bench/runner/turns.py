# SPDX-License-Identifier: MIT
"""The longest turn of the event loop, in CPU time, by bench/turns.c: while
10,000 clients come, while they are there and one of them speaks - so that
whatever takes long then is the server's own doing - and when all leave."""
import struct
import time
from pathlib import Path

from . import places, servers, store
from .generator import Idle, Wrong, load
from .places import workloads

FIELDS = "4Q"  # turns, the longest, the sum of all, those over 1 ms
SPEAKING = 10  # s
QUIET = 0.3    # s without a turn: the leaving is over
PATIENCE = 20

CASES = {"C1h": "H1", "C1w": "W1", "C1l": "F1l"}


class Turns:
    def __init__(self, path):
        self.path = Path(path)
        self.zero()

    def zero(self):
        """In place: the server has it mapped."""
        with open(self.path, "r+b" if self.path.exists() else "wb") as f:
            f.write(bytes(struct.calcsize(FIELDS)))

    def read(self):
        return struct.unpack(FIELDS, self.path.read_bytes())

    def take(self):
        """What was counted; begins anew."""
        n, longest, total, long_ones = self.read()
        self.zero()
        return {"turns": n, "longest_us": round(longest / 1e3, 1),
                "mean_us": round(total / max(1, n) / 1e3, 2),
                "over_1_ms": long_ones}


def wait_until_quiet(turns):
    end = time.monotonic() + PATIENCE
    last = None
    while last != turns.read()[0] and time.monotonic() < end:
        last = turns.read()[0]
        time.sleep(QUIET)


def observe(name, idle, talk):
    service = workloads()[idle]["service"]
    path = places.BUILD / f"bench/turns-{name}.bin"
    turns = Turns(path)
    env = {"LD_PRELOAD": str(places.TURNS), "BENCH_TURNS": str(path)}
    try:
        with servers.Server(name, service, alone=True, env=env) as server:
            turns.take()
            with Idle(server, idle) as there:
                found = {"conns": there.ready, "coming": turns.take()}
                load(server, talk, conns=1, seconds=SPEAKING)
                found["there"] = turns.take()
            wait_until_quiet(turns)
            found["leaving"] = turns.take()
            return found
    finally:
        path.unlink()


def run(selected, names, results):
    places.require(places.TURNS)
    for idle, talk in CASES.items():
        if idle not in selected:
            continue
        found = {}
        for name in names:
            if servers.serves(name, idle) and name != "h2o":
                try:
                    found[name] = observe(name, idle, talk)
                except (Wrong, RuntimeError) as e:
                    print(f"turns {idle} {name}: {e}", flush=True)
                    continue
                print(f"turns {idle} {name:6} " + ", ".join(
                    f"{when} {found[name][when]['longest_us']} us"
                    for when in ("coming", "there", "leaving")), flush=True)
        store.put("turns", idle, {"observed": found}, results)
