-- Durations were a row for every step of a histogram; now a row holds a histogram: `counts[b]` are the durations from 1.04^b
-- up to 1.04^(b+1) ms, and its bounds are the first and the last step that has any. A page about a month reads thousands of
-- rows where it read hundreds of thousands, and the sums take a tenth of the space.
CREATE FUNCTION ledger.add_count(counts integer[], bucket smallint, amount bigint) RETURNS integer[] LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  low integer := array_lower(counts, 1);
  high integer := array_upper(counts, 1);
BEGIN
  IF low IS NULL THEN RETURN array_fill(amount::integer, ARRAY[1], ARRAY[bucket::integer]); END IF;
  IF bucket BETWEEN low AND high THEN
    counts[bucket] := counts[bucket] + amount;
    RETURN counts;
  END IF;
  counts[bucket] := amount;
  FOR gap IN CASE WHEN bucket < low THEN bucket ELSE high END + 1 .. CASE WHEN bucket < low THEN low ELSE bucket END - 1 LOOP
    counts[gap] := 0;
  END LOOP;
  RETURN counts;
END $$;
CREATE AGGREGATE ledger.histogram(bucket smallint, amount bigint) (SFUNC = ledger.add_count, STYPE = integer[], INITCOND = '{}', PARALLEL = SAFE);

CREATE FUNCTION ledger.add_counts(counts integer[], more integer[]) RETURNS integer[] LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  low integer := least(array_lower(counts, 1), array_lower(more, 1));
  high integer := greatest(array_upper(counts, 1), array_upper(more, 1));
  wider integer[];
BEGIN
  IF low < array_lower(counts, 1) OR high > array_upper(counts, 1) THEN
    wider := array_fill(0, ARRAY[high - low + 1], ARRAY[low]);
    wider[array_lower(counts, 1):array_upper(counts, 1)] := counts;
    counts := wider;
  END IF;
  FOR b IN array_lower(more, 1) .. array_upper(more, 1) LOOP
    IF more[b] <> 0 THEN counts[b] := counts[b] + more[b]; END IF;
  END LOOP;
  RETURN counts;
END $$;
-- Of histograms: their sum.
CREATE AGGREGATE ledger.sum_counts(counts integer[]) (SFUNC = ledger.add_counts, STYPE = integer[], COMBINEFUNC = ledger.add_counts, PARALLEL = SAFE);

-- What is counted stays as it is. Some five seconds for ten million records.
ALTER TABLE ledger.latency_hour NO FORCE ROW LEVEL SECURITY;
ALTER TABLE ledger.latency_day NO FORCE ROW LEVEL SECURITY;
ALTER TABLE ledger.latency_hour RENAME TO latency_hour_steps;
ALTER TABLE ledger.latency_day RENAME TO latency_day_steps;
-- Rows are written again and again while their hour or day runs: room for that within their page.
CREATE TABLE ledger.latency_hour (
  workspace_id text NOT NULL, hour timestamptz(0) NOT NULL, model_id text NOT NULL DEFAULT '', deployment_id text NOT NULL DEFAULT '',
  kind text NOT NULL, counts integer[] NOT NULL
) WITH (fillfactor = 70);
CREATE TABLE ledger.latency_day (
  workspace_id text NOT NULL, day date NOT NULL, model_id text NOT NULL DEFAULT '', deployment_id text NOT NULL DEFAULT '', key_id text NOT NULL DEFAULT '',
  kind text NOT NULL, counts integer[] NOT NULL
) WITH (fillfactor = 70);
INSERT INTO ledger.latency_hour SELECT workspace_id, hour, model_id, deployment_id, kind, ledger.histogram(bucket, count)
  FROM ledger.latency_hour_steps GROUP BY 1, 2, 3, 4, 5;
INSERT INTO ledger.latency_day SELECT workspace_id, day, model_id, deployment_id, key_id, kind, ledger.histogram(bucket, count)
  FROM ledger.latency_day_steps GROUP BY 1, 2, 3, 4, 5, 6;
DROP TABLE ledger.latency_hour_steps, ledger.latency_day_steps;
ALTER TABLE ledger.latency_hour ADD PRIMARY KEY (workspace_id, hour, model_id, deployment_id, kind);
ALTER TABLE ledger.latency_day ADD PRIMARY KEY (workspace_id, day, model_id, deployment_id, key_id, kind);

GRANT SELECT ON ledger.latency_hour, ledger.latency_day TO patchbay_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ledger.latency_hour, ledger.latency_day TO patchbay_system;
ALTER TABLE ledger.latency_hour ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger.latency_hour FORCE ROW LEVEL SECURITY;
ALTER TABLE ledger.latency_day ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger.latency_day FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON ledger.latency_hour FOR SELECT TO patchbay_app USING (workspace_id = ledger.current_workspace());
CREATE POLICY tenant ON ledger.latency_day FOR SELECT TO patchbay_app USING (workspace_id = ledger.current_workspace());
CREATE POLICY system ON ledger.latency_hour TO patchbay_system USING (true) WITH CHECK (true);
CREATE POLICY system ON ledger.latency_day TO patchbay_system USING (true) WITH CHECK (true);
