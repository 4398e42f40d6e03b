-- Answers that callers asked to be kept, by what was asked: the SHA-256 of the bytes sent, the model and its version.
CREATE TABLE ledger.cached_answers (
  workspace_id text NOT NULL, digest text NOT NULL, model_id text NOT NULL, sealed text NOT NULL, bytes integer NOT NULL,
  made_at timestamptz(3) NOT NULL, expires_at timestamptz(3) NOT NULL,
  PRIMARY KEY (workspace_id, digest)
);
-- Sealed bytes do not get shorter.
ALTER TABLE ledger.cached_answers ALTER COLUMN sealed SET STORAGE EXTERNAL;
CREATE INDEX cached_answers_by_end ON ledger.cached_answers (expires_at);
GRANT SELECT, INSERT, UPDATE, DELETE ON ledger.cached_answers TO patchbay_system;
ALTER TABLE ledger.cached_answers ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger.cached_answers FORCE ROW LEVEL SECURITY;
CREATE POLICY system ON ledger.cached_answers TO patchbay_system USING (true) WITH CHECK (true);

-- Requests that were answered from it. ledger.records.cache says so of each: 'hit', 'miss'.
ALTER TABLE ledger.usage_quarter ADD COLUMN cache_hits bigint NOT NULL DEFAULT 0;
ALTER TABLE ledger.usage_day ADD COLUMN cache_hits bigint NOT NULL DEFAULT 0;

CREATE OR REPLACE FUNCTION ledger.rebuild_days() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  LOCK TABLE ledger.usage_day IN SHARE ROW EXCLUSIVE MODE;
  DELETE FROM ledger.usage_day WHERE workspace_id = NEW.id;
  INSERT INTO ledger.usage_day (workspace_id, day, model_id, deployment_id, version, variant, environment, actor_id, source, status_class,
      requests, input_tokens, cached_tokens, output_tokens, reasoning_tokens, images, cost_nano_usd, unpriced, estimated, estimated_tokens, latency_ms, cache_hits)
    SELECT workspace_id, (quarter AT TIME ZONE NEW.time_zone)::date, model_id, deployment_id, version, variant, environment, actor_id, source, status_class,
      sum(requests), sum(input_tokens), sum(cached_tokens), sum(output_tokens), sum(reasoning_tokens), sum(images), sum(cost_nano_usd), sum(unpriced), sum(estimated),
      sum(estimated_tokens), sum(latency_ms), sum(cache_hits)
    FROM ledger.usage_quarter WHERE workspace_id = NEW.id GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10;
  RETURN NULL;
END $$;
