-- The books. Entries are never changed or removed: the triggers below refuse it.
-- Program and source are those of a creator's money, and the earner is who earned it where the owner collects it for somebody else; empty in the
-- accounts that name none.
CREATE TABLE ledger_account (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  owner TEXT NOT NULL,
  asset TEXT NOT NULL,
  program TEXT NOT NULL,
  source TEXT NOT NULL,
  earner TEXT NOT NULL,
  UNIQUE (kind, owner, asset, program, source, earner)
) STRICT;

CREATE TABLE ledger_transaction (
  number INTEGER PRIMARY KEY,
  key TEXT NOT NULL,
  action TEXT NOT NULL,
  linked INTEGER,
  cause TEXT NOT NULL,
  detail TEXT,
  effective_ms INTEGER NOT NULL,
  recorded_ms INTEGER NOT NULL,
  expires_ms INTEGER,
  body BLOB NOT NULL,
  postings TEXT NOT NULL
) STRICT;

-- The transactions by their idempotency keys. Apart, so that the keys of a group are taken before anything else is written.
CREATE TABLE ledger_key (
  key TEXT PRIMARY KEY,
  transaction_number INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A reservation ends once; a transaction is reversed once.
CREATE UNIQUE INDEX ledger_transaction_linked ON ledger_transaction (linked) WHERE linked IS NOT NULL;
CREATE INDEX ledger_transaction_expires ON ledger_transaction (expires_ms) WHERE expires_ms IS NOT NULL;

-- The postings one by one: one debit and one equal credit. Each names the last transaction before it on both of its
-- accounts, its own if an earlier posting of it touched the account.
CREATE VIEW ledger_posting AS
SELECT t.number AS transaction_number, p.key AS place, p.value ->> 0 AS debit, p.value ->> 1 AS credit, p.value ->> 2 AS amount,
       p.value ->> 3 AS debit_previous, p.value ->> 4 AS credit_previous, p.value ->> 5 AS reference
FROM ledger_transaction AS t, json_each(t.postings) AS p;

-- Sums over the postings, kept up to date in the same database transaction; `permille ledger verify` recomputes them. The checksum is over
-- the account and its sums, and is compared whenever they are read.
CREATE TABLE ledger_balance (
  account INTEGER PRIMARY KEY,
  debits INTEGER NOT NULL,
  credits INTEGER NOT NULL,
  debits_pending INTEGER NOT NULL,
  credits_pending INTEGER NOT NULL,
  last_transaction INTEGER NOT NULL,
  checksum INTEGER NOT NULL
) STRICT;

-- Changes: one for each database transaction that wrote something, with who wrote, by which way in and command, under which key
-- and for which request (each key of an actor once), when, the last transaction there was after it, and the versions of records that it wrote ([[kind, id, version], ...]). The digest is that of all that it
-- wrote; the link is made from the link before it and all that the row says.
CREATE TABLE change (
  number INTEGER PRIMARY KEY,
  actor TEXT NOT NULL,
  way TEXT NOT NULL,
  command TEXT NOT NULL,
  key TEXT,
  request BLOB,
  recorded_ms INTEGER NOT NULL,
  transactions INTEGER NOT NULL,
  records TEXT NOT NULL,
  digest BLOB NOT NULL,
  link BLOB NOT NULL
) STRICT;

CREATE UNIQUE INDEX change_key ON change (actor, key) WHERE key IS NOT NULL;

-- Documents by kind and id; every version is kept. Each names the change that wrote it, and has the hash of all that it says. One that has a
-- key is sealed: its body is encrypted under the key of that name (store/src/keys.rs).
CREATE TABLE record (
  kind TEXT NOT NULL,
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  body TEXT NOT NULL,
  author TEXT NOT NULL,
  recorded_ms INTEGER NOT NULL,
  change INTEGER NOT NULL,
  digest BLOB NOT NULL,
  key TEXT,
  PRIMARY KEY (kind, id, version)
) STRICT, WITHOUT ROWID;

-- Keys that seal records. One that is destroyed is taken out: it alone of all that is stored.
CREATE TABLE sealing_key (
  name TEXT PRIMARY KEY,
  key BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX record_change ON record (change, kind, id, version);

CREATE TRIGGER ledger_account_is_kept BEFORE DELETE ON ledger_account BEGIN SELECT RAISE(ABORT, 'accounts are never removed'); END;
CREATE TRIGGER ledger_account_is_fixed BEFORE UPDATE ON ledger_account BEGIN SELECT RAISE(ABORT, 'accounts are never changed'); END;
CREATE TRIGGER ledger_transaction_is_kept BEFORE DELETE ON ledger_transaction BEGIN SELECT RAISE(ABORT, 'transactions are never removed'); END;
CREATE TRIGGER ledger_transaction_is_fixed BEFORE UPDATE ON ledger_transaction BEGIN SELECT RAISE(ABORT, 'transactions are never changed'); END;
CREATE TRIGGER ledger_posting_is_kept INSTEAD OF DELETE ON ledger_posting BEGIN SELECT RAISE(ABORT, 'postings are never removed'); END;
CREATE TRIGGER ledger_posting_is_fixed INSTEAD OF UPDATE ON ledger_posting BEGIN SELECT RAISE(ABORT, 'postings are never changed'); END;
CREATE TRIGGER ledger_key_is_kept BEFORE DELETE ON ledger_key WHEN EXISTS (SELECT 1 FROM ledger_transaction WHERE number = OLD.transaction_number)
  BEGIN SELECT RAISE(ABORT, 'keys of transactions are never given back'); END;
CREATE TRIGGER ledger_key_is_fixed BEFORE UPDATE ON ledger_key BEGIN SELECT RAISE(ABORT, 'keys are never changed'); END;
CREATE TRIGGER change_is_kept BEFORE DELETE ON change BEGIN SELECT RAISE(ABORT, 'changes are never removed'); END;
CREATE TRIGGER change_is_fixed BEFORE UPDATE ON change BEGIN SELECT RAISE(ABORT, 'changes are never altered'); END;
CREATE TRIGGER change_is_new BEFORE INSERT ON change WHEN EXISTS (SELECT 1 FROM change WHERE number >= NEW.number)
  BEGIN SELECT RAISE(ABORT, 'changes are never replaced'); END;
CREATE TRIGGER sealing_key_is_fixed BEFORE UPDATE ON sealing_key BEGIN SELECT RAISE(ABORT, 'sealing keys are never changed'); END;
CREATE TRIGGER record_is_kept BEFORE DELETE ON record BEGIN SELECT RAISE(ABORT, 'records are never removed'); END;
CREATE TRIGGER record_is_fixed BEFORE UPDATE ON record BEGIN SELECT RAISE(ABORT, 'records are never changed'); END;

-- REPLACE removes a row without asking the triggers above, unless a connection wants it so. Of transactions and keys `permille
-- ledger verify` finds it out: a trigger on their insertion would cost a fifth of the time that booking takes.
CREATE TRIGGER ledger_account_is_new BEFORE INSERT ON ledger_account WHEN EXISTS (SELECT 1 FROM ledger_account WHERE id = NEW.id
  OR (kind = NEW.kind AND owner = NEW.owner AND asset = NEW.asset AND program = NEW.program AND source = NEW.source AND earner = NEW.earner)) BEGIN SELECT RAISE(ABORT, 'accounts are never replaced'); END;
CREATE TRIGGER record_is_new BEFORE INSERT ON record WHEN EXISTS (SELECT 1 FROM record WHERE kind = NEW.kind AND id = NEW.id AND version >= NEW.version)
  BEGIN SELECT RAISE(ABORT, 'records are never replaced'); END;
