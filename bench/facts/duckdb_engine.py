"""The job in DuckDB: `duckdb_engine.py raw|archive DIR START END BOTS OUT [THREADS]`. DIR holds the raw files; of an
archive it holds `archive/` and, for the list of data centres, `raw/`. Prints the seconds of each step to stderr."""

import sys
import time
from pathlib import Path

import duckdb

from terms import KINDS, RULES

HERE = Path(__file__).parent
EVENTS = ["view", "engagement", "ad_impression", "creator", "video"]


def matches(patterns):
    """One regular expression for some patterns: all of them in one are more than the matcher likes."""
    text = "|".join(f"(?:{pattern})" for pattern in patterns).replace("'", "''")
    return f"regexp_matches(user_agent, '{text}')"


def raw(folder):
    """Raw files: ids are integers, and an event id may come twice."""
    parts = {kind: f"{folder}/{kind}/*.parquet" for kind in EVENTS}
    for kind in ["engagement", "ad_impression"]:
        first = "QUALIFY row_number() OVER (PARTITION BY event_id) = 1"
        parts[kind] = f"(SELECT * FROM read_parquet('{parts[kind]}') {first})"
    again = "SELECT event_id, min(rowid) AS first FROM v GROUP BY event_id HAVING count(*) > 1"
    more = {"datacentres": f"{folder}/datacentres.csv", "id": "BIGINT", "event_id": "e.event_id", "again": again}
    return parts | more


def archive(folder):
    """The archive: ids are texts, and every event id is there once."""
    parts = {kind: f"{folder}/archive/{kind}/*/*.parquet" for kind in EVENTS}
    for kind in ["engagement", "ad_impression"]:
        parts[kind] = f"read_parquet('{parts[kind]}')"
    again = "SELECT 0 AS event_id, 0 AS first WHERE false"
    more = {"datacentres": f"{folder}/raw/datacentres.csv", "id": "VARCHAR", "event_id": "0", "again": again}
    return parts | more


def statements(source, start, end, bots, out):
    rejected = [f"rejected_{rule}" for rule in RULES]
    engagement = [f"engagement_{kind}" for kind in KINDS]
    parts = source | {
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
    text = (HERE / "duckdb.sql").read_text()
    for name, value in parts.items():
        text = text.replace("{" + name + "}", value)
    lines = [line for line in text.splitlines() if not line.startswith("--")]
    return [one.strip() for one in "\n".join(lines).split(";\n") if one.strip()]


def main():
    job, folder, start, end, bots, out = sys.argv[1:7]
    source = archive(folder) if job == "archive" else raw(folder)
    connection = duckdb.connect()
    if len(sys.argv) > 7:
        connection.execute(f"SET threads = {sys.argv[7]}")
    connection.execute(f"SET temp_directory = '{out}.tmp'")
    connection.execute(
        "CREATE MACRO address(text) AS list_reduce(list_transform(string_split(text, '.'),"
        " lambda part: part::BIGINT), lambda a, b: a * 256 + b)"
    )
    for statement in statements(source, start, end, Path(bots).read_text().splitlines(), out):
        begin = time.monotonic()
        connection.execute(statement.rstrip(";"))
        print(f"{time.monotonic() - begin:8.2f} {statement.split(' AS')[0].splitlines()[0][:60]}", file=sys.stderr)


main()
