"""The job in Polars: `polars_engine.py raw DIR START END BOTS OUT [THREADS]`. DIR holds the raw files. Prints the
seconds of each step to stderr."""

import os
import re
import sys
import time
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path

if len(sys.argv) > 7:
    os.environ["POLARS_MAX_THREADS"] = sys.argv[7]  # read when Polars is imported

import polars as pl

from terms import RULES, KINDS

DAY, HOUR = 86_400_000, 3_600_000
WORD = 1 << 32
ENGAGEMENT, AD = 20, 30  # codes of rows of facts; lower ones are the verdicts on views


@contextmanager
def step(name):
    begin = time.monotonic()
    yield
    print(f"{time.monotonic() - begin:8.2f} {name}", file=sys.stderr)


def run(query):
    return query.collect(engine="streaming")


def pack(high, low):
    """Two numbers as one: Polars groups, sorts and looks up single integers several times faster than two columns."""
    return pl.col(high).cast(pl.UInt64) * WORD + low.cast(pl.UInt64)


def repeated(values):
    """The values that occur more than once. Sorting finds them in less time than counting all by hash."""
    ordered = values.drop_nulls().sort()
    return ordered.filter(ordered == ordered.shift(1)).unique()


def among(column, values):
    return column.is_in(values.implode()).fill_null(False)


class Raw:
    """A folder of raw events and a span of days."""

    def __init__(self, folder, start, end):
        self.folder = folder
        self.start, self.end = (datetime.fromisoformat(date).replace(tzinfo=timezone.utc) for date in (start, end))

    def events(self, kind, **options):
        return pl.scan_parquet(f"{self.folder}/{kind}/*.parquet", **options)

    def within(self, events):
        return events.filter(pl.col("occurred_at") >= self.start, pl.col("occurred_at") < self.end)

    def in_force(self, kind, key):
        """The last state of each key before the end of the span."""
        states = self.events(kind).filter(pl.col("effective_at") < self.end)
        return states.sort("effective_at").unique(key, keep="last", maintain_order=True)

    def countries(self, *kinds):
        """A type of the countries there are, in the order of text."""
        seen = [self.events(kind).select(pl.col("country").fill_null("").unique()) for kind in kinds]
        return pl.Enum(run(pl.concat(seen).unique())["country"].sort())

    def viewers(self):
        """Viewers, numbered. Only heavy ones may have watched too much in a day or an hour."""
        watched = pl.col("watched_ms").cast(pl.Int64)
        seen = self.within(self.events("view")).filter(pl.col("viewer_id").is_not_null()).group_by("viewer_id")
        return run(seen.agg(heavy=(pl.len() > 2000) | (watched.sum() - watched.max() > HOUR))).with_row_index("viewer")

    def videos(self, *kinds):
        """Videos, numbered, with their owners as in force at the end of the span."""
        seen = pl.concat([self.events(kind).select(pl.col("video_id").unique()) for kind in kinds]).unique()
        length = pl.when(pl.col("duration_ms") > 0).then("duration_ms")
        states = self.in_force("video", "video_id").select("video_id", owner="creator_id", length=length)
        return run(seen.join(states, on="video_id", how="left")).with_row_index("video")

    def linked(self):
        """Other accounts of the owners of videos."""
        states = self.in_force("creator", "creator_id").filter(pl.col("linked_accounts") != "")
        pairs = states.select(pl.col("linked_accounts").str.split(";").alias("viewer_id"), owner="creator_id")
        return run(pairs.explode("viewer_id").with_columns(pl.col("viewer_id").cast(pl.Int64), linked=True).unique())

    def bot_agents(self, patterns):
        """Agents are few and views many, so that Python's own matcher does."""
        agents = run(self.events("view").select(pl.col("user_agent").drop_nulls().unique())).to_series()
        patterns = [re.compile(pattern) for pattern in Path(patterns).read_text().splitlines()]
        return agents.filter([any(pattern.search(agent) for pattern in patterns) for agent in agents])

    def in_data_centre(self):
        """An address is in a range if an odd number of edges of the (joined) ranges are at or below it."""
        table = pl.read_csv(f"{self.folder}/datacentres.csv", has_header=False, columns=[0, 1], infer_schema=False)
        edges = []
        for first, last in sorted([int.from_bytes(map(int, text.split("."))) for text in row] for row in table.rows()):
            if edges and first <= edges[-1]:
                edges[-1] = max(edges[-1], last + 1)
            else:
                edges += [first, last + 1]
        edges = pl.Series(edges, dtype=pl.Int64)
        return pl.col("ip").map_batches(
            lambda ip: edges.search_sorted(ip.cast(pl.Int64).fill_null(-1), side="right") % 2 == 1,
            return_dtype=pl.Boolean,
            is_elementwise=True,
        )


