"""The job in ClickHouse (chdb): `chdb_engine.py raw DIR START END BOTS OUT [THREADS]`. DIR holds the raw files. Prints
the seconds of each step to stderr."""

import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from chdb import session

from terms import RULES, KINDS

SETTINGS = {
    "max_memory_usage": 16 << 30,
    "max_bytes_before_external_group_by": 6 << 30,
    "max_bytes_before_external_sort": 6 << 30,
    # Columns are nullable only where their files say so: keys that may be null are slower to group by.
    "schema_inference_make_columns_nullable": "'auto'",
    "session_timezone": "'UTC'",
    "engine_file_truncate_on_insert": 1,
    "output_format_parquet_compression_method": "'zstd'",
}

FACTS = """
-- Videos and linked accounts as in force at the end of the span. Rows look them up while they are read, which takes
-- less time and memory than joins.
CREATE TABLE video_state ENGINE = Memory AS
SELECT toUInt64(video_id) AS video_id, argMax(creator_id, effective_at) AS creator_id,
       argMax(ifNull(duration_ms, 0), effective_at) AS duration_ms
FROM {video} WHERE effective_at < toDateTime64('{end}', 3) GROUP BY video_id;

CREATE DICTIONARY video (video_id UInt64, creator_id Int64, duration_ms UInt32) PRIMARY KEY video_id
SOURCE(CLICKHOUSE(TABLE 'video_state')) LAYOUT(HASHED()) LIFETIME(0);

CREATE TABLE linked ENGINE = Set AS
SELECT toInt64(arrayJoin(splitByChar(';', accounts))) AS viewer_id, creator_id
FROM (SELECT creator_id, argMax(ifNull(linked_accounts, ''), effective_at) AS accounts
      FROM {creator} WHERE effective_at < toDateTime64('{end}', 3) GROUP BY creator_id)
WHERE accounts <> '';

CREATE TABLE centre_range ENGINE = Memory AS
SELECT toUInt64(0) AS id, toUInt32(first) AS first, toUInt32(last) AS last, 1::UInt8 AS found
FROM file('{folder}/datacentres.csv', CSV, 'first IPv4, last IPv4, vendor String, url String');

CREATE DICTIONARY centre (id UInt64, first UInt32, last UInt32, found UInt8) PRIMARY KEY id
SOURCE(CLICKHOUSE(TABLE 'centre_range')) LAYOUT(RANGE_HASHED()) LIFETIME(0) RANGE(MIN first MAX last);

-- The agents in a table of their own: ClickHouse would otherwise match the patterns once per view.
CREATE TABLE agent ENGINE = Memory AS SELECT DISTINCT ifNull(user_agent, '') AS user_agent FROM {view};

CREATE TABLE bot_agent ENGINE = Set AS SELECT user_agent FROM agent WHERE {bots};

-- All but the first row of an event id are duplicates, and nothing else counts them.
CREATE TABLE again ENGINE = Set AS SELECT event_id FROM {view} WHERE {span} GROUP BY event_id HAVING count() > 1;

CREATE TABLE duplicate ENGINE = Set AS
SELECT row FROM (SELECT {row} AS row, row_number() OVER (PARTITION BY event_id ORDER BY row) AS nth
                 FROM {view} WHERE {span} AND event_id IN again)
WHERE nth > 1;

-- Views with the first failing rule of those that need nothing but the row.
CREATE TABLE v ENGINE = Memory AS
SELECT viewer_id, video_id, toUnixTimestamp64Milli(occurred_at) AS ms, watched_ms, {country} AS place, creator,
       multiIf(
         {row} IN duplicate, 0,
         viewer_id = owner OR (viewer_id, owner) IN linked, 1,
         watched_ms < 5000, 2,
         surface NOT IN ('for_you', ''), 3,
         promoted, 4,
         data_centre OR dictHas('centre', toUInt64(0), toUInt32(ifNull(ip, 0))), 5,
         bot OR ifNull(user_agent, '') IN bot_agent, 6,
         12)::UInt8 AS verdict,
       length > 0 AND watched_ms >= length AS finished,
       ({kinds})::UInt8 AS kinds
FROM (SELECT *, _file, _row_number, ifNull(creator_id, 0) AS creator,
             dictGetOrDefault('video', ('creator_id', 'duration_ms'), toUInt64(video_id),
                              (creator, 0::UInt32)) AS state,
             state.1 AS owner, if(state.2 = 0, ifNull(duration_ms, 0), state.2) AS length
      FROM {view} WHERE {span});

-- Engagement events and flags on views, once per viewer, video and kind.
CREATE TABLE act ENGINE = Memory AS
SELECT viewer_id, video_id, kind, min(at) AS ms, argMin(country, at) AS place
FROM (
  SELECT viewer_id, video_id, toUnixTimestamp64Milli(occurred_at) AS at, {country} AS country,
         toUInt8(indexOf({kind_names}, engagement) - 1) AS kind
  FROM (SELECT * FROM {engagement} LIMIT 1 BY event_id) WHERE {span}
  UNION ALL
  SELECT viewer_id, video_id, ms AS at, place AS country, toUInt8(arrayJoin(bitPositionsToArray(kinds))) AS kind
  FROM v WHERE kinds <> 0 AND verdict <> 0
)
GROUP BY viewer_id, video_id, kind;

-- Rules that need the viewer's other views. Few viewers watch so much that they can break the rules about it, and most
-- pairs of viewer and video have one view, that can neither be looped nor counted already.
CREATE TABLE heavy ENGINE = Set AS
SELECT viewer_id FROM v WHERE verdict <> 0
GROUP BY viewer_id HAVING count() > 2000 OR sum(watched_ms) - max(watched_ms) > 3600000;

CREATE TABLE hours ENGINE = Memory AS
SELECT viewer_id, intDiv(ms, 3600000) AS hour, count() AS views, sum(watched_ms) - max(watched_ms) > 3600000 AS over
FROM v WHERE verdict <> 0 AND viewer_id IN heavy GROUP BY viewer_id, hour;

CREATE TABLE fast ENGINE = Set AS
SELECT viewer_id, intDiv(hour, 24) AS day FROM hours GROUP BY viewer_id, day HAVING sum(views) > 2000;

CREATE TABLE busy ENGINE = Set AS SELECT viewer_id, hour FROM hours WHERE over;

CREATE TABLE disliked ENGINE = Set AS SELECT viewer_id, video_id FROM act WHERE kind = 5;

CREATE TABLE several ENGINE = Set AS
SELECT viewer_id, video_id FROM v WHERE verdict <> 0 GROUP BY viewer_id, video_id HAVING count() > 1;

CREATE TABLE looped ENGINE = Set AS
SELECT viewer_id, video_id, intDiv(ms, 86400000) AS day FROM v WHERE verdict <> 0 AND (viewer_id, video_id) IN several
GROUP BY viewer_id, video_id, day HAVING count() > 10;

-- The first view of a pair that passes counts; at one moment the one watched longest.
CREATE TABLE settled ENGINE = Memory AS
SELECT * EXCEPT (verdict, judged, nth), if(judged = 12 AND nth > 1, 11, judged)::UInt8 AS verdict
FROM (SELECT *, row_number() OVER (PARTITION BY viewer_id, video_id, judged = 12
                                   ORDER BY ms, watched_ms DESC, place) AS nth
      FROM (SELECT *, {judged} AS judged FROM v WHERE (viewer_id, video_id) IN several));

-- Facts: views, engagement and ad impressions below one another, then added up. Codes below 20 are verdicts.
INSERT INTO FUNCTION file('{out}', Parquet)
SELECT toString(video_id) AS video_id, toString(nullIf(minIf(creator, creator <> 0), 0)) AS creator_id,
       toString(place) AS country, toInt32(day) AS day,
       countIf(code < 20) AS views, countIf(code = 12) AS qualified, {rejected},
       sumIf(amount, code BETWEEN 1 AND 12) AS watched_ms, sumIf(amount, code = 12) AS qualified_watched_ms,
       countIf(code = 12 AND finished) AS completions, {engaged},
       countIf(code = 30) AS ad_impressions, sumIf(amount, code = 30) AS ad_revenue_micros
FROM (
  SELECT video_id, place, toUInt16(intDiv(ms, 86400000)) AS day, creator, {judged} AS code,
         toInt64(watched_ms) AS amount, finished
  FROM v WHERE (viewer_id, video_id) NOT IN several
  UNION ALL
  SELECT video_id, place, toUInt16(intDiv(ms, 86400000)), creator, verdict, toInt64(watched_ms), finished FROM settled
  UNION ALL
  SELECT video_id, place, toUInt16(intDiv(ms, 86400000)), 0, toUInt8(20 + kind), 0, 0
  FROM (SELECT *, dictGetOrDefault('video', 'creator_id', toUInt64(video_id), 0::Int64) AS owner FROM act)
  WHERE viewer_id <> owner AND (viewer_id, owner) NOT IN linked
  UNION ALL
  SELECT video_id, {country}, toUInt16(intDiv(toUnixTimestamp64Milli(occurred_at), 86400000)), 0, 30,
         toInt64(revenue * 1000000), 0
  FROM (SELECT * FROM {ad_impression} LIMIT 1 BY event_id) WHERE currency = 'USD' AND {span}
)
GROUP BY video_id, place, day;
"""

