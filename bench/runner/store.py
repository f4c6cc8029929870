# SPDX-License-Identifier: MIT
"""The results: bench/results/PART.json, workload by workload, each with the
day and the machine that it is of. A run of some workloads replaces those."""
import json
import os
import platform
import subprocess
import time
from functools import lru_cache
from pathlib import Path

from . import places

PARTS = ("cpu", "instructions", "syscalls", "memory", "scaling", "turns")


def _first(path, key):
    """The value of a line `KEY: VALUE` or KEY=VALUE."""
    for line in Path(path).read_text().splitlines():
        if line.startswith(key):
            return line[len(key):].strip(" \t:")
    return "unknown"


def _says(*argv):
    try:
        out = subprocess.run(argv, capture_output=True, text=True)
    except OSError:
        return None
    return (out.stdout + out.stderr).strip()


def _packages():
    names = {"libevent-core-2.1-7": "libevent", "libssl3": "OpenSSL",
             "nginx": "nginx", "h2o": "h2o", "libwebsockets17":
             "libwebsockets", "node-llhttp": "llhttp", "libwslay1": "wslay",
             "valgrind": "valgrind"}
    found = {}
    for package, name in names.items():
        version = _says("dpkg-query", "-W", "-f=${Version}", package)
        if version and "no packages" not in version:
            found[name] = version
    return found


@lru_cache
def machine():
    return {
        "cpu": _first("/proc/cpuinfo", "model name"),
        "cpus": os.cpu_count(),
        "memory_gb": round(int(_first("/proc/meminfo", "MemTotal").split()[0])
                           / 1e6),
        "system": _first("/etc/os-release", "PRETTY_NAME=").strip('"'),
        "kernel": platform.release().split("-")[0],
        "compiler": os.environ.get("BENCH_CC", "unknown").removeprefix(
            "ccache "),
        "versions": _packages(),
    }


def read(part):
    path = places.RESULTS / f"{part}.json"
    return json.loads(path.read_text()) if path.exists() else {}


def put(part, key, value):
    """Replaces one entry."""
    write(part, {**read(part),
                 key: {"date": time.strftime("%Y-%m-%d"), **value}})


def add(part, key, name, found, **more):
    """Replaces in one entry the figures of those servers, by `name`. For what
    is exact: it need not be measured in one run to be compared."""
    before = read(part).get(key, {}).get(name, {})
    put(part, key, {name: {**before, **found}, **more})


def put_machine():
    write("machine", machine())


def write(part, value):
    """Whole, or not at all."""
    places.RESULTS.mkdir(exist_ok=True)
    path = places.RESULTS / f"{part}.json"
    new = path.with_suffix(".new")
    new.write_text(json.dumps(value, indent=1, sort_keys=True) + "\n")
    new.rename(path)
