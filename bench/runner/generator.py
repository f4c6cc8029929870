# SPDX-License-Identifier: MIT
"""Runs bench/load/load."""
import json
import os
import subprocess

from . import places

PATIENCE = 300  # s


class Wrong(Exception):
    """A byte was wrong, or nothing came."""


def _argv(server, workload, options):
    return [str(places.LOAD), workload, f"port={server.port}",
            *(f"{name}={value}" for name, value in options.items())]


def _pinned(cpus):
    return (lambda: os.sched_setaffinity(0, cpus)) if cpus else None


def load(server, workload, cpus=None, **options):
    """One run; what it printed. The options are those of load.c."""
    done = subprocess.run(_argv(server, workload, options), timeout=PATIENCE,
                          preexec_fn=_pinned(cpus), capture_output=True,
                          text=True, errors="replace")
    if done.returncode != 0:
        raise Wrong(f"{server.name} {workload}: {done.stderr.strip()[:300]}")
    return json.loads(done.stdout)


class Idle:
    """Connections that are open as long as the `with` lasts."""

    def __init__(self, server, workload, **options):
        self.process = subprocess.Popen(
            _argv(server, workload, options), stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line:
            raise Wrong(f"{server.name} {workload}: "
                        f"{self.process.communicate()[1].strip()[:300]}")
        self.ready = json.loads(line)["ready"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.communicate()


def messages(workload, base=1000):
    """A number that takes about as long for each workload."""
    facts = places.workloads()[workload]
    if facts["manner"] == "room":
        return max(1, base // 50)
    if facts["manner"] == "churn":
        return base // 4 if facts["service"] == "http" else base // 20
    return max(base * 1024 // max(1024, facts["size"]), base // 20)
