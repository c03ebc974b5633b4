-- Events to facts in DuckDB as an analyst writes it, step by step: the same job as `permille facts` under program.toml.
-- duckdb_tuned.sql is the same job again with everything that made DuckDB faster.

CREATE MACRO address(text) AS
list_reduce(list_transform(string_split(text, '.'), lambda part: part::BIGINT), lambda a, b: a * 256 + b);

-- Videos and linked accounts as in force at the end of the span.
CREATE TEMP TABLE video AS
SELECT video_id, arg_max(creator_id, effective_at) AS creator_id,
       arg_max(coalesce(duration_ms, 0), effective_at) AS duration_ms
FROM {video}
WHERE effective_at < TIMESTAMPTZ '{end} 00:00:00+00' GROUP BY video_id;

CREATE TEMP TABLE linked AS
SELECT DISTINCT unnest(string_split(accounts, ';'))::{id} AS viewer_id, creator_id
FROM (SELECT creator_id, arg_max(coalesce(linked_accounts, ''), effective_at) AS accounts
      FROM {creator}
      WHERE effective_at < TIMESTAMPTZ '{end} 00:00:00+00' GROUP BY creator_id)
WHERE accounts <> '';

-- Data-centre ranges, cut by networks of 2^16 addresses so that they can be joined by hash.
CREATE TEMP TABLE centre AS
SELECT unnest(range(first >> 16, (last >> 16) + 1)) AS network, first, last
FROM (SELECT address(column0) AS first, address(column1) AS last
      FROM read_csv('{datacentres}', header = false, all_varchar = true));

-- The agents first: DuckDB would otherwise match the patterns once per view.
CREATE TEMP TABLE agent AS SELECT DISTINCT user_agent FROM {view};
CREATE TEMP TABLE bot_agent AS SELECT user_agent FROM agent WHERE {bots};

