# SPDX-License-Identifier: MIT
"""System calls per message, by name, counted by strace: the difference of two
runs, as with the instructions."""
import signal
import subprocess
import time
from pathlib import Path

from . import places, processes, servers, store
from .generator import Wrong, load, messages
from .places import workloads

PATIENCE = 20  # s


def _parse(text):
    """{name: calls} of the table that strace -c prints."""
    counts = {}
    for line in text.splitlines():
        fields = line.split()
        if len(fields) >= 5 and fields[3].isdigit() and fields[-1] != "total":
            counts[fields[-1]] = int(fields[3])
    return counts


class Strace:
    """Attached as long as the `with` lasts; then `counts`."""

    def __init__(self, server):
        self.path = Path(server.run, "strace")
        pids = server.pids()
        who = [a for pid in pids for a in ("-p", str(pid))]
        self.process = subprocess.Popen(
            ["strace", "-f", "-c", "-U", "time,total-time,avg-time,calls,name",
             "-o", str(self.path), *who], stderr=subprocess.DEVNULL)
        end = time.monotonic() + PATIENCE
        while not all(processes.tracer(pid) for pid in pids):
            if time.monotonic() > end or self.process.poll() is not None:
                raise RuntimeError("strace cannot attach")
            time.sleep(0.01)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGINT)
        self.process.wait(PATIENCE)
        self.counts = _parse(self.path.read_text())


def per_message(server, workload, base=1000, **options):
    """{name: calls per message}, without what is rarer than 1 in 200."""
    n = messages(workload, base)
    runs = []
    for times in (1, 3):
        with Strace(server) as trace, server.all_left():
            done = load(server, workload, messages=times * n, **options)
        runs.append((trace.counts, done["messages"]))
    (less, few), (more, many) = runs
    each = {name: (more.get(name, 0) - less.get(name, 0)) / (many - few)
            for name in more}
    return {name: round(v, 2) for name, v in sorted(each.items())
            if v >= 0.005}


def run(selected, names):
    places.require("strace")
    for workload in selected:
        facts = workloads()[workload]
        if facts["manner"] == "idle":
            continue
        found = {}
        for name in names:
            if not servers.serves(name, workload):
                continue
            try:
                with servers.Server(name, facts["service"], alone=True) as s:
                    found[name] = per_message(s, workload)
            except (Wrong, RuntimeError) as e:
                print(f"syscalls {workload} {name}: {e}", flush=True)
                continue
            text = ", ".join(f"{k} {v}" for k, v in found[name].items())
            print(f"syscalls {workload:4} {name:6} {text}", flush=True)
        store.add("syscalls", workload, "per_message", found)
