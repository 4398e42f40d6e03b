-- An address is a model's, or a group's that several models share by weight. One key still makes all of them unique.
ALTER TABLE "model_addresses" ADD COLUMN "version" INTEGER NOT NULL DEFAULT 1, ALTER COLUMN "model_id" DROP NOT NULL;
ALTER TABLE "model_addresses" ADD CONSTRAINT "model_addresses_group_check" CHECK ((kind = 'group') = (model_id IS NULL));

-- CreateTable
CREATE TABLE "model_group_members" (
    "workspace_id" TEXT NOT NULL,
    "address" TEXT NOT NULL,
    "model_id" TEXT NOT NULL,
    "weight" INTEGER NOT NULL CHECK (weight BETWEEN 1 AND 1000),

    CONSTRAINT "model_group_members_pkey" PRIMARY KEY ("workspace_id","address","model_id")
);

-- CreateTable
CREATE TABLE "model_intakes" (
    "id" TEXT NOT NULL,
    "workspace_id" TEXT NOT NULL,
    "source" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "actor_id" TEXT NOT NULL,
    "actor_label" TEXT NOT NULL,
    "rows" JSONB NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "model_intakes_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "model_group_members_workspace_id_model_id_idx" ON "model_group_members"("workspace_id", "model_id");

-- CreateIndex
CREATE INDEX "model_intakes_workspace_id_started_at_idx" ON "model_intakes"("workspace_id", "started_at");

-- CreateIndex
CREATE UNIQUE INDEX "model_intakes_workspace_id_id_key" ON "model_intakes"("workspace_id", "id");

-- AddForeignKey
ALTER TABLE "model_group_members" ADD CONSTRAINT "model_group_members_workspace_id_address_fkey" FOREIGN KEY ("workspace_id", "address") REFERENCES "model_addresses"("workspace_id", "address") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "model_group_members" ADD CONSTRAINT "model_group_members_workspace_id_model_id_fkey" FOREIGN KEY ("workspace_id", "model_id") REFERENCES "models"("workspace_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

GRANT SELECT, INSERT, UPDATE, DELETE ON model_group_members, model_intakes TO patchbay_app, patchbay_system;
DO $$
DECLARE tenant text;
BEGIN
  FOREACH tenant IN ARRAY ARRAY['model_group_members', 'model_intakes'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant);
    EXECUTE format('CREATE POLICY tenant ON %I TO patchbay_app USING (workspace_id = ledger.current_workspace()) WITH CHECK (workspace_id = ledger.current_workspace())', tenant);
    EXECUTE format('CREATE POLICY system ON %I TO patchbay_system USING (true) WITH CHECK (true)', tenant);
  END LOOP;
END $$;
CREATE TRIGGER bump_snapshot AFTER INSERT OR UPDATE OR DELETE ON model_group_members FOR EACH STATEMENT EXECUTE FUNCTION ledger.bump_snapshot();

-- When an address was last called, so that a former one can be let go without a doubt.
CREATE TABLE ledger.address_use (workspace_id text NOT NULL, address text NOT NULL, last_used_at timestamptz(3) NOT NULL, PRIMARY KEY (workspace_id, address));
ALTER TABLE ledger.address_use ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger.address_use FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON ledger.address_use FOR SELECT TO patchbay_app USING (workspace_id = ledger.current_workspace());
CREATE POLICY system ON ledger.address_use TO patchbay_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON ledger.address_use TO patchbay_system;
GRANT SELECT ON ledger.address_use TO patchbay_app;
