-- Events to facts in DuckDB as fast as we know how: the same job as duckdb_plain.sql. duckdb_engine.py puts in what stands
-- in braces: the files of each kind, the type of ids, the span, patterns of bots, expressions that name every rule or
-- kind of engagement, and what finds repeated event ids (the archive has none).

-- A viewer (0 if unknown) and a video as one number, and back; a row of some files as a number; an address as a number.
CREATE MACRO pair(viewer, video) AS coalesce(viewer, 0)::UBIGINT << 32 | video;
CREATE MACRO viewer_of(pair) AS (pair >> 32)::UINTEGER;
CREATE MACRO video_of(pair) AS (pair & 4294967295)::UINTEGER;
CREATE MACRO row_id(file, row) AS file::UBIGINT << 32 | row::UBIGINT;
CREATE MACRO address(text) AS
list_reduce(list_transform(string_split(text, '.'), lambda part: part::BIGINT), lambda a, b: a * 256 + b);

-- Countries as an enumeration, and viewers and videos as numbers: rows get narrow, and a viewer and a video are
-- together one integer, which sorts and groups several times faster than two ids (and those may be texts).
CREATE TYPE country AS ENUM (
  SELECT DISTINCT coalesce(country, '') AS country
  FROM (SELECT country FROM {view} UNION ALL SELECT country FROM {engagement}
        UNION ALL SELECT country FROM {ad_impression})
  ORDER BY country);

-- Only heavy viewers may have watched too much in a day or an hour.
CREATE TEMP TABLE viewer AS
SELECT viewer_id, row_number() OVER ()::UINTEGER AS viewer, heavy
FROM (SELECT viewer_id, count(*) > 2000 OR sum(watched_ms) - max(watched_ms) > 3600000 AS heavy
      FROM (SELECT viewer_id, watched_ms FROM {view} WHERE {span}
            UNION ALL SELECT viewer_id, NULL FROM {engagement} WHERE {span})
      WHERE viewer_id IS NOT NULL GROUP BY viewer_id);

-- Videos and linked accounts as in force at the end of the span.
CREATE TEMP TABLE video AS
SELECT video_id, row_number() OVER ()::UINTEGER AS video, creator_id, nullif(duration_ms, 0) AS duration_ms
FROM (SELECT DISTINCT video_id FROM {view} UNION SELECT DISTINCT video_id FROM {engagement}
      UNION SELECT DISTINCT video_id FROM {ad_impression})
LEFT JOIN (SELECT video_id, arg_max(creator_id, effective_at) AS creator_id,
                  arg_max(coalesce(duration_ms, 0), effective_at) AS duration_ms
           FROM {video} WHERE effective_at < TIMESTAMPTZ '{end} 00:00:00+00' GROUP BY video_id) USING (video_id);

-- Creators as the views say, where no video does.
CREATE TEMP TABLE unowned AS
SELECT video, min(creator_id) AS creator_id
FROM (SELECT video_id, creator_id FROM {view} WHERE {span})
JOIN (SELECT video_id, video FROM video WHERE creator_id IS NULL) USING (video_id) GROUP BY video;

CREATE TEMP TABLE linked AS
SELECT DISTINCT viewer, creator_id
FROM (SELECT unnest(string_split(accounts, ';'))::{id} AS viewer_id, creator_id
      FROM (SELECT creator_id, arg_max(coalesce(linked_accounts, ''), effective_at) AS accounts
            FROM {creator} WHERE effective_at < TIMESTAMPTZ '{end} 00:00:00+00' GROUP BY creator_id)
      WHERE accounts <> '')
JOIN viewer USING (viewer_id);

-- Data-centre ranges, cut by networks of 2^16 addresses so that they can be joined by hash.
CREATE TEMP TABLE centre AS
SELECT unnest(range(first >> 16, (last >> 16) + 1)) AS network, first, last
FROM (SELECT address(column0) AS first, address(column1) AS last
      FROM read_csv('{datacentres}', header = false, all_varchar = true));

-- The agents first: DuckDB would otherwise match the patterns once per view.
CREATE TEMP TABLE agent AS SELECT DISTINCT user_agent FROM {view};
CREATE TEMP TABLE bot_agent AS SELECT user_agent FROM agent WHERE {bots};

