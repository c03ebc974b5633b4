"""Runs the full job in DuckDB: `duckdb_engine.py RAW START END BOTS OUT [THREADS]`. Prints the seconds of each step to stderr."""

import sys
import time
from pathlib import Path

import duckdb

from terms import RULES, KINDS

HERE = Path(__file__).parent


def matches(patterns):
    """One regular expression for some patterns: all of them in one are more than the matcher likes."""
    text = "|".join(f"(?:{pattern})" for pattern in patterns).replace("'", "''")
    return f"regexp_matches(user_agent, '{text}')"


def statements(raw, start, end, bots, out):
    rejected = [f"rejected_{rule}" for rule in RULES]
    engagement = [f"engagement_{kind}" for kind in KINDS]
    text = (HERE / "duckdb.sql").read_text()
    parts = {
        "raw": raw,
        "start": start,
        "end": end,
        "bots": " OR ".join(matches(bots[at : at + 100]) for at in range(0, len(bots), 100)),
        "out": out,
        "rejected_sums": ", ".join(f"sum({name}) AS {name}" for name in rejected),
        "engagement_sums": ", ".join(f"sum({name}) AS {name}" for name in engagement),
        "rejected_counts": ", ".join(f"count(*) FILTER (verdict = {n}) AS {name}" for n, name in enumerate(rejected)),
        "engagement_counts": ", ".join(f"count(*) FILTER (kind = {n}) AS {name}" for n, name in enumerate(engagement)),
        "no_rejected": ", ".join(f"0 AS {name}" for name in rejected),
        "no_engagement": ", ".join(f"0 AS {name}" for name in engagement),
    }
    for name, value in parts.items():
        text = text.replace("{" + name + "}", value)
    lines = [line for line in text.splitlines() if not line.startswith("--")]
    return [one.strip() for one in "\n".join(lines).split(";\n") if one.strip()]


def main():
    raw, start, end, bots, out = sys.argv[1:6]
    connection = duckdb.connect()
    if len(sys.argv) > 6:
        connection.execute(f"SET threads = {sys.argv[6]}")
    connection.execute(f"SET temp_directory = '{out}.tmp'")
    connection.execute(
        "CREATE MACRO address(text) AS list_reduce(list_transform(string_split(text, '.'),"
        " lambda part: part::BIGINT), lambda a, b: a * 256 + b)"
    )
    for statement in statements(raw, start, end, Path(bots).read_text().splitlines(), out):
        begin = time.monotonic()
        connection.execute(statement.rstrip(";"))
        print(f"{time.monotonic() - begin:8.2f} {statement.split(' AS')[0].splitlines()[0][:60]}", file=sys.stderr)


main()
