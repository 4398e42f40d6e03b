-- Past calls of a model at a corrected price. `done_to`: everything of the span before it is done.
CREATE TABLE ledger.recosts (
  id text PRIMARY KEY,
  workspace_id text NOT NULL,
  model_id text NOT NULL,
  from_at timestamptz(3) NOT NULL,
  to_at timestamptz(3) NOT NULL,
  -- price: at the prices below, null is unpriced; ran: back to what each call cost when it ran.
  mode text NOT NULL CHECK (mode IN ('price', 'ran')),
  input_pico_usd_per_token bigint,
  output_pico_usd_per_token bigint,
  cached_input_pico_usd_per_token bigint,
  image_nano_usd bigint,
  state text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'done', 'stopped')),
  done_to timestamptz(3) NOT NULL,
  requests bigint NOT NULL DEFAULT 0,
  old_nano_usd numeric NOT NULL DEFAULT 0,
  new_nano_usd numeric NOT NULL DEFAULT 0,
  created_by text NOT NULL,
  created_label text NOT NULL,
  created_at timestamptz(3) NOT NULL,
  ended_at timestamptz(3)
);
CREATE UNIQUE INDEX recosts_one_at_a_time ON ledger.recosts (workspace_id) WHERE state = 'running';
CREATE INDEX recosts_by_model ON ledger.recosts (workspace_id, model_id, created_at DESC);

-- What a call cost when it ran stays beside what it counts for now. Null: never re-costed, or put back.
ALTER TABLE ledger.records ADD COLUMN recost_id text, ADD COLUMN ran_cost_nano_usd bigint, ADD COLUMN ran_priced boolean;

GRANT SELECT, INSERT, UPDATE ON ledger.recosts TO patchbay_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ledger.recosts TO patchbay_system;
ALTER TABLE ledger.recosts ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger.recosts FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON ledger.recosts TO patchbay_app USING (workspace_id = ledger.current_workspace()) WITH CHECK (workspace_id = ledger.current_workspace());
CREATE POLICY system ON ledger.recosts TO patchbay_system USING (true) WITH CHECK (true);
