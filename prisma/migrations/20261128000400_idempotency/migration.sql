-- Answers of calls that came with an Idempotency-Key, so that a repeat gets the same one and nothing is done twice.
-- state: running (by the process `holder`), answered (without `sealed`: the answer was not kept), unknown.
CREATE TABLE ledger.idempotency (
  workspace_id text NOT NULL, key_id text NOT NULL, key text NOT NULL, body_sha256 text NOT NULL,
  state text NOT NULL, request_id text NOT NULL, holder text NOT NULL, sealed text,
  expires_at timestamptz(3) NOT NULL,
  PRIMARY KEY (workspace_id, key_id, key)
);
-- Sealed bytes do not get shorter.
ALTER TABLE ledger.idempotency ALTER COLUMN sealed SET STORAGE EXTERNAL;
CREATE INDEX idempotency_by_end ON ledger.idempotency (expires_at);
GRANT SELECT, INSERT, UPDATE, DELETE ON ledger.idempotency TO patchbay_system;
ALTER TABLE ledger.idempotency ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger.idempotency FORCE ROW LEVEL SECURITY;
CREATE POLICY system ON ledger.idempotency TO patchbay_system USING (true) WITH CHECK (true);

-- What a stored answer had to do with a call: 'replay' (a repeat got the first one's answer), '' (nothing).
ALTER TABLE ledger.records ADD COLUMN cache text NOT NULL DEFAULT '';
