-- The chain of records: each version that was ever written, in the order of writing. A link is made from the link before it, the
-- number, how many transactions the books had then, and the version's digest. Versions from before the chain get their links
-- when this is run, by time, kind, id and version, with 0 transactions.
CREATE TABLE record_link (
  number INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  transactions INTEGER NOT NULL,
  link BLOB NOT NULL
) STRICT;

CREATE TRIGGER record_link_is_kept BEFORE DELETE ON record_link BEGIN SELECT RAISE(ABORT, 'links of records are never removed'); END;
CREATE TRIGGER record_link_is_fixed BEFORE UPDATE ON record_link BEGIN SELECT RAISE(ABORT, 'links of records are never changed'); END;
