-- The books. Entries are never changed or removed: the triggers below refuse it.
-- Program and source are those of a creator's money, and the earner is who earned it where the owner collects it for somebody else; empty in the
-- accounts that name none.
CREATE TABLE ledger_account (
  id BIGINT PRIMARY KEY,
  kind TEXT COLLATE "C" NOT NULL,
  owner TEXT COLLATE "C" NOT NULL,
  asset TEXT COLLATE "C" NOT NULL,
  program TEXT COLLATE "C" NOT NULL,
  source TEXT COLLATE "C" NOT NULL,
  earner TEXT COLLATE "C" NOT NULL,
  UNIQUE (kind, owner, asset, program, source, earner)
);

CREATE TABLE ledger_transaction (
  number BIGINT PRIMARY KEY,
  key TEXT COLLATE "C" NOT NULL UNIQUE,
  action TEXT COLLATE "C" NOT NULL,
  linked BIGINT,
  cause TEXT COLLATE "C" NOT NULL,
  detail TEXT,
  effective_ms BIGINT NOT NULL,
  recorded_ms BIGINT NOT NULL,
  expires_ms BIGINT,
  body BYTEA NOT NULL
);

-- A reservation ends once; a transaction is reversed once.
CREATE UNIQUE INDEX ledger_transaction_linked ON ledger_transaction (linked) WHERE linked IS NOT NULL;
CREATE INDEX ledger_transaction_expires ON ledger_transaction (expires_ms) WHERE expires_ms IS NOT NULL;

-- One debit and one equal credit. Each posting names the last transaction before it on both of its accounts, its own if an
-- earlier posting of it touched the account.
CREATE TABLE ledger_posting (
  transaction_number BIGINT NOT NULL,
  place INTEGER NOT NULL,
  debit BIGINT NOT NULL,
  credit BIGINT NOT NULL,
  amount BIGINT NOT NULL CHECK (amount > 0),
  debit_previous BIGINT NOT NULL,
  credit_previous BIGINT NOT NULL,
  reference TEXT,
  PRIMARY KEY (transaction_number, place),
  CHECK (debit <> credit)
);

-- Sums over the postings, kept up to date in the same database transaction; `permille ledger verify` recomputes them. The checksum is over
-- the account and its sums, and is compared whenever they are read.
CREATE TABLE ledger_balance (
  account BIGINT PRIMARY KEY,
  debits BIGINT NOT NULL,
  credits BIGINT NOT NULL,
  debits_pending BIGINT NOT NULL,
  credits_pending BIGINT NOT NULL,
  last_transaction BIGINT NOT NULL,
  checksum BIGINT NOT NULL
) WITH (fillfactor = 50);

-- Changes: one for each database transaction that wrote something, with who wrote, by which way in and command, under which key
-- and for which request (each key of an actor once), when, the last transaction there was after it, and the versions of records that it wrote ([[kind, id, version], ...]). The digest is that of all that it
-- wrote; the link is made from the link before it and all that the row says.
CREATE TABLE change (
  number BIGINT PRIMARY KEY,
  actor TEXT COLLATE "C" NOT NULL,
  way TEXT COLLATE "C" NOT NULL,
  command TEXT COLLATE "C" NOT NULL,
  key TEXT COLLATE "C",
  request BYTEA,
  recorded_ms BIGINT NOT NULL,
  transactions BIGINT NOT NULL,
  records TEXT COLLATE "C" NOT NULL,
  digest BYTEA NOT NULL,
  link BYTEA NOT NULL
);

CREATE UNIQUE INDEX change_key ON change (actor, key) WHERE key IS NOT NULL;

-- Documents by kind and id; every version is kept. Each names the change that wrote it, and has the hash of all that it says. One that has a
-- key is sealed: its body is encrypted under the key of that name (store/src/keys.rs).
CREATE TABLE record (
  kind TEXT COLLATE "C" NOT NULL,
  id TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  body TEXT COLLATE "C" NOT NULL,
  author TEXT COLLATE "C" NOT NULL,
  recorded_ms BIGINT NOT NULL,
  change BIGINT NOT NULL,
  digest BYTEA NOT NULL,
  key TEXT COLLATE "C",
  PRIMARY KEY (kind, id, version)
);

-- Keys that seal records. One that is destroyed is taken out: it alone of all that is stored.
CREATE TABLE sealing_key (
  name TEXT COLLATE "C" PRIMARY KEY,
  key BYTEA NOT NULL
);

CREATE INDEX record_change ON record (change, kind, id, version);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only: no % of what is booked', TG_TABLE_NAME, lower(TG_OP);
END $$;

CREATE TRIGGER ledger_account_is_fixed BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_account EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_transaction_is_fixed BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_transaction EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_posting_is_fixed BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_posting EXECUTE FUNCTION refuse_change();
CREATE TRIGGER change_is_fixed BEFORE UPDATE OR DELETE OR TRUNCATE ON change EXECUTE FUNCTION refuse_change();
CREATE TRIGGER sealing_key_is_fixed BEFORE UPDATE OR TRUNCATE ON sealing_key EXECUTE FUNCTION refuse_change();
CREATE TRIGGER record_is_fixed BEFORE UPDATE OR DELETE OR TRUNCATE ON record EXECUTE FUNCTION refuse_change();

CREATE TABLE permille_schema (version BIGINT NOT NULL);
INSERT INTO permille_schema VALUES (0);
