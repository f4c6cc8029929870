# SPDX-License-Identifier: MIT
"""What /proc says about processes and the machine."""
import os
from pathlib import Path


def _stat(pid):
    """The fields of /proc/PID/stat behind the name: state, parent, ..."""
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()


def alive(pid):
    try:
        return _stat(pid)[0] not in "ZX"
    except OSError:
        return False


def family(pid):
    """The process and all that descend from it."""
    children = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                parent = int(_stat(entry)[1])
            except OSError:
                continue
            children.setdefault(parent, []).append(int(entry))
    found, todo = [], [pid]
    while todo:
        found.append(todo.pop())
        todo += children.get(found[-1], [])
    return found


def tracer(pid):
    """Who traces it; 0 if nobody does."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("TracerPid:"):
            return int(line.split()[1])
    return 0


def sockets(pid):
    """How many it has open."""
    n = 0
    try:
        for fd in os.scandir(f"/proc/{pid}/fd"):
            try:
                n += os.readlink(fd.path).startswith("socket:")
            except OSError:
                pass  # closed meanwhile
    except OSError:
        pass  # the process is gone
    return n


def private_bytes(pids):
    """Memory that is theirs alone and was written to (Private_Dirty)."""
    total = 0
    for pid in pids:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Private_Dirty:"):
                total += int(line.split()[1]) * 1024
    return total


def busy_seconds():
    """CPU time that all programs of the machine used since it started."""
    fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    user, nice, system, _, _, irq, softirq, steal = map(int, fields[:8])
    ticks = user + nice + system + irq + softirq + steal
    return ticks / os.sysconf("SC_CLK_TCK")
