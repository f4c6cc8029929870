# SPDX-License-Identifier: MIT
"""Server CPU time per message, in rounds: A B C, A B C, ... The servers run
all the while, pinned to one CPU; the one that is asked is the only one that
does anything. The generator has another CPU."""
import os
import statistics
import time

from . import processes, servers, store
from .generator import Wrong, load
from .places import workloads

SERVER_CPU, LOAD_CPU = {0}, {1}
WARMUP = 0.4
NOISE = 0.3    # CPUs that others may use in a round
ATTEMPTS = 3   # for a round without more


def lower_quartile(slices):
    """ns per message; slices are [messages, ns]. Disturbance only adds."""
    each = sorted(ns / n for n, ns in slices if n > 0)
    return each[(len(each) - 1) // 4] if each else None


def measure_once(server, workload, seconds, **options):
    pids = server.pids()
    busy, begun = processes.busy_seconds(), time.monotonic()
    r = load(server, workload, cpus=LOAD_CPU, seconds=seconds, warmup=WARMUP,
             pids=",".join(map(str, pids)), **options)
    wall = time.monotonic() - begun
    # Warm-up included on the left, so scaled by it on the right.
    mine = (r["cpu_ns"] + r["own_cpu_ns"]) / 1e9
    mine *= (seconds + WARMUP) / seconds
    others = max(0.0, processes.busy_seconds() - busy - mine) / wall
    ns = lower_quartile(r["slices"]) or r["cpu_ns"] / max(1, r["messages"])
    return {"ns": round(ns, 1),
            "mean_ns": round(r["cpu_ns"] / max(1, r["messages"]), 1),
            "per_s": round(r["messages"] / (r["ns"] / 1e9)),
            "p50_us": r["p50_us"], "p99_us": r["p99_us"],
            "others": round(others, 2)}


def measure(server, workload, seconds, **options):
    """Again when the machine was not ours; the quietest one counts."""
    best = None
    for _ in range(ATTEMPTS):
        r = measure_once(server, workload, seconds, **options)
        if best is None or r["others"] < best["others"]:
            best = r
        if best["others"] <= NOISE:
            break
    return best


def rounds_of(workload, names, rounds, seconds):
    running, found = {}, {}
    service = workloads()[workload]["service"]
    try:
        for name in names:
            if servers.serves(name, workload):
                running[name] = servers.Server(name, service, SERVER_CPU)
                found[name] = []
        for _ in range(rounds):
            for name in list(found):
                try:
                    r = measure(running[name], workload, seconds)
                    found[name].append(r)
                except Wrong as e:
                    print(f"cpu {e}", flush=True)
                    del found[name]
    finally:
        for server in running.values():
            server.stop()
    return found


def run(selected, names, rounds, seconds):
    if os.cpu_count() < 2:
        raise SystemExit("bench: CPU time is measured with two CPUs or more")
    for workload in selected:
        if workloads()[workload]["manner"] == "idle":
            continue
        try:
            found = rounds_of(workload, names, rounds, seconds)
        except RuntimeError as e:
            print(f"cpu {workload}: {e}", flush=True)
            continue
        store.put("cpu", workload, {"rounds": found, "seconds": seconds})
        for name, each in found.items():
            ns = [r["ns"] for r in each]
            print(f"cpu {workload:4} {name:6} best {min(ns) / 1e3:9.2f} us, "
                  f"median {statistics.median(ns) / 1e3:9.2f} us, others "
                  f"{max(r['others'] for r in each):.1f}", flush=True)
