-- Prompts and answers of calls, where a workspace keeps them.
ALTER TABLE "workspaces" ADD COLUMN "payload_epoch" INTEGER NOT NULL DEFAULT 0, ADD COLUMN "payload_viewers" BOOLEAN NOT NULL DEFAULT false;

-- What became of a call's prompt and answer: 'kept', 'no_store' (the caller asked for it), 'full' (too much was waiting),
-- '' (the workspace kept none).
ALTER TABLE ledger.records ADD COLUMN payload text NOT NULL DEFAULT '';

-- A process seals what it keeps of a workspace under a key of its own; `sealed` opens with the master key.
CREATE TABLE ledger.payload_keys (id text PRIMARY KEY, workspace_id text NOT NULL, epoch integer NOT NULL, sealed text NOT NULL, made_at timestamptz(3) NOT NULL DEFAULT now());
CREATE INDEX payload_keys_by_workspace ON ledger.payload_keys (workspace_id);
-- Several requests of a workspace that ended at one time, compressed and sealed together. `epoch`: the workspace's, as it
-- was then; of an older one nothing is shown any more. `newest_at`: of the newest request in it.
CREATE TABLE ledger.payloads (
  id text PRIMARY KEY, workspace_id text NOT NULL, key_id text NOT NULL, epoch integer NOT NULL, newest_at timestamptz(3) NOT NULL, sealed bytea NOT NULL
);
-- It is compressed already.
ALTER TABLE ledger.payloads ALTER COLUMN sealed SET STORAGE EXTERNAL;
CREATE INDEX payloads_by_workspace ON ledger.payloads (workspace_id, epoch, newest_at);
CREATE TABLE ledger.payload_places (
  workspace_id text NOT NULL, request_id text NOT NULL, payload_id text NOT NULL REFERENCES ledger.payloads ON DELETE CASCADE, PRIMARY KEY (workspace_id, request_id)
);
CREATE INDEX payload_places_by_payload ON ledger.payload_places (payload_id);

GRANT SELECT, INSERT, UPDATE, DELETE ON ledger.payload_keys, ledger.payloads, ledger.payload_places TO patchbay_system;
GRANT SELECT ON ledger.payload_keys, ledger.payloads, ledger.payload_places TO patchbay_app;
DO $$
DECLARE tenant text;
BEGIN
  FOREACH tenant IN ARRAY ARRAY['payload_keys', 'payloads', 'payload_places'] LOOP
    EXECUTE format('ALTER TABLE ledger.%I ENABLE ROW LEVEL SECURITY', tenant);
    EXECUTE format('ALTER TABLE ledger.%I FORCE ROW LEVEL SECURITY', tenant);
    EXECUTE format('CREATE POLICY tenant ON ledger.%I FOR SELECT TO patchbay_app USING (workspace_id = ledger.current_workspace())', tenant);
    EXECUTE format('CREATE POLICY system ON ledger.%I TO patchbay_system USING (true) WITH CHECK (true)', tenant);
  END LOOP;
END $$;

-- A workspace that keeps nothing any more, or is gone, loses the keys in the same transaction: nothing of it can be read
-- from then on. The rows are taken away by the worker.
CREATE FUNCTION ledger.drop_payload_keys() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  DELETE FROM ledger.payload_keys WHERE workspace_id = OLD.id;
  IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
  NEW.payload_epoch := OLD.payload_epoch + 1;
  RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION ledger.drop_payload_keys() FROM PUBLIC;
CREATE TRIGGER payloads_off BEFORE UPDATE OF payload_days ON workspaces FOR EACH ROW WHEN (NEW.payload_days = 0 AND OLD.payload_days <> 0) EXECUTE FUNCTION ledger.drop_payload_keys();
CREATE TRIGGER payloads_gone BEFORE DELETE ON workspaces FOR EACH ROW EXECUTE FUNCTION ledger.drop_payload_keys();
