-- Who holds what a transaction waits for, or stands in line before it: the advisory lock of writers ($1; its 64-bit key stands in
-- two columns of 32 bits) where it is to write ($2), or a lock on the tables ($3) that excludes its own.
SELECT activity.pid,
       coalesce(host(activity.client_addr), 'its own machine'),
       greatest(extract(epoch FROM clock_timestamp() - activity.xact_start), 0)::int8,
       held.locktype = 'advisory'
FROM pg_locks AS held
JOIN pg_stat_activity AS activity USING (pid)
WHERE held.pid <> pg_backend_pid()
  AND ((held.locktype = 'advisory'
        AND $2
        AND held.granted
        AND held.objsubid = 1
        AND (held.classid::int8 << 32) | held.objid::int8 = $1)
    OR (held.locktype = 'relation'
        AND held.relation IN (SELECT to_regclass(trim(name)) FROM unnest(string_to_array($3, ',')) AS name)
        AND (held.mode = 'AccessExclusiveLock'
             OR $2 AND held.mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock'))))
ORDER BY held.granted DESC
LIMIT 1
