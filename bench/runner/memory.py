# SPDX-License-Identifier: MIT
"""Bytes per idle connection: private memory with all of them open less that
with none, when a hundred have come and gone."""
from . import processes, servers, store
from .generator import Idle, Wrong
from .places import workloads

FEW = 100


def per_connection(server, workload):
    with server.all_left(), Idle(server, workload, conns=FEW):
        pass
    before = processes.private_bytes(server.pids())
    with Idle(server, workload) as idle:
        after = processes.private_bytes(server.pids())
        return round((after - before) / idle.ready), before


def run(selected, names):
    for workload in selected:
        facts = workloads()[workload]
        if facts["manner"] != "idle":
            continue
        found = {}
        for name in names:
            if not servers.serves(name, workload):
                continue
            try:
                with servers.Server(name, facts["service"]) as server:
                    each, base = per_connection(server, workload)
            except (Wrong, RuntimeError) as e:
                print(f"memory {workload} {name}: {e}", flush=True)
                continue
            found[name] = {"bytes": each, "base": base}
            print(f"memory {workload:4} {name:6} {each:6} B, "
                  f"{base / 1e6:.1f} MB before", flush=True)
        store.add("memory", workload, "per_connection", found,
                  conns=facts["conns"])
