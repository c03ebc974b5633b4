-- The chain of records: each version that was ever written, in the order of writing. A link is made from the link before it, the
-- number, how many transactions the books had then, and the version's digest. Versions from before the chain get their links
-- when this is run, by time, kind, id and version, with 0 transactions.
CREATE TABLE record_link (
  number BIGINT PRIMARY KEY,
  kind TEXT COLLATE "C" NOT NULL,
  id TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  transactions BIGINT NOT NULL,
  link BYTEA NOT NULL
);

CREATE TRIGGER record_link_is_fixed BEFORE UPDATE OR DELETE OR TRUNCATE ON record_link EXECUTE FUNCTION refuse_change();
