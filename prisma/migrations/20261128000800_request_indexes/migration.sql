-- Lists of requests page by (started_at, id). Few records share a millisecond, so the id need not be in every index: what
-- does share one is sorted as it is read. That is a fifth of a record's size.
DROP INDEX ledger.records_by_workspace, ledger.records_by_model, ledger.records_by_actor, ledger.records_not_ok,
  ledger.records_by_deployment, ledger.records_by_identity, ledger.records_by_thread;
CREATE INDEX records_by_workspace ON ledger.records (workspace_id, started_at DESC);
CREATE INDEX records_by_model ON ledger.records (workspace_id, model_id, started_at DESC);
CREATE INDEX records_by_actor ON ledger.records (workspace_id, actor_id, started_at DESC);
CREATE INDEX records_not_ok ON ledger.records (workspace_id, started_at DESC) WHERE outcome <> 'ok';
CREATE INDEX records_by_error ON ledger.records (workspace_id, error_code, started_at DESC) WHERE error_code <> '';
CREATE INDEX records_by_deployment ON ledger.records (workspace_id, deployment_id, started_at DESC) WHERE deployment_id <> '';
CREATE INDEX records_by_identity ON ledger.records (workspace_id, identity, started_at DESC) WHERE identity <> '';
CREATE INDEX records_by_thread ON ledger.records (workspace_id, thread, started_at DESC) WHERE thread <> '';
-- Pairs of metadata: one small hash a pair, and no order. A day's partition is searched at a time.
CREATE INDEX records_by_metadata ON ledger.records USING gin (metadata jsonb_path_ops) WHERE metadata IS NOT NULL;
