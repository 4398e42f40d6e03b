-- The index of metadata pairs is of no use to a tenant's own query: before its row-level security is satisfied, Postgres lets
-- no operator look at a row that it does not know to keep secrets, and `@>` of JSON is none of those. This asks in the owner's
-- name, for the workspace that is set and for no other. Rows of [since, (before_at, before_id)), newest first.
CREATE FUNCTION ledger.find_by_metadata(pairs jsonb, since timestamptz, before_at timestamptz, before_id text, most integer) RETURNS SETOF ledger.records
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  -- Planned anew each time: how many rows a pair and a span have decides which index is the better one. Sorted by what is in
  -- no index: else the order by time would be walked for a pair that hardly any row has.
  RETURN QUERY EXECUTE 'SELECT * FROM ledger.records WHERE workspace_id = $1 AND metadata @> $2 AND metadata IS NOT NULL
      AND started_at >= $3 AND started_at <= $4 AND (started_at, id) < ($4, $5)
    ORDER BY started_at + interval ''0'' DESC, id DESC LIMIT $6'
    USING ledger.current_workspace(), pairs, since, before_at, before_id, most;
END $$;
REVOKE ALL ON FUNCTION ledger.find_by_metadata(jsonb, timestamptz, timestamptz, text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger.find_by_metadata(jsonb, timestamptz, timestamptz, text, integer) TO patchbay_app;
