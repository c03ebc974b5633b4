-- The reference: a ledger as it is usually written in SQL. One call moves one amount: it locks both accounts in a fixed
-- order, updates their balances, and inserts the transfer and its two entries.
CREATE TABLE plain_account (
  id BIGINT PRIMARY KEY,
  balance BIGINT NOT NULL,
  version BIGINT NOT NULL DEFAULT 0
) WITH (fillfactor = 50);

CREATE TABLE plain_transfer (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  from_account BIGINT NOT NULL REFERENCES plain_account,
  to_account BIGINT NOT NULL REFERENCES plain_account,
  amount BIGINT NOT NULL CHECK (amount > 0),
  created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE TABLE plain_entry (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account BIGINT NOT NULL REFERENCES plain_account,
  transfer BIGINT NOT NULL REFERENCES plain_transfer,
  amount BIGINT NOT NULL,
  balance_after BIGINT NOT NULL,
  version BIGINT NOT NULL,
  created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE INDEX ON plain_entry (account);
CREATE INDEX ON plain_entry (transfer);

CREATE FUNCTION plain_transfer(p_from BIGINT, p_to BIGINT, p_amount BIGINT) RETURNS BIGINT LANGUAGE plpgsql AS $$
DECLARE
  v_transfer BIGINT;
  v_balance BIGINT;
  v_version BIGINT;
BEGIN
  PERFORM 1 FROM plain_account WHERE id IN (p_from, p_to) ORDER BY id FOR UPDATE;
  INSERT INTO plain_transfer (from_account, to_account, amount) VALUES (p_from, p_to, p_amount) RETURNING id INTO v_transfer;
  UPDATE plain_account SET balance = balance - p_amount, version = version + 1 WHERE id = p_from
    RETURNING balance, version INTO v_balance, v_version;
  INSERT INTO plain_entry (account, transfer, amount, balance_after, version) VALUES (p_from, v_transfer, -p_amount, v_balance, v_version);
  UPDATE plain_account SET balance = balance + p_amount, version = version + 1 WHERE id = p_to
    RETURNING balance, version INTO v_balance, v_version;
  INSERT INTO plain_entry (account, transfer, amount, balance_after, version) VALUES (p_to, v_transfer, p_amount, v_balance, v_version);
  RETURN v_transfer;
END $$;

INSERT INTO plain_account (id, balance) SELECT n, 0 FROM generate_series(1, 100000) AS n;
ANALYZE plain_account;
