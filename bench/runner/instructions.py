# SPDX-License-Identifier: MIT
"""Instructions in user space per message, counted by valgrind: what N
messages took from what 3 N took, over as many connections, leaves what 2 N
messages took and nothing else."""
import os
import re
import subprocess
from pathlib import Path

from . import places, servers, store
from .generator import Wrong, load, messages
from .places import workloads


# A copy by `rep movsb` would count as one instruction per byte.
COPIES = ("glibc.cpu.x86_rep_movsb_threshold=1000000000:"
          "glibc.cpu.x86_rep_stosb_threshold=1000000000")


class Counted(servers.Server):
    """A server whose instructions are counted."""

    def __init__(self, name, service, extra=()):
        places.require("valgrind", "vgdb")
        super().__init__(
            name, service, alone=True, extra=extra,
            env={"GLIBC_TUNABLES": COPIES},
            prefix=["valgrind", "--tool=callgrind", "--vgdb=yes",
                    "--callgrind-out-file=callgrind.%p"])

    def _before_exec(self):
        super()._before_exec()
        os.chdir(self.run)

    def count(self):
        """Instructions since the last call."""
        pid = self.process.pid
        before = set(Path(self.run).glob("callgrind.*"))
        # Where they talk with each other follows TMPDIR.
        subprocess.run(["vgdb", f"--pid={pid}", "dump"], check=True,
                       capture_output=True, timeout=60,
                       env={**os.environ, "TMPDIR": self.run})
        new = set(Path(self.run).glob("callgrind.*")) - before
        total = 0
        for path in new:
            for found in re.findall(r"^(?:totals|summary): (\d+)",
                                    path.read_text(), re.M):
                total += int(found)
                break
        if not new:
            raise RuntimeError(f"{self.name}: valgrind wrote nothing")
        return total


def per_message(server, workload, base=2000, **options):
    n = messages(workload, base)
    counted, done = [], []
    for times in (1, 1, 3):  # the first one only warms up
        with server.all_left():
            done.append(load(server, workload, messages=times * n, **options))
        counted.append(server.count())
    return ((counted[2] - counted[1]) /
            (done[2]["messages"] - done[1]["messages"]))


def run(selected, names):
    for workload in selected:
        facts = workloads()[workload]
        if facts["manner"] == "idle":
            continue
        found = {}
        for name in names:
            if not servers.serves(name, workload):
                continue
            try:
                with Counted(name, facts["service"]) as server:
                    found[name] = round(per_message(server, workload))
            except (Wrong, RuntimeError, subprocess.SubprocessError) as e:
                print(f"instructions {workload} {name}: {e}", flush=True)
                continue
            print(f"instructions {workload:4} {name:6} {found[name]:9}",
                  flush=True)
        store.add("instructions", workload, "per_message", found)
