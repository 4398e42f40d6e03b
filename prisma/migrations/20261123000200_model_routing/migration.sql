-- Retries and fallbacks of a model, and what gateways tell of models that fail again and again.
ALTER TABLE "models" ADD COLUMN "routing" JSONB NOT NULL DEFAULT '{}';

CREATE TABLE "model_breakers" (
    "workspace_id" TEXT NOT NULL,
    "model_id" TEXT NOT NULL,
    "opened_at" TIMESTAMPTZ(3) NOT NULL,
    "open_until" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "model_breakers_pkey" PRIMARY KEY ("workspace_id","model_id")
);
ALTER TABLE "model_breakers" ADD CONSTRAINT "model_breakers_workspace_id_model_id_fkey" FOREIGN KEY ("workspace_id", "model_id") REFERENCES "models"("workspace_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

GRANT SELECT, INSERT, UPDATE, DELETE ON model_breakers TO patchbay_app, patchbay_system;
ALTER TABLE model_breakers ENABLE ROW LEVEL SECURITY;
ALTER TABLE model_breakers FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON model_breakers TO patchbay_app USING (workspace_id = ledger.current_workspace()) WITH CHECK (workspace_id = ledger.current_workspace());
CREATE POLICY system ON model_breakers TO patchbay_system USING (true) WITH CHECK (true);
