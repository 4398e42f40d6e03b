-- Deployments: a key that code calls, and behind it versions that people change without a release.
ALTER TABLE "api_keys" ADD COLUMN "deployment_ids" TEXT[] DEFAULT ARRAY[]::TEXT[];

-- CreateTable
CREATE TABLE "deployments" (
    "id" TEXT NOT NULL,
    "workspace_id" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "former_keys" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "type" TEXT NOT NULL CHECK (type IN ('chat', 'completion', 'embedding', 'image')),
    "description" TEXT NOT NULL DEFAULT '',
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_by" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "deleted_at" TIMESTAMPTZ(3),
    "living" BOOLEAN DEFAULT true,

    CONSTRAINT "deployments_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "deployments_living_check" CHECK ((living IS TRUE) = (deleted_at IS NULL) AND living IS NOT FALSE)
);

-- CreateTable
CREATE TABLE "deployment_drafts" (
    "workspace_id" TEXT NOT NULL,
    "deployment_id" TEXT NOT NULL,
    "config" JSONB NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "saved_by" TEXT,
    "saved_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "deployment_drafts_pkey" PRIMARY KEY ("workspace_id","deployment_id")
);

-- CreateTable
CREATE TABLE "deployment_versions" (
    "workspace_id" TEXT NOT NULL,
    "deployment_id" TEXT NOT NULL,
    "major" INTEGER NOT NULL CHECK (major >= 1),
    "minor" INTEGER NOT NULL CHECK (minor >= 0),
    "config" JSONB NOT NULL,
    "description" TEXT NOT NULL DEFAULT '',
    "created_by" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "deployment_versions_pkey" PRIMARY KEY ("workspace_id","deployment_id","major","minor")
);

-- CreateTable
CREATE TABLE "deployment_environments" (
    "workspace_id" TEXT NOT NULL,
    "deployment_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "major" INTEGER,
    "minor" INTEGER,
    "canary_major" INTEGER,
    "canary_minor" INTEGER,
    "canary_share" INTEGER NOT NULL DEFAULT 0 CHECK (canary_share BETWEEN 0 AND 10000),
    "version" INTEGER NOT NULL DEFAULT 1,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "deployment_environments_pkey" PRIMARY KEY ("workspace_id","deployment_id","name"),
    -- A canary runs beside a version, never alone.
    CONSTRAINT "deployment_environments_pointer_check" CHECK (
      (major IS NULL) = (minor IS NULL) AND (canary_major IS NULL) = (canary_minor IS NULL)
      AND (canary_share > 0) = (canary_major IS NOT NULL) AND (canary_major IS NULL OR major IS NOT NULL))
);

-- CreateTable
CREATE TABLE "deployment_releases" (
    "id" TEXT NOT NULL,
    "workspace_id" TEXT NOT NULL,
    "deployment_id" TEXT NOT NULL,
    "environment" TEXT NOT NULL,
    "kind" TEXT NOT NULL CHECK (kind IN ('publish', 'promote', 'rollback', 'repoint', 'canary_set', 'canary_stop', 'canary_promote')),
    "major" INTEGER NOT NULL,
    "minor" INTEGER NOT NULL,
    "from_major" INTEGER,
    "from_minor" INTEGER,
    "share" INTEGER NOT NULL DEFAULT 0,
    "actor_id" TEXT NOT NULL,
    "actor_label" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "deployment_releases_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "deployments_workspace_id_created_at_idx" ON "deployments"("workspace_id", "created_at");

-- CreateIndex
CREATE UNIQUE INDEX "deployments_workspace_id_id_key" ON "deployments"("workspace_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "deployments_workspace_id_key_living_key" ON "deployments"("workspace_id", "key", "living");

-- CreateIndex
CREATE INDEX "deployment_releases_workspace_id_deployment_id_environment__idx" ON "deployment_releases"("workspace_id", "deployment_id", "environment", "at");

-- CreateIndex
CREATE UNIQUE INDEX "deployment_releases_workspace_id_id_key" ON "deployment_releases"("workspace_id", "id");

-- AddForeignKey
ALTER TABLE "deployments" ADD CONSTRAINT "deployments_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspaces"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "deployment_drafts" ADD CONSTRAINT "deployment_drafts_workspace_id_deployment_id_fkey" FOREIGN KEY ("workspace_id", "deployment_id") REFERENCES "deployments"("workspace_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "deployment_versions" ADD CONSTRAINT "deployment_versions_workspace_id_deployment_id_fkey" FOREIGN KEY ("workspace_id", "deployment_id") REFERENCES "deployments"("workspace_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "deployment_environments" ADD CONSTRAINT "deployment_environments_workspace_id_deployment_id_fkey" FOREIGN KEY ("workspace_id", "deployment_id") REFERENCES "deployments"("workspace_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "deployment_environments" ADD CONSTRAINT "deployment_environments_workspace_id_deployment_id_major_m_fkey" FOREIGN KEY ("workspace_id", "deployment_id", "major", "minor") REFERENCES "deployment_versions"("workspace_id", "deployment_id", "major", "minor") ON DELETE NO ACTION ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "deployment_environments" ADD CONSTRAINT "deployment_environments_workspace_id_deployment_id_canary__fkey" FOREIGN KEY ("workspace_id", "deployment_id", "canary_major", "canary_minor") REFERENCES "deployment_versions"("workspace_id", "deployment_id", "major", "minor") ON DELETE NO ACTION ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "deployment_releases" ADD CONSTRAINT "deployment_releases_workspace_id_deployment_id_fkey" FOREIGN KEY ("workspace_id", "deployment_id") REFERENCES "deployments"("workspace_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

GRANT SELECT, INSERT, UPDATE, DELETE ON deployments, deployment_drafts, deployment_environments TO patchbay_app, patchbay_system;
-- A version never changes, and what was released when is never rewritten.
GRANT SELECT, INSERT ON deployment_versions, deployment_releases TO patchbay_app, patchbay_system;
DO $$
DECLARE tenant text;
BEGIN
  FOREACH tenant IN ARRAY ARRAY['deployments', 'deployment_drafts', 'deployment_versions', 'deployment_environments', 'deployment_releases'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant);
    EXECUTE format('CREATE POLICY tenant ON %I TO patchbay_app USING (workspace_id = ledger.current_workspace()) WITH CHECK (workspace_id = ledger.current_workspace())', tenant);
    EXECUTE format('CREATE POLICY system ON %I TO patchbay_system USING (true) WITH CHECK (true)', tenant);
  END LOOP;
  -- Drafts move no snapshot: nobody calls them by key.
  FOREACH tenant IN ARRAY ARRAY['deployments', 'deployment_versions', 'deployment_environments'] LOOP
    EXECUTE format('CREATE TRIGGER bump_snapshot AFTER INSERT OR UPDATE OR DELETE ON %I FOR EACH STATEMENT EXECUTE FUNCTION ledger.bump_snapshot()', tenant);
  END LOOP;
END $$;