-- Views with the first failing rule of those that need nothing but the row.
CREATE TEMP TABLE v AS
SELECT {event_id} AS event_id, e.viewer_id, e.video_id, epoch_ms(e.occurred_at) AS ms,
       (epoch_ms(e.occurred_at) // 86400000)::INTEGER AS day, (epoch_ms(e.occurred_at) // 3600000)::INTEGER AS hour,
       e.watched_ms, coalesce(e.country, '') AS country, e.creator_id,
       CASE
         WHEN e.viewer_id = coalesce(s.creator_id, e.creator_id) OR l.viewer_id IS NOT NULL THEN 1
         WHEN e.watched_ms < 5000 THEN 2
         WHEN e.surface <> 'for_you' AND e.surface <> '' THEN 3
         WHEN e.promoted THEN 4
         WHEN e.data_centre OR c.network IS NOT NULL THEN 5
         WHEN e.bot OR b.user_agent IS NOT NULL THEN 6
         ELSE 12
       END::UTINYINT AS verdict,
       coalesce(nullif(s.duration_ms, 0), e.duration_ms, 0) > 0
         AND e.watched_ms >= coalesce(nullif(s.duration_ms, 0), e.duration_ms) AS finished,
       (coalesce(e."like", false)::INTEGER + 2 * coalesce(e.comment, false)::INTEGER
         + 4 * coalesce(e.share, false)::INTEGER + 8 * coalesce(e.save, false)::INTEGER
         + 16 * coalesce(e.follow, false)::INTEGER + 32 * coalesce(e.not_interested, false)::INTEGER)::UTINYINT AS kinds
FROM {view} e
LEFT JOIN video s ON s.video_id = e.video_id
LEFT JOIN linked l ON l.viewer_id = e.viewer_id AND l.creator_id = coalesce(s.creator_id, e.creator_id)
LEFT JOIN centre c ON c.network = e.ip >> 16 AND e.ip BETWEEN c.first AND c.last
LEFT JOIN bot_agent b ON b.user_agent = e.user_agent
WHERE e.occurred_at >= TIMESTAMPTZ '{start} 00:00:00+00' AND e.occurred_at < TIMESTAMPTZ '{end} 00:00:00+00';

-- All but the first row of an event id are duplicates, and nothing else counts them.
CREATE TEMP TABLE again AS {again};
CREATE TEMP VIEW u AS
SELECT v.*, again.event_id IS NOT NULL AND v.rowid <> again.first AS duplicate FROM v LEFT JOIN again USING (event_id);
CREATE TEMP VIEW original AS SELECT * FROM u WHERE NOT duplicate;

-- Engagement events and flags on views, once per viewer, video and kind.
CREATE TEMP TABLE act AS
SELECT viewer_id, video_id, kind, (min(ms) // 86400000)::INTEGER AS day, arg_min(country, ms) AS country
FROM (
  SELECT viewer_id, video_id, epoch_ms(occurred_at) AS ms, coalesce(country, '') AS country,
         list_position(['like', 'comment', 'share', 'save', 'follow', 'not_interested'], engagement) - 1 AS kind
  FROM (SELECT * FROM {engagement} {once})
  WHERE occurred_at >= TIMESTAMPTZ '{start} 00:00:00+00' AND occurred_at < TIMESTAMPTZ '{end} 00:00:00+00'
  UNION ALL
  SELECT viewer_id, video_id, ms, country, kind FROM original, range(6) kinds(kind)
  WHERE kinds <> 0 AND (kinds >> kind::INTEGER) & 1 = 1
)
GROUP BY viewer_id, video_id, kind;

-- Rules that need the viewer's other views.
CREATE TEMP TABLE fast AS
SELECT viewer_id, day FROM original GROUP BY viewer_id, day HAVING count(*) > 2000;
CREATE TEMP TABLE looped AS
SELECT viewer_id, video_id, day FROM original GROUP BY viewer_id, video_id, day HAVING count(*) > 10;
CREATE TEMP TABLE disliked AS SELECT viewer_id, video_id FROM act WHERE kind = 5;
CREATE TEMP TABLE busy AS
SELECT viewer_id, hour FROM original GROUP BY viewer_id, hour HAVING sum(watched_ms) - max(watched_ms) > 3600000;

CREATE TEMP TABLE judged AS
SELECT u.video_id, u.viewer_id, u.ms, u.day, u.country, u.creator_id, u.watched_ms, u.finished,
       CASE
         WHEN u.duplicate THEN 0
         WHEN u.verdict < 7 THEN u.verdict
         WHEN fast.viewer_id IS NOT NULL THEN 7
         WHEN looped.viewer_id IS NOT NULL THEN 8
         WHEN disliked.viewer_id IS NOT NULL THEN 9
         WHEN busy.viewer_id IS NOT NULL THEN 10
         ELSE 12
       END::UTINYINT AS verdict
FROM u
LEFT JOIN fast USING (viewer_id, day)
LEFT JOIN looped USING (viewer_id, video_id, day)
LEFT JOIN disliked USING (viewer_id, video_id)
LEFT JOIN busy USING (viewer_id, hour);

-- The first view of a pair that passes counts; at one moment the one watched longest.
CREATE TEMP TABLE several AS
SELECT viewer_id, video_id, min(ms) AS ms FROM judged WHERE verdict = 12 GROUP BY viewer_id, video_id HAVING count(*) > 1;
CREATE TEMP VIEW decided AS
SELECT * EXCLUDE (ms, viewer_id) FROM judged ANTI JOIN several USING (viewer_id, video_id)
UNION ALL
SELECT * EXCLUDE (ms, viewer_id, verdict, nth), CASE WHEN verdict = 12 AND nth > 1 THEN 11 ELSE verdict END AS verdict
FROM (SELECT judged.*, row_number() OVER (
        PARTITION BY viewer_id, video_id, verdict = 12 ORDER BY judged.ms, watched_ms DESC, country) AS nth
      FROM judged SEMI JOIN several USING (viewer_id, video_id));

-- Facts: views, engagement and ad impressions side by side, then added up.
COPY (
  SELECT video_id::VARCHAR AS video_id, min(creator_id)::VARCHAR AS creator_id, country, day,
         sum(views) AS views, sum(qualified) AS qualified,
         {rejected_sums},
         sum(watched_ms) AS watched_ms, sum(qualified_watched_ms) AS qualified_watched_ms,
         sum(completions) AS completions,
         {engagement_sums},
         sum(ad_impressions) AS ad_impressions, sum(ad_revenue_micros) AS ad_revenue_micros
  FROM (
    SELECT video_id, country, day, min(creator_id) AS creator_id, count(*) AS views,
           count(*) FILTER (verdict = 12) AS qualified,
           {rejected_counts},
           coalesce(sum(watched_ms) FILTER (verdict <> 0), 0) AS watched_ms,
           coalesce(sum(watched_ms) FILTER (verdict = 12), 0) AS qualified_watched_ms,
           count(*) FILTER (verdict = 12 AND finished) AS completions,
           {no_engagement}, 0 AS ad_impressions, 0 AS ad_revenue_micros
    FROM decided GROUP BY video_id, country, day
    UNION ALL
    SELECT video_id, country, day, NULL, 0, 0, {no_rejected}, 0, 0, 0, {engagement_counts}, 0, 0
    FROM (SELECT act.* FROM act
          LEFT JOIN video s USING (video_id)
          LEFT JOIN linked l ON l.viewer_id = act.viewer_id AND l.creator_id = s.creator_id
          WHERE l.viewer_id IS NULL AND act.viewer_id IS DISTINCT FROM s.creator_id)
    GROUP BY video_id, country, day
    UNION ALL
    SELECT video_id, coalesce(country, '') AS country, (epoch_ms(occurred_at) // 86400000)::INTEGER AS day, NULL, 0, 0,
           {no_rejected}, 0, 0, 0, {no_engagement}, count(*), sum((revenue * 1000000)::BIGINT)
    FROM (SELECT * FROM {ad_impression} {once})
    WHERE currency = 'USD'
      AND occurred_at >= TIMESTAMPTZ '{start} 00:00:00+00' AND occurred_at < TIMESTAMPTZ '{end} 00:00:00+00'
    GROUP BY video_id, country, day
  )
  GROUP BY video_id, country, day
) TO '{out}' (FORMAT PARQUET, COMPRESSION ZSTD);
