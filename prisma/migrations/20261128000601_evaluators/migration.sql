-- How answers are judged. Each edit is a version that stays, so that runs and guardrails mean what they meant.

-- CreateTable
CREATE TABLE "evaluators" (
    "id" TEXT NOT NULL,
    "workspace_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT NOT NULL DEFAULT '',
    "kind" TEXT NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_by" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "deleted_at" TIMESTAMPTZ(3),

    CONSTRAINT "evaluators_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "evaluator_versions" (
    "workspace_id" TEXT NOT NULL,
    "evaluator_id" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "config" JSONB NOT NULL,
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "evaluator_versions_pkey" PRIMARY KEY ("workspace_id","evaluator_id","version")
);

-- CreateIndex
CREATE UNIQUE INDEX "evaluators_workspace_id_id_key" ON "evaluators"("workspace_id", "id");

-- AddForeignKey
ALTER TABLE "evaluators" ADD CONSTRAINT "evaluators_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspaces"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "evaluator_versions" ADD CONSTRAINT "evaluator_versions_workspace_id_evaluator_id_fkey" FOREIGN KEY ("workspace_id", "evaluator_id") REFERENCES "evaluators"("workspace_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

GRANT SELECT, INSERT, UPDATE, DELETE ON evaluators, evaluator_versions TO patchbay_system;
GRANT SELECT, INSERT, UPDATE ON evaluators TO patchbay_app;
-- A version stays as it was.
GRANT SELECT, INSERT ON evaluator_versions TO patchbay_app;
DO $$
DECLARE tenant text;
BEGIN
  FOREACH tenant IN ARRAY ARRAY['evaluators', 'evaluator_versions'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant);
    EXECUTE format('CREATE POLICY tenant ON %I TO patchbay_app USING (workspace_id = ledger.current_workspace()) WITH CHECK (workspace_id = ledger.current_workspace())', tenant);
    EXECUTE format('CREATE POLICY system ON %I TO patchbay_system USING (true) WITH CHECK (true)', tenant);
  END LOOP;
END $$;
-- Gateways hold guardrails in memory.
CREATE TRIGGER bump_snapshot AFTER INSERT OR UPDATE OR DELETE ON evaluators FOR EACH STATEMENT EXECUTE FUNCTION ledger.bump_snapshot();