JUDGED = """multiIf(
  verdict < 7, verdict,
  (viewer_id, intDiv(ms, 86400000)) IN fast, 7,
  (viewer_id, video_id, intDiv(ms, 86400000)) IN looped, 8,
  (viewer_id, video_id) IN disliked, 9,
  (viewer_id, intDiv(ms, 3600000)) IN busy, 10,
  12)::UInt8"""


def quoted(text):
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def matches(patterns):
    """One regular expression for some patterns: all of them in one may be more than the matcher takes."""
    return f"match(user_agent, {quoted('|'.join(f'(?:{pattern})' for pattern in patterns))})"


def scan(folder, kind):
    return f"file('{folder}/{kind}/*.parquet', Parquet)"


def country_type(run, folder, kinds):
    """Countries as an enumeration in the order of text: a number of two bytes, that keys can be packed with."""
    seen = " UNION DISTINCT ".join(f"SELECT ifNull(country, '') AS country FROM {scan(folder, kind)}" for kind in kinds)
    seen = run(f"SELECT DISTINCT country FROM ({seen}) ORDER BY country", "TabSeparatedRaw").data()
    countries = seen.split("\n")[:-1]
    return "Enum16(" + ", ".join(f"{quoted(country)} = {n}" for n, country in enumerate(countries)) + ")"