-- All but the first row of an event id are duplicates, and nothing else counts them.
{duplicate}

-- Views with the first failing rule of those that need nothing but the row. What needs no join comes first, as joins
-- copy the columns of their rows. Sets are looked up by IN: as joins, DuckDB takes them for far smaller than they are,
-- and holds the views in memory to run through the set.
CREATE TEMP TABLE v AS
SELECT pair(viewer, video) AS pair, ms, watched_ms, country,
       CASE
         WHEN verdict = 0 THEN 0
         WHEN viewer_id = owner OR (viewer, owner) IN (FROM linked) THEN 1
         ELSE verdict
       END::UTINYINT AS verdict,
       length BETWEEN 1 AND watched_ms AS finished, kinds
FROM (
  SELECT e.*, viewer, video, coalesce(s.creator_id, e.creator_id) AS owner,
         coalesce(s.duration_ms, e.duration_ms, 0) AS length
  FROM (
    SELECT viewer_id, video_id, creator_id, watched_ms, duration_ms, epoch_ms(occurred_at) AS ms,
           coalesce(country, '')::country AS country,
           CASE
             WHEN {is_duplicate} THEN 0
             WHEN watched_ms < 5000 THEN 2
             WHEN surface <> 'for_you' AND surface <> '' THEN 3
             WHEN promoted THEN 4
             WHEN data_centre OR centre.network IS NOT NULL THEN 5
             WHEN bot OR user_agent IN (FROM bot_agent) THEN 6
             ELSE 12
           END::UTINYINT AS verdict,
           CASE WHEN {any_kind} THEN {kinds} ELSE 0 END::UTINYINT AS kinds
    FROM {view} LEFT JOIN centre ON network = ip >> 16 AND ip BETWEEN first AND last
    WHERE {span}
  ) e
  LEFT JOIN video s USING (video_id)
  LEFT JOIN viewer USING (viewer_id)
);

-- Engagement events and flags on views, once per viewer, video and kind.
CREATE TEMP TABLE act AS
SELECT pair, kind, min(ms) AS ms, arg_min(country, ms) AS country
FROM (
  SELECT pair(viewer, video) AS pair, epoch_ms(occurred_at) AS ms, coalesce(country, '')::country AS country,
         (list_position({kind_names}, engagement) - 1)::UTINYINT AS kind
  FROM (SELECT * FROM {engagement} {once}) JOIN video USING (video_id) LEFT JOIN viewer USING (viewer_id) WHERE {span}
  UNION ALL
  SELECT pair, ms, country, kind::UTINYINT FROM v, range(6) kinds(kind)
  WHERE kinds <> 0 AND verdict <> 0 AND (kinds >> kind::INTEGER) & 1 = 1
)
GROUP BY pair, kind;

