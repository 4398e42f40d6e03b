-- What people and programs say of a request: one row an author. It goes with its record; `request_at` is the record's time.
CREATE TABLE ledger.feedback (
  id text PRIMARY KEY,
  workspace_id text NOT NULL,
  request_id text NOT NULL,
  request_at timestamptz(3) NOT NULL,
  author_kind text NOT NULL CHECK (author_kind IN ('key', 'user', 'job')),
  author_id text NOT NULL,
  rating text CHECK (rating IN ('good', 'bad')),
  correction text NOT NULL DEFAULT '',
  comment text NOT NULL DEFAULT '',
  "values" jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz(3) NOT NULL,
  updated_at timestamptz(3) NOT NULL,
  UNIQUE (workspace_id, request_id, author_id)
);
CREATE INDEX feedback_by_time ON ledger.feedback (workspace_id, request_at DESC);

GRANT SELECT, INSERT, UPDATE, DELETE ON ledger.feedback TO patchbay_app, patchbay_system;
ALTER TABLE ledger.feedback ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger.feedback FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON ledger.feedback TO patchbay_app USING (workspace_id = ledger.current_workspace()) WITH CHECK (workspace_id = ledger.current_workspace());
CREATE POLICY system ON ledger.feedback TO patchbay_system USING (true) WITH CHECK (true);