def judged_alone(raw, bots, viewers, videos, linked, country):
    """Views with the first failing rule of those that need nothing but the row, narrow enough to be kept in memory."""
    kinds = [pl.col(kind).fill_null(False).cast(pl.UInt8) * (1 << n) for n, kind in enumerate(KINDS)]
    verdict = (
        pl.when(pl.col("watched_ms") < 5000).then(2)
        .when(~pl.col("surface").is_in(["for_you", ""])).then(3)
        .when(pl.col("promoted")).then(4)
        .when(pl.col("data_centre").fill_null(False) | raw.in_data_centre()).then(5)
        .when(pl.col("bot").fill_null(False) | among(pl.col("user_agent"), raw.bot_agents(bots))).then(6)
        .otherwise(12)
    )  # fmt: skip
    # Joins copy every column of a row, so that rows are made narrow before them.
    views = raw.within(raw.events("view", row_index_name="row")).select(
        "row", "event_id", "viewer_id", "video_id", "watched_ms", "duration_ms", "creator_id",
        ms=pl.col("occurred_at").dt.epoch("ms"),
        country=pl.col("country").fill_null("").cast(country),
        verdict=verdict.cast(pl.UInt8),
        kinds=pl.sum_horizontal(kinds).cast(pl.UInt8),
    )  # fmt: skip
    views = views.join(videos.lazy(), on="video_id", how="left").join(viewers.lazy(), on="viewer_id", how="left")
    length = pl.coalesce("length", "duration_ms")
    views = views.select(
        "row", "event_id", "viewer_id", "video", "watched_ms", "creator_id",
        "heavy", "ms", "country", "verdict", "kinds",
        pair=pack("viewer", pl.col("video")),
        owner=pl.coalesce("owner", "creator_id"),
        finished=(length > 0) & (pl.col("watched_ms") >= length),
    )  # fmt: skip
    own = (pl.col("viewer_id") == pl.col("owner")) | pl.col("linked").is_not_null()
    views = views.join(linked.lazy(), on=["viewer_id", "owner"], how="left")
    return run(
        views.select(
            pl.exclude("viewer_id", "owner", "linked", "verdict"),
            verdict=pl.when(own).then(pl.lit(1, pl.UInt8)).otherwise("verdict"),
        )
    )


def without_repeats(views):
    """All but the first row of an event id are duplicates, and nothing else counts them."""
    again = views.filter(among(pl.col("event_id"), repeated(views["event_id"]))).select("event_id", "row")
    again = again.sort("event_id", "row").filter(~pl.col("event_id").is_first_distinct())["row"]
    verdict = pl.when(among(pl.col("row"), again)).then(pl.lit(0, pl.UInt8)).otherwise("verdict")
    return run(views.lazy().select(pl.exclude("event_id", "row", "verdict"), verdict=verdict))


