"""The job in DuckDB: `duckdb_engine.py plain|tuned raw|archive DIR START END BOTS OUT [THREADS]`, by duckdb_plain.sql or
duckdb_tuned.sql. DIR holds the raw files; of an archive it holds `archive/` and, for the list of data centres, `raw/`.
Prints the seconds of each step to stderr."""

import sys
import time
from pathlib import Path

import duckdb

from terms import KINDS, RULES

HERE = Path(__file__).parent
EVENTS = ["view", "engagement", "ad_impression", "creator", "video"]

# Sorting finds them in less time and memory than counting all by hash.
DUPLICATE = """
CREATE TEMP TABLE again AS
SELECT DISTINCT event_id
FROM (SELECT event_id, lag(event_id) OVER (ORDER BY event_id) AS before FROM {view} WHERE {span})
WHERE event_id = before;
CREATE TEMP TABLE duplicate AS
SELECT row_id(file_index, file_row_number) AS row FROM {view} SEMI JOIN again USING (event_id) WHERE {span}
QUALIFY row_number() OVER (PARTITION BY event_id ORDER BY file_index, file_row_number) > 1;
"""


def matches(patterns):
    """One regular expression for some patterns: all of them in one are more than the matcher likes."""
    text = "|".join(f"(?:{pattern})" for pattern in patterns).replace("'", "''")
    return f"regexp_matches(user_agent, '{text}')"


def raw(folder):
    """Raw files: ids are integers, and an event id may come twice."""
    parts = {kind: f"read_parquet('{folder}/{kind}/*.parquet')" for kind in EVENTS}
    more = {
        "datacentres": f"{folder}/datacentres.csv",
        "id": "BIGINT",
        "once": "QUALIFY row_number() OVER (PARTITION BY event_id) = 1",
        "duplicate": DUPLICATE,
        "is_duplicate": "row_id(file_index, file_row_number) IN (FROM duplicate)",
        "event_id": "e.event_id",
        "again": "SELECT event_id, min(rowid) AS first FROM v GROUP BY event_id HAVING count(*) > 1",
    }
    return more | parts


def archive(folder):
    """The archive: ids are texts, and every event id is there once."""
    parts = {kind: f"read_parquet('{folder}/archive/{kind}/*/*.parquet')" for kind in EVENTS}
    more = {"datacentres": f"{folder}/raw/datacentres.csv", "id": "VARCHAR", "event_id": "0"}
    none = {"once": "", "duplicate": "", "is_duplicate": "false", "again": "SELECT 0 AS event_id, 0 AS first WHERE false"}
    return more | none | parts


def statements(style, source, start, end, bots, out):
    def counts(prefix, names, column, first=0):
        each = [f"count(*) FILTER ({column} = {first + n}) AS {prefix}_{name}" for n, name in enumerate(names)]
        return ", ".join(each)

    def all_of(text, prefix, names):
        return ", ".join(text.format(name=f"{prefix}_{name}") for name in names)

    parts = source | {
        "span": f"occurred_at >= TIMESTAMPTZ '{start} 00:00:00+00' AND occurred_at < TIMESTAMPTZ '{end} 00:00:00+00'",
        "start": start,
        "end": end,
        "bots": " OR ".join(matches(bots[at : at + 100]) for at in range(0, len(bots), 100)),
        "out": out,
        "kinds": " + ".join(f'{1 << n} * coalesce("{kind}", false)::UTINYINT' for n, kind in enumerate(KINDS)),
        "any_kind": " OR ".join(f'"{kind}"' for kind in KINDS),
        "kind_names": str(KINDS),
        "rejected": counts("rejected", RULES, "code"),
        "engaged": counts("engagement", KINDS, "code", 20),
        "rejected_counts": counts("rejected", RULES, "verdict"),
        "engagement_counts": counts("engagement", KINDS, "kind"),
        "rejected_sums": all_of("sum({name}) AS {name}", "rejected", RULES),
        "engagement_sums": all_of("sum({name}) AS {name}", "engagement", KINDS),
        "no_rejected": all_of("0 AS {name}", "rejected", RULES),
        "no_engagement": all_of("0 AS {name}", "engagement", KINDS),
    }
    text = (HERE / f"duckdb_{style}.sql").read_text()
    for name, value in parts.items():
        text = text.replace("{" + name + "}", value)
    lines = [line for line in text.splitlines() if not line.startswith("--")]
    return [one.strip() for one in "\n".join(lines).split(";\n") if one.strip()]


def main():
    style, job, folder, start, end, bots, out = sys.argv[1:8]
    source = archive(folder) if job == "archive" else raw(folder)
    connection = duckdb.connect()
    if len(sys.argv) > 8:
        connection.execute(f"SET threads = {sys.argv[8]}")
    connection.execute("SET preserve_insertion_order = false")
    connection.execute(f"SET temp_directory = '{out}.tmp'")
    for statement in statements(style, source, start, end, Path(bots).read_text().splitlines(), out):
        begin = time.monotonic()
        connection.execute(statement.rstrip(";"))
        print(f"{time.monotonic() - begin:8.2f} {statement.split(' AS')[0].splitlines()[0][:60]}", file=sys.stderr)


main()
