-- The life of a model: a refused key, what the worker looks after by itself, validations that it finishes.
ALTER TABLE "models" ADD COLUMN "key_refused_at" TIMESTAMPTZ(3);
ALTER TABLE "validations" ADD COLUMN "reason" TEXT NOT NULL DEFAULT 'form', ADD COLUMN "handed_over_at" TIMESTAMPTZ(3);

CREATE TABLE "model_watches" (
    "workspace_id" TEXT NOT NULL,
    "model_id" TEXT NOT NULL,
    "checked_at" TIMESTAMPTZ(3),
    "validated_at" TIMESTAMPTZ(3),
    "failures" INTEGER NOT NULL DEFAULT 0,
    "standing" TEXT NOT NULL DEFAULT '',

    CONSTRAINT "model_watches_pkey" PRIMARY KEY ("workspace_id","model_id")
);
ALTER TABLE "model_watches" ADD CONSTRAINT "model_watches_workspace_id_model_id_fkey" FOREIGN KEY ("workspace_id", "model_id") REFERENCES "models"("workspace_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

GRANT SELECT, INSERT, UPDATE, DELETE ON model_watches TO patchbay_app, patchbay_system;
ALTER TABLE model_watches ENABLE ROW LEVEL SECURITY;
ALTER TABLE model_watches FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON model_watches TO patchbay_app USING (workspace_id = ledger.current_workspace()) WITH CHECK (workspace_id = ledger.current_workspace());
CREATE POLICY system ON model_watches TO patchbay_system USING (true) WITH CHECK (true);
