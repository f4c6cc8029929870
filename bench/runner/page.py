# SPDX-License-Identifier: MIT
"""The tables of docs/PERFORMANCE.md, between markers, and the plot, from
bench/results alone: nobody types a figure."""
import re
import statistics
from pathlib import Path

from . import places, plot, servers, store

NAMES = list(servers.ALL)
NONE = "–"


def table(head, rows):
    """Markdown: the first column is text, the others are numbers."""
    lines = ["| " + " | ".join(head) + " |",
             "|---|" + "---:|" * (len(head) - 1)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines)


def present(entries, inner):
    """The servers that have any figure, in their order."""
    return [n for n in NAMES if any(n in e[inner] for e in entries.values())]


def titled(name):
    return f"**{name}** {places.workloads()[name]['title']}"


def ordered(entries):
    return [w for w in places.workloads() if w in entries]


def dates(entries):
    """'Of 2026-01-02.'"""
    days = sorted({e["date"] for e in entries.values()})
    if not days:
        return "Not measured yet."
    if len(days) == 1:
        return f"Of {days[0]}."
    return f"Of {days[0]} to {days[-1]}."


def best(rounds):
    return min(r["ns"] for r in rounds)


def ratio(entry, name):
    """To the floor's best round; and the median of the rounds' own."""
    floor, mine = entry["rounds"]["floor"], entry["rounds"][name]
    each = [m["ns"] / f["ns"] for m, f in zip(mine, floor)]
    return best(mine) / best(floor), statistics.median(each)


def micro(ns):
    us = ns / 1000
    return f"{us:.2f}" if us < 100 else f"{us:,.0f}"


def cpu_cell(entry, name):
    rounds = entry["rounds"].get(name)
    if not rounds:
        return NONE
    if name == "floor" or "floor" not in entry["rounds"]:
        return micro(best(rounds))
    first, median = ratio(entry, name)
    return f"{micro(best(rounds))} ({first:.2f}; {median:.2f})"


def cpu():
    entries = store.read("cpu")
    if not entries:
        return "Not measured yet: `make bench PARTS=cpu`."
    names = present(entries, "rounds")
    rows = [[titled(w), *(cpu_cell(entries[w], n) for n in names)]
            for w in ordered(entries)]
    count = sorted({len(e["rounds"][n]) for e in entries.values()
                    for n in e["rounds"]})
    others = max(r["others"] for e in entries.values()
                 for each in e["rounds"].values() for r in each)
    span = f"{count[0]}" if count[0] == count[-1] else \
        f"{count[0]} to {count[-1]}"
    return (table(["", *map(servers.label, names)], rows) +
            f"\n\n{dates(entries)} {span} rounds. In the busiest of them other "
            f"programs used {others:.1f} CPUs.")


def counted(part, per, unit):
    entries = store.read(part)
    if not entries:
        return f"Not measured yet: `make bench PARTS={part}`."
    names = present(entries, per)
    rows = [[titled(w), *(unit(entries[w][per].get(n)) for n in names)]
            for w in ordered(entries)]
    return table(["", *map(servers.label, names)], rows) + \
        f"\n\n{dates(entries)}"


def instructions():
    return counted("instructions", "per_message",
                   lambda v: NONE if v is None else f"{v:,}")


def calls(each):
    """'recv 1, send 1': what makes up at least a hundredth."""
    if each is None:
        return NONE
    short = {"recvfrom": "recv", "sendto": "send"}
    parts = [f"{short.get(name, name)} {v:g}"
             for name, v in sorted(each.items(), key=lambda kv: -kv[1])
             if v >= 0.05]
    return f"{sum(each.values()):.2f}: " + ", ".join(parts[:6])


def syscalls():
    return counted("syscalls", "per_message", calls)


def memory():
    return counted("memory", "per_connection",
                   lambda v: NONE if v is None else f"{v['bytes']:,}")


def scaling():
    entries = store.read("scaling")
    if not entries:
        return "Not measured yet: `make bench PARTS=scaling`."
    rows = []
    for e in entries.values():
        row = [f"{e['title']} ({e['workload']})"]
        for key, show in (("instructions", "{:,}"), ("syscalls", "{:.2f}")):
            row += [show.format(e[case][key]) for case in ("without", "with")]
        row += [micro(e[case]["ns"]) if "ns" in e[case] else NONE
                for case in ("without", "with")]
        rows.append(row)
    return table(["more of", "instructions", "then", "system calls", "then",
                  "CPU µs", "then"], rows) + f"\n\n{dates(entries)}"


def turns():
    entries = store.read("turns")
    if not entries:
        return "Not measured yet: `make bench PARTS=turns`."
    rows = [[f"{e['conns']:,} × {titled(w)}: {servers.label(n)}",
             *(f"{e['observed'][n][when]:,.0f}"
               for when in ("coming_us", "there_us", "leaving_us"))]
            for w, e in ((w, entries[w]) for w in ordered(entries))
            for n in NAMES if n in e["observed"]]
    return table(["longest turn, µs", "they come", "one speaks",
                  "they leave"], rows) + f"\n\n{dates(entries)}"


def machine():
    m = store.read("machine")
    if not m:
        return "Not measured yet."
    versions = ", ".join(f"{k} {v}" for k, v in sorted(m["versions"].items()))
    return (f"{m['cpus']} × {m['cpu']}, {m['memory_gb']} GB, {m['system']}, "
            f"Linux {m['kernel']}; built with `{m['compiler']}`. Versions: "
            f"{versions}.")


SECTIONS = {"machine": machine, "cpu": cpu, "instructions": instructions,
            "syscalls": syscalls, "memory": memory, "scaling": scaling,
            "turns": turns}


def ratios(part, of):
    """[(title, {server: ratio to the floor})] of a part's entries."""
    entries = store.read(part)
    rows = []
    for w in ordered(entries):
        each = of(entries[w])
        floor = each.pop("floor", 0)
        if floor > 0 and each:
            rows.append((f"{places.workloads()[w]['title']}  {w}",
                         {n: v / floor for n, v in each.items()}))
    return rows


def picture():
    return plot.draw(
        [("CPU time per message ÷ the floor's", (0.5, 1, 1.5, 2, 3, 4, 6),
          ratios("cpu", lambda e: {n: best(r)
                                   for n, r in e["rounds"].items()})),
         ("Instructions per message ÷ the floor's",
          (0.5, 1, 2, 4, 8, 16, 32, 64),
          ratios("instructions", lambda e: dict(e["per_message"])))],
        {n: servers.label(n) for n in NAMES})


def write(path=None, plot_path=None):
    """In place of docs/PERFORMANCE.md and its plot: into those."""
    path = Path(path or places.PAGE)
    text = path.read_text()
    for name, section in SECTIONS.items():
        marker = re.compile(rf"(<!-- {name}: .*?-->\n).*?(<!-- end -->)",
                            re.S)
        if not marker.search(text):
            raise SystemExit(f"bench: no place for {name} in {path}")
        body = section()
        text = marker.sub(lambda m: f"{m[1]}{body}\n{m[2]}", text)
    path.write_text(text)
    Path(plot_path or places.PLOT).write_text(picture())
