"""Adds up a facts file, whoever wrote it: `totals.py FILE` prints one JSON object. Run outside the measured time."""

import json
import sys

import duckdb

from terms import RULES, KINDS

COLUMNS = (
    ["views", "qualified"]
    + [f"rejected_{rule}" for rule in RULES]
    + ["watched_ms", "qualified_watched_ms", "completions"]
    + [f"engagement_{kind}" for kind in KINDS]
    + ["ad_impressions", "ad_revenue_micros"]
)


def day(path):
    """Days are dates or numbers of days."""
    kind = duckdb.sql(f"SELECT typeof(day) FROM '{path}' LIMIT 1").fetchall()
    return "(day - DATE '1970-01-01')" if kind == [("DATE",)] else "day"


def main():
    path = sys.argv[1]
    sums = ", ".join(f"sum({column})::BIGINT" for column in COLUMNS)
    # Every count of every fact takes part in the checksum, so that equal totals mean equal facts.
    values = ", ".join(f"{column}::BIGINT" for column in COLUMNS)
    checksum = (
        f"sum(hash(video_id::VARCHAR, country::VARCHAR, {day(path)}::BIGINT, {values}) & 1152921504606846975)::HUGEINT"
    )
    row = duckdb.sql(f"SELECT count(*), {sums}, {checksum} FROM '{path}'").fetchall()[0]
    print(json.dumps(dict(zip(["facts"] + COLUMNS + ["checksum"], [str(value) for value in row]))))


main()
