# SPDX-License-Identifier: MIT
"""Where the programs are, and what the generator can do."""
import json
import os
import shutil
import subprocess
from functools import lru_cache
from pathlib import Path

SOURCE = Path(os.environ.get("top_srcdir") or
              Path(__file__).resolve().parents[2]).resolve()
BUILD = Path(os.environ.get("top_builddir") or SOURCE).resolve()

SERVER = BUILD / "bench/server"
LOAD = BUILD / "bench/load/load"
FLOOR = BUILD / "bench/floor/floor"
LWS = BUILD / "bench/peers/lws"
TURNS = BUILD / "bench/.libs/turns.so"
PEERS = SOURCE / "bench/peers"
RESULTS = SOURCE / "bench/results"
PAGE = SOURCE / "docs/PERFORMANCE.md"
PLOT = SOURCE / "docs/performance.svg"


def require(*programs):
    """Names what has to be installed or built, and ends."""
    missing = [str(p) for p in programs if shutil.which(str(p)) is None]
    if missing:
        raise SystemExit("bench: missing: " + ", ".join(missing) +
                         " (make; ./quickstart deps bench)")


@lru_cache
def workloads():
    """{name: {title, service, manner, conns, size}}, in the table's order."""
    require(LOAD)
    out = subprocess.run([LOAD, "list"], capture_output=True, check=True)
    return json.loads(out.stdout)


@lru_cache
def our_protocols():
    """What bench/server speaks."""
    require(SERVER)
    out = subprocess.run([SERVER, "protocols"], capture_output=True,
                         check=True, text=True)
    return out.stdout.split()
