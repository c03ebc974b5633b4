-- Who holds the advisory lock of writers: its 64-bit key stands in two columns of 32 bits.
SELECT activity.pid,
       coalesce(host(activity.client_addr), 'its own machine'),
       greatest(extract(epoch FROM clock_timestamp() - activity.xact_start), 0)::int8
FROM pg_locks AS held
JOIN pg_stat_activity AS activity USING (pid)
WHERE held.locktype = 'advisory'
  AND held.granted
  AND held.objsubid = 1
  AND (held.classid::int8 << 32) | held.objid::int8 = $1
LIMIT 1
