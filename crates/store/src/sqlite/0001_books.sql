-- The books. Entries are never changed or removed: the triggers below refuse it.
CREATE TABLE ledger_account (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  owner TEXT NOT NULL,
  asset TEXT NOT NULL,
  UNIQUE (kind, owner, asset)
) STRICT;

CREATE TABLE ledger_transaction (
  number INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  action TEXT NOT NULL,
  linked INTEGER,
  cause TEXT NOT NULL,
  detail TEXT,
  effective_ms INTEGER NOT NULL,
  recorded_ms INTEGER NOT NULL,
  expires_ms INTEGER,
  body BLOB NOT NULL
) STRICT;

-- A reservation ends once; a transaction is reversed once.
CREATE UNIQUE INDEX ledger_transaction_linked ON ledger_transaction (linked) WHERE linked IS NOT NULL;
CREATE INDEX ledger_transaction_expires ON ledger_transaction (expires_ms) WHERE expires_ms IS NOT NULL;

-- One debit and one equal credit. Each posting names the one before it on both of its accounts.
CREATE TABLE ledger_posting (
  number INTEGER PRIMARY KEY,
  transaction_number INTEGER NOT NULL,
  debit INTEGER NOT NULL,
  credit INTEGER NOT NULL,
  amount INTEGER NOT NULL CHECK (amount > 0),
  debit_previous INTEGER NOT NULL,
  credit_previous INTEGER NOT NULL,
  reference TEXT,
  CHECK (debit <> credit)
) STRICT;

-- Sums over the postings, kept up to date in the same database transaction; `permille ledger verify` recomputes them.
CREATE TABLE ledger_balance (
  account INTEGER PRIMARY KEY,
  debits INTEGER NOT NULL,
  credits INTEGER NOT NULL,
  debits_pending INTEGER NOT NULL,
  credits_pending INTEGER NOT NULL,
  last_posting INTEGER NOT NULL
) STRICT;

-- Documents by kind and id; every version is kept.
CREATE TABLE record (
  kind TEXT NOT NULL,
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  body TEXT NOT NULL,
  author TEXT NOT NULL,
  recorded_ms INTEGER NOT NULL,
  PRIMARY KEY (kind, id, version)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER ledger_account_is_kept BEFORE DELETE ON ledger_account BEGIN SELECT RAISE(ABORT, 'accounts are never removed'); END;
CREATE TRIGGER ledger_account_is_fixed BEFORE UPDATE ON ledger_account BEGIN SELECT RAISE(ABORT, 'accounts are never changed'); END;
CREATE TRIGGER ledger_transaction_is_kept BEFORE DELETE ON ledger_transaction BEGIN SELECT RAISE(ABORT, 'transactions are never removed'); END;
CREATE TRIGGER ledger_transaction_is_fixed BEFORE UPDATE ON ledger_transaction BEGIN SELECT RAISE(ABORT, 'transactions are never changed'); END;
CREATE TRIGGER ledger_posting_is_kept BEFORE DELETE ON ledger_posting BEGIN SELECT RAISE(ABORT, 'postings are never removed'); END;
CREATE TRIGGER ledger_posting_is_fixed BEFORE UPDATE ON ledger_posting BEGIN SELECT RAISE(ABORT, 'postings are never changed'); END;
CREATE TRIGGER record_is_kept BEFORE DELETE ON record BEGIN SELECT RAISE(ABORT, 'records are never removed'); END;
CREATE TRIGGER record_is_fixed BEFORE UPDATE ON record BEGIN SELECT RAISE(ABORT, 'records are never changed'); END;
