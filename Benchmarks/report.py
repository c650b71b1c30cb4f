# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the Beranda authors
#
# Turns samples into a table for the terminal, rows of a CSV file, and Markdown for the README.
import csv
import statistics

BEGIN, END = "<!-- bench:begin -->", "<!-- bench:end -->"


class Samples:
    """All values of a run: (row, server) → one value per round, or why there is none."""

    def __init__(self):
        self.values = {}
        self.problems = {}      # (server, reason) → rows
        self.bytes = {}         # row → [(server, bytes of content, coding)]

    def add(self, row, server, value):
        self.values.setdefault((row, server), []).append(value)

    def fail(self, row, server, reason):
        rows = self.problems.setdefault((server, str(reason)), [])
        if row not in rows:
            rows.append(row)

    def sent(self, row, server, count, coding):
        self.bytes.setdefault(row, []).append((server, count, coding))

    def median(self, row, server):
        values = [v for v in self.values.get((row, server), []) if v is not None]
        return statistics.median(values) if values else None

    def spread(self, row, server):
        values = [v for v in self.values.get((row, server), []) if v is not None]
        return (min(values), max(values)) if values else None

    def ratio(self, row, server, base):
        """The median of the ratios of each round: what disturbs a round disturbs both."""
        pairs = zip(self.values.get((row, server), []), self.values.get((row, base), []))
        ratios = [a / b for a, b in pairs if a is not None and b]
        return statistics.median(ratios) if ratios else None


def number(value):
    if value is None:
        return "–"
    if abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def verdict(value, budget):
    return "–" if value is None or budget is None else ("pass" if value <= budget else "MISS")


def rows(samples, works, sizes, servers):
    """(title, one cell per server, ours against the budget, budget, verdict) of each row."""
    for work in works:
        cells = [number(samples.median(work.name, s)) for s in servers]
        ratio = samples.ratio(work.name, "beranda", "nginx")
        ours = "–" if ratio is None else f"{ratio:.3f} ×"
        yield (f"{work.title} (µs)", cells, ours, f"{work.budget:.2f} × nginx",
               verdict(ratio, work.budget))
    for size in sizes:
        cells = [number(samples.median(size.name, s)) for s in servers]
        ours = samples.median(size.name, "beranda")
        yield (f"{size.title} ({size.unit})", cells, number(ours),
               "–" if size.budget is None else f"{size.budget:g} {size.unit}",
               verdict(ours, size.budget))


def terminal(samples, works, sizes, servers):
    table = [["work", *servers, "ours", "budget", ""]]
    for title, cells, ours, budget, result in rows(samples, works, sizes, servers):
        table.append([title, *cells, ours, budget, result])
    widths = [max(len(row[i]) for row in table) for i in range(len(table[0]))]
    lines = []
    for row in table:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:])]
        lines.append("  ".join(cells).rstrip())
    lines.insert(1, "─" * max(map(len, lines)))
    lines += ["", "spread over the rounds (µs, least – most):"] if works else []
    for work in works:
        spreads = [(s, samples.spread(work.name, s)) for s in servers]
        lines.append(f"  {work.title}: " + ", ".join(
            f"{s} {number(v[0])} – {number(v[1])}" for s, v in spreads if v))
    for row, sent in samples.bytes.items():
        lines.append(f"bytes of content, {row}: " + ", ".join(
            f"{server} {count} ({coding})" for server, count, coding in sent))
    for (server, reason), failed in samples.problems.items():
        lines.append(f"not measured: {server}, {', '.join(failed)}: {reason}")
    return "\n".join(lines)


def markdown(samples, works, sizes, servers, conditions):
    lines = ["| work | " + " | ".join(servers) + " | Beranda to nginx | budget |",
             "| --- |" + " ---: |" * (len(servers) + 2)]
    for title, cells, ours, budget, _ in rows(samples, works, sizes, servers):
        # An absolute row has no ratio; its value stands in Beranda's own column.
        limit = "" if budget == "–" else f"≤ {budget}"
        lines.append(f"| {title} | " + " | ".join(cells)
                     + f" | {ours if '×' in ours else ''} | {limit} |")
    return "\n".join([*lines, "", conditions])


def replace_between_markers(path, content):
    text = path.read_text() if path.exists() else ""
    if BEGIN not in text or END not in text:
        raise SystemExit(f"{path} has no lines {BEGIN} and {END} to put the table between")
    before, rest = text.split(BEGIN, 1)
    after = rest.split(END, 1)[1]
    path.write_text(f"{before}{BEGIN}\n{content}\n{END}{after}")


class CSVFile:
    """One line per sample, written as it is taken, so that an interrupted run keeps its values."""

    def __init__(self, path):
        path.parent.mkdir(parents=True, exist_ok=True)
        self.file = open(path, "w", newline="")
        self.writer = csv.writer(self.file)
        self.writer.writerow(["row", "server", "round", "unit", "value", "requests", "per_second"])

    def write(self, row, server, turn, unit, value, requests="", per_second=""):
        self.writer.writerow([row, server, turn, unit, f"{value:.4f}", requests, per_second])
        self.file.flush()
