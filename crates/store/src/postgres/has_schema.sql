-- Asks the catalog itself. `to_regclass` alone answers from what the connection keeps of it, and a connection that found no table keeps
-- that until it locks some table: behind the writer's lock it would still miss what the writer before it has made.
SELECT EXISTS (
    SELECT FROM pg_catalog.pg_class
    WHERE relname = 'permille_schema' AND pg_catalog.pg_table_is_visible(oid)
)