def acts(raw, views, viewers, videos, linked, country):
    """Engagement events and flags on views, once per viewer, video and kind."""
    flagged = views.lazy().filter(pl.col("kinds") > 0, pl.col("verdict") > 0)
    flagged = flagged.with_columns(viewer=(pl.col("pair") // WORD).cast(pl.UInt32))
    flagged = run(flagged.join(viewers.lazy(), on="viewer").join(videos.lazy(), on="video"))
    tables = [
        raw.within(raw.events("engagement").unique("event_id", keep="any")).select(
            "viewer_id",
            "video_id",
            ms=pl.col("occurred_at").dt.epoch("ms"),
            country=pl.col("country").fill_null("").cast(country),
            kind=pl.col("engagement").cast(pl.Enum(KINDS)).to_physical().cast(pl.UInt8),
        )
    ]
    for n in range(len(KINDS)):
        some = flagged.lazy().filter(pl.col("kinds") // (1 << n) % 2 == 1)
        tables.append(some.select("viewer_id", "video_id", "ms", "country", kind=pl.lit(n, pl.UInt8)))
    found = pl.concat(tables).sort("ms").unique(["viewer_id", "video_id", "kind"], keep="first", maintain_order=True)
    found = found.join(videos.lazy(), on="video_id")
    return run(found.join(linked.lazy(), on=["viewer_id", "owner"], how="left"))


def too_much(views):
    """Viewers and days of more views, and viewers and hours of more watching, than one person has."""
    watched = pl.col("watched_ms").cast(pl.Int64)
    hours = views.lazy().filter("heavy", pl.col("verdict") > 0)
    hours = hours.group_by(time=pl.col("pair") // WORD * WORD + (pl.col("ms") // HOUR).cast(pl.UInt64))
    hours = run(hours.agg(pl.len(), over=watched.sum() - watched.max() > HOUR))
    days = hours.group_by(time=pl.col("time") // WORD * WORD + pl.col("time") % WORD // 24).agg(pl.col("len").sum())
    return days.filter(pl.col("len") > 2000)["time"], hours.filter("over")["time"]


def judged_together(views, found, viewers):
    """Verdicts by the rules that need the viewer's other views: tables that, put together, are all views."""
    fast, busy = too_much(views)
    disliked = found.filter(pl.col("kind") == 5).join(viewers, on="viewer_id")
    disliked = disliked.select(pack("viewer", pl.col("video"))).to_series()
    several = repeated(views.lazy().filter(pl.col("verdict") > 0).select("pair").collect().to_series())
    viewer, heavy = pl.col("pair") // WORD * WORD, pl.col("heavy").fill_null(False)
    day, hour = ((pl.col("ms") // unit).cast(pl.UInt64) for unit in (DAY, HOUR))
    rule = (
        pl.when(pl.col("verdict") < 7).then("verdict")
        .when(heavy & among(viewer + day, fast)).then(pl.lit(7, pl.UInt8))
        .when(among(pl.col("pair"), disliked)).then(pl.lit(9, pl.UInt8))
        .when(heavy & among(viewer + hour, busy)).then(pl.lit(10, pl.UInt8))
        .otherwise("verdict")
    )  # fmt: skip
    views = run(views.lazy().with_columns(verdict=rule, several=among(pl.col("pair"), several)))

    # Most pairs of viewer and video have one view: only the others can be looped, or counted already. The first of a
    # pair that passes counts; at one moment the one watched longest.
    loops = (pl.col("verdict") > 0).sum().over("pair", day) > 10
    rows = views.filter("several").with_columns(
        verdict=pl.when(loops & (pl.col("verdict") > 7)).then(pl.lit(8, pl.UInt8)).otherwise("verdict")
    )
    passed = rows.filter(pl.col("verdict") == 12)
    passed = passed.sort("pair", "ms", "watched_ms", "country", descending=[False, False, True, False])
    first = pl.col("pair").is_first_distinct()
    passed = passed.with_columns(verdict=pl.when(first).then("verdict").otherwise(pl.lit(11, pl.UInt8)))
    return [views.lazy().filter(~pl.col("several")), rows.lazy().filter(pl.col("verdict") != 12), passed.lazy()]


def rows_of_facts(raw, views, found, videos, country):
    """Views, engagement and ad impressions as one table: place, what the row is, and the time or money it adds."""
    day = pl.col("ms") // DAY
    own = pl.col("viewer_id").eq_missing(pl.col("owner")) | pl.col("linked").is_not_null()
    impressions = raw.events("ad_impression").unique("event_id", keep="any").filter(pl.col("currency") == "USD")
    impressions = raw.within(impressions).join(videos.lazy(), on="video_id")
    tables = [
        part.select("video", "country", "creator_id", "finished", day=day, code="verdict", amount="watched_ms")
        for part in views
    ]
    engagement = found.lazy().filter(~own)
    tables.append(engagement.select("video", "country", day=day, code=pl.col("kind") + ENGAGEMENT, amount=0))
    tables.append(
        impressions.select(
            "video",
            country=pl.col("country").fill_null("").cast(country),
            day=pl.col("occurred_at").dt.epoch("ms") // DAY,
            code=pl.lit(AD, pl.UInt8),
            amount=pl.col("revenue") * 1_000_000,
        )
    )
    place = pack("video", pl.col("country").to_physical().cast(pl.UInt64) * (1 << 16) + pl.col("day").cast(pl.UInt64))
    rest = pl.exclude("video", "country", "day", "amount")
    return pl.concat(
        [table.select(rest, place=place, amount=pl.col("amount").cast(pl.Int64)) for table in tables], how="diagonal"
    )


def add_up(rows):
    code, amount = pl.col("code"), pl.col("amount")

    def count(condition):
        return condition.sum().cast(pl.Int64)

    def total(condition):
        return pl.when(condition).then(amount).otherwise(0).sum()

    return rows.group_by("place").agg(
        creator_id=pl.col("creator_id").min(),
        views=count(code < ENGAGEMENT),
        qualified=count(code == 12),
        **{f"rejected_{rule}": count(code == n) for n, rule in enumerate(RULES)},
        watched_ms=total((code > 0) & (code < ENGAGEMENT)),
        qualified_watched_ms=total(code == 12),
        completions=count((code == 12) & pl.col("finished")),
        **{f"engagement_{kind}": count(code == ENGAGEMENT + n) for n, kind in enumerate(KINDS)},
        ad_impressions=count(code == AD),
        ad_revenue_micros=total(code == AD),
    )


def write(sums, videos, country, out):
    """Takes places apart again, and writes a row for each."""
    place = pl.col("place")
    names = videos.lazy().select("video", pl.col("video_id").cast(pl.String))
    sums = sums.with_columns(
        video=(place // WORD).cast(pl.UInt32),
        country=(place % WORD // (1 << 16)).cast(pl.UInt32).cat.to(country).cast(pl.String),
        day=(place % (1 << 16)).cast(pl.Int32),
    )
    sums = sums.join(names, on="video", how="left")
    sums = sums.with_columns(pl.col("creator_id").cast(pl.String))
    keys = ["video_id", "creator_id", "country", "day"]
    sums.select(*keys, pl.exclude("place", "video", *keys)).sink_parquet(out, compression="zstd")


def facts(raw, bots, out):
    with step("countries, viewers and videos"):
        country = raw.countries("view", "engagement", "ad_impression")
        viewers, videos = raw.viewers(), raw.videos("view", "engagement", "ad_impression")
        linked = raw.linked()
    with step("views judged alone"):
        views = judged_alone(raw, bots, viewers, videos, linked, country)
    with step("repeated events"):
        views = without_repeats(views)
    with step("engagement"):
        found = acts(raw, views, viewers, videos, linked, country)
    with step("views judged together"):
        views = judged_together(views, found, viewers)
    with step("facts"):
        sums = add_up(rows_of_facts(raw, views, found, videos, country))
        write(sums, videos, country, out)


def main():
    job, folder, start, end, bots, out = sys.argv[1:7]
    assert job == "raw", job
    facts(Raw(folder, start, end), bots, out)


main()
