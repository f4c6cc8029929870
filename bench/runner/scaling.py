# SPDX-License-Identifier: MIT
"""Whether a message costs more when there is more of something else: the same
workload with and without it, in instructions and system calls, which are
exact, and in CPU time."""
import subprocess
from contextlib import ExitStack, nullcontext

from . import instructions, servers, store, syscalls
from .cpu import SERVER_CPU, measure
from .generator import Idle, Wrong
from .places import workloads

# key: what there is more of; the workload and its options; for the second
# case, arguments of the server and idle connections beside (of a workload,
# how many)
CASES = {
    "connections-http": ("9,900 idle connections beside 100", "H1",
                         {"conns": 100}, [], ("C1h", 9900)),
    "connections-ws": ("9,900 idle WebSockets beside 100", "W1",
                       {"conns": 100}, [], ("C1w", 9900)),
    "routes": ("1,000 routes beside 5", "H1", {}, ["routes=1000"], None),
    "timers": ("10,000 timers that wait", "H1", {}, ["timers=10000"], None),
    "topics": ("10,000 topics, 10 for each who hears", "W3", {},
               ["topics=10"], None),
}


def beside(server, idle):
    """Those connections, for a `with`."""
    if idle is None:
        return nullcontext()
    workload, conns = idle
    return Idle(server, workload, conns=conns)


def exact(workload, options, extra, idle):
    service = workloads()[workload]["service"]
    with instructions.Counted("ours", service, extra=extra) as s:
        with beside(s, idle):
            counted = instructions.per_message(s, workload, **options)
    with servers.Server("ours", service, alone=True, extra=extra) as s:
        with beside(s, idle):
            calls = syscalls.per_message(s, workload, **options)
    return {"instructions": round(counted),
            "syscalls": round(sum(calls.values()), 2)}


def timed(workload, options, cases, rounds, seconds):
    """Interleaved, as in cpu.py; the best of each."""
    service = workloads()[workload]["service"]
    best = [None] * len(cases)
    with ExitStack() as stack:
        running = []
        for extra, idle in cases:
            s = stack.enter_context(servers.Server("ours", service,
                                                   SERVER_CPU, extra=extra))
            stack.enter_context(beside(s, idle))
            running.append(s)
        for _ in range(rounds):
            for i, s in enumerate(running):
                ns = measure(s, workload, seconds, **options)["ns"]
                best[i] = min(ns, best[i] or ns)
    return best


def run(rounds, seconds):
    """Without CPU time when there are no rounds."""
    for key, (title, workload, options, extra, idle) in CASES.items():
        cases = [([], None), (extra, idle)]
        try:
            found = [exact(workload, options, *case) for case in cases]
            if rounds > 0:
                best = timed(workload, options, cases, rounds, seconds)
                for f, ns in zip(found, best):
                    f["ns"] = ns
        except (Wrong, RuntimeError, subprocess.SubprocessError) as e:
            print(f"scaling {key}: {e}", flush=True)
            continue
        store.put("scaling", key, {"title": title, "workload": workload,
                                   "without": found[0], "with": found[1]})
        print(f"scaling {key:16} {workload}: {found[0]} -> {found[1]}",
              flush=True)