def row_number(folder):
    """The place of a row in the whole of the views, which are read by several threads in any order."""
    files = sorted(path.name for path in Path(folder, "view").glob("*.parquet"))
    return f"transform(_file, {files}, {list(range(len(files)))}, 0) * 4294967296 + assumeNotNull(_row_number)"


def statements(run, folder, start, end, bots, out):
    kinds = ["view", "engagement", "ad_impression"]
    bots = Path(bots).read_text().splitlines()
    parts = {
        "judged": JUDGED,
        "country": f"CAST(ifNull(country, ''), {quoted(country_type(run, folder, kinds))})",
        "row": row_number(folder),
        "span": f"occurred_at >= toDateTime64('{start}', 3) AND occurred_at < toDateTime64('{end}', 3)",
        "bots": " OR ".join(matches(bots[at : at + 100]) for at in range(0, len(bots), 100)),
        "kinds": " + ".join(f"{1 << n} * ifNull(`{kind}`, false)" for n, kind in enumerate(KINDS)),
        "kind_names": str(KINDS),
        "rejected": ", ".join(f"countIf(code = {n}) AS rejected_{rule}" for n, rule in enumerate(RULES)),
        "engaged": ", ".join(f"countIf(code = {20 + n}) AS engagement_{kind}" for n, kind in enumerate(KINDS)),
        **{kind: scan(folder, kind) for kind in [*kinds, "creator", "video"]},
        "folder": folder,
        "end": end,
        "out": out,
    }
    text = FACTS
    for name, value in parts.items():
        text = text.replace("{" + name + "}", value)
    lines = [line for line in text.splitlines() if not line.startswith("--")]
    return [one.strip() for one in "\n".join(lines).split(";\n") if one.strip()]


@contextmanager
def step(name):
    begin = time.monotonic()
    yield
    print(f"{time.monotonic() - begin:8.2f} {name}", file=sys.stderr)


def main():
    job, folder, start, end, bots, out = sys.argv[1:7]
    assert job == "raw", job
    if len(sys.argv) > 7:
        SETTINGS["max_threads"] = SETTINGS["max_insert_threads"] = int(sys.argv[7])
    with tempfile.TemporaryDirectory(prefix=f"{out}.tmp") as temporary:
        run = session.Session(temporary).query
        for name, value in SETTINGS.items():
            run(f"SET {name} = {value}")
        with step("countries"):
            todo = statements(run, folder, start, end, bots, out)
        for statement in todo:
            with step(statement.split(" ENGINE")[0].splitlines()[0][:60]):
                run(statement)


main()