-- Days and hours of too much watching.
CREATE TEMP TABLE hours AS
SELECT viewer, (ms // 3600000)::INTEGER AS hour, count(*) AS views, sum(watched_ms) - max(watched_ms) > 3600000 AS over
FROM (SELECT viewer_of(pair) AS viewer, ms, watched_ms FROM v WHERE verdict <> 0)
SEMI JOIN (FROM viewer WHERE heavy) USING (viewer)
GROUP BY viewer, hour;
CREATE TEMP TABLE fast AS
SELECT viewer, hour // 24 AS day FROM hours GROUP BY viewer, day HAVING sum(views) > 2000;
CREATE TEMP TABLE busy AS SELECT viewer, hour FROM hours WHERE over;
CREATE TEMP TABLE disliked AS SELECT pair FROM act WHERE kind = 5 AND viewer_of(pair) > 0;

-- Most pairs of viewer and video have one view, which can neither be looped nor counted already. Sorting finds the
-- others in less time and memory than counting all by hash.
CREATE TEMP TABLE several AS
SELECT DISTINCT pair
FROM (SELECT pair, lag(pair) OVER (ORDER BY pair) AS before FROM v WHERE verdict <> 0)
WHERE pair = before AND viewer_of(pair) > 0;

-- The few pairs whose views depend on others.
CREATE TEMP TABLE related AS
FROM several UNION FROM disliked
UNION SELECT pair FROM v WHERE viewer_of(pair) IN (SELECT viewer FROM fast UNION ALL SELECT viewer FROM busy);

-- The first view of a pair that passes counts; at one moment the one watched longest.
CREATE TEMP TABLE judged AS
SELECT * EXCLUDE (verdict, nth), CASE WHEN verdict = 12 AND nth > 1 THEN 11 ELSE verdict END::UTINYINT AS verdict
FROM (
  SELECT *, row_number() OVER (PARTITION BY pair, verdict = 12 ORDER BY ms, watched_ms DESC, country) AS nth
  FROM (
    SELECT w.* EXCLUDE (verdict, plays),
           CASE
             WHEN verdict < 7 THEN verdict
             WHEN fast.viewer IS NOT NULL THEN 7
             WHEN plays > 10 THEN 8
             WHEN disliked.pair IS NOT NULL THEN 9
             WHEN busy.viewer IS NOT NULL THEN 10
             ELSE 12
           END::UTINYINT AS verdict
    FROM (SELECT *, count(*) FILTER (verdict <> 0) OVER (PARTITION BY pair, ms // 86400000) AS plays
          FROM v SEMI JOIN related USING (pair)) w
    LEFT JOIN fast ON fast.viewer = viewer_of(w.pair) AND fast.day = ms // 86400000
    LEFT JOIN disliked ON disliked.pair = w.pair
    LEFT JOIN busy ON busy.viewer = viewer_of(w.pair) AND busy.hour = ms // 3600000
  )
);

-- Views, engagement and ad impressions below one another: the code says what a row is; those below 20 are verdicts.
CREATE TEMP VIEW row_of_fact AS
SELECT video_of(pair) AS video, country, (ms // 86400000)::USMALLINT AS day, verdict AS code,
       watched_ms::BIGINT AS amount, finished
FROM v ANTI JOIN related USING (pair)
UNION ALL
SELECT video_of(pair), country, (ms // 86400000)::USMALLINT, verdict, watched_ms, finished FROM judged
UNION ALL
SELECT video_of(pair), act.country, (ms // 86400000)::USMALLINT, 20 + kind, 0, false
FROM act
JOIN video ON video = video_of(pair)
LEFT JOIN viewer ON viewer = viewer_of(pair)
LEFT JOIN linked l ON l.viewer = viewer_of(pair) AND l.creator_id = video.creator_id
WHERE l.viewer IS NULL AND viewer.viewer_id IS DISTINCT FROM video.creator_id
UNION ALL
SELECT video, coalesce(country, '')::country, (epoch_ms(occurred_at) // 86400000)::USMALLINT, 30,
       (revenue * 1000000)::BIGINT, false
FROM (SELECT * FROM {ad_impression} {once}) JOIN video USING (video_id) WHERE currency = 'USD' AND {span};

-- Sums take a CASE and not a FILTER, which would cost more for its nulls.
COPY (
  SELECT video_id::VARCHAR AS video_id, coalesce(video.creator_id, unowned.creator_id)::VARCHAR AS creator_id,
         facts.* EXCLUDE (video)
  FROM (
    SELECT video, country, day::INTEGER AS day,
           count(*) FILTER (code < 20) AS views, count(*) FILTER (code = 12) AS qualified, {rejected},
           sum(CASE WHEN code BETWEEN 1 AND 12 THEN amount ELSE 0 END) AS watched_ms,
           sum(CASE WHEN code = 12 THEN amount ELSE 0 END) AS qualified_watched_ms,
           count(*) FILTER (code = 12 AND finished) AS completions, {engaged},
           count(*) FILTER (code = 30) AS ad_impressions,
           sum(CASE WHEN code = 30 THEN amount ELSE 0 END) AS ad_revenue_micros
    FROM row_of_fact GROUP BY video, country, day
  ) facts JOIN video USING (video) LEFT JOIN unowned USING (video)
) TO '{out}' (FORMAT PARQUET, COMPRESSION ZSTD);
