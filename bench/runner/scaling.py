# SPDX-License-Identifier: MIT
"""Whether a message costs more when there is more of something else: the same
workload with and without it, in instructions and system calls, which are
exact, and in CPU time."""
import subprocess

from . import instructions, servers, store, syscalls
from .cpu import SERVER_CPU, measure
from .generator import Wrong
from .places import workloads

# key: what there is more of, the workload, its options in both cases,
# arguments of the server for the second
CASES = {
    "connections-http": ("9,900 idle connections beside 100", "H1",
                         {"conns": 100}, {"conns": 100, "idle": 9900}, []),
    "connections-ws": ("9,900 idle WebSockets beside 100", "W1",
                       {"conns": 100}, {"conns": 100, "idle": 9900}, []),
    "routes": ("1,000 routes beside 5", "H1", {}, {}, ["routes=1000"]),
    "timers": ("10,000 timers that wait", "H1", {}, {}, ["timers=10000"]),
    "topics": ("10,000 topics, 10 for each who hears", "W3", {}, {},
               ["topics=10"]),
}


def exact(workload, options, extra):
    service = workloads()[workload]["service"]
    with instructions.Counted("ours", service, extra=extra) as s:
        counted = instructions.per_message(s, workload, **options)
    with servers.Server("ours", service, alone=True, extra=extra) as s:
        calls = syscalls.per_message(s, workload, **options)
    return {"instructions": round(counted),
            "syscalls": round(sum(calls.values()), 2)}


def timed(workload, cases, rounds, seconds):
    """Interleaved, as in cpu.py; the best of each."""
    service = workloads()[workload]["service"]
    running = []
    best = [None] * len(cases)
    try:
        for _, extra in cases:
            running.append(servers.Server("ours", service, SERVER_CPU,
                                          extra=extra))
        for _ in range(rounds):
            for i, (options, _) in enumerate(cases):
                ns = measure(running[i], workload, seconds, **options)["ns"]
                best[i] = min(ns, best[i] or ns)
    finally:
        for server in running:
            server.stop()
    return best


def run(rounds, seconds, results, cpu=True):
    for key, (title, workload, few, many, extra) in CASES.items():
        cases = [(few, []), (many, extra)]
        try:
            found = [exact(workload, *case) for case in cases]
            if cpu:
                for f, ns in zip(found, timed(workload, cases, rounds,
                                              seconds)):
                    f["ns"] = ns
        except (Wrong, RuntimeError, subprocess.SubprocessError) as e:
            print(f"scaling {key}: {e}", flush=True)
            continue
        store.put("scaling", key, {"title": title, "workload": workload,
                                   "without": found[0], "with": found[1]},
                  results)
        print(f"scaling {key:16} {workload}: {found[0]} -> {found[1]}",
              flush=True)
