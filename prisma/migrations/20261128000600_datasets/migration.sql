-- Examples that models are compared on. A row stands from one revision up to another, so that a snapshot is a number.

-- CreateTable
CREATE TABLE "datasets" (
    "id" TEXT NOT NULL,
    "workspace_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT NOT NULL DEFAULT '',
    "columns" JSONB NOT NULL DEFAULT '[]',
    "expected_type" TEXT NOT NULL DEFAULT 'text',
    "revision" INTEGER NOT NULL DEFAULT 1,
    "changed" BOOLEAN NOT NULL DEFAULT false,
    "row_count" INTEGER NOT NULL DEFAULT 0,
    "next_position" INTEGER NOT NULL DEFAULT 1,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_by" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "datasets_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "dataset_rows" (
    "workspace_id" TEXT NOT NULL,
    "dataset_id" TEXT NOT NULL,
    "row_id" TEXT NOT NULL,
    "from_revision" INTEGER NOT NULL,
    "to_revision" INTEGER CHECK (to_revision >= from_revision),
    "position" INTEGER NOT NULL,
    "inputs" JSONB NOT NULL DEFAULT '{}',
    "messages" JSONB NOT NULL DEFAULT '[]',
    "expected" JSONB,
    "request_id" TEXT NOT NULL DEFAULT '',
    "import_id" TEXT NOT NULL DEFAULT '',
    "version" INTEGER NOT NULL DEFAULT 1,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "dataset_rows_pkey" PRIMARY KEY ("workspace_id","dataset_id","row_id","from_revision")
);

-- CreateTable
CREATE TABLE "dataset_snapshots" (
    "workspace_id" TEXT NOT NULL,
    "dataset_id" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "label" TEXT NOT NULL DEFAULT '',
    "columns" JSONB NOT NULL,
    "expected_type" TEXT NOT NULL,
    "row_count" INTEGER NOT NULL,
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "dataset_snapshots_pkey" PRIMARY KEY ("workspace_id","dataset_id","number")
);

-- CreateTable
CREATE TABLE "dataset_imports" (
    "id" TEXT NOT NULL,
    "workspace_id" TEXT NOT NULL,
    "dataset_id" TEXT NOT NULL,
    "file_name" TEXT NOT NULL,
    "plan" JSONB NOT NULL,
    "status" TEXT NOT NULL,
    "bytes_read" BIGINT NOT NULL DEFAULT 0,
    "saved" INTEGER NOT NULL DEFAULT 0,
    "failed" INTEGER NOT NULL DEFAULT 0,
    "errors" JSONB NOT NULL DEFAULT '[]',
    "problem" TEXT NOT NULL DEFAULT '',
    "actor_id" TEXT NOT NULL,
    "actor_label" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "dataset_imports_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "datasets_workspace_id_id_key" ON "datasets"("workspace_id", "id");

-- CreateIndex
CREATE INDEX "dataset_rows_workspace_id_dataset_id_position_idx" ON "dataset_rows"("workspace_id", "dataset_id", "position");

-- CreateIndex
CREATE INDEX "dataset_imports_workspace_id_dataset_id_created_at_idx" ON "dataset_imports"("workspace_id", "dataset_id", "created_at");

-- CreateIndex
CREATE UNIQUE INDEX "dataset_imports_workspace_id_id_key" ON "dataset_imports"("workspace_id", "id");

-- AddForeignKey
ALTER TABLE "datasets" ADD CONSTRAINT "datasets_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspaces"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "dataset_rows" ADD CONSTRAINT "dataset_rows_workspace_id_dataset_id_fkey" FOREIGN KEY ("workspace_id", "dataset_id") REFERENCES "datasets"("workspace_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "dataset_snapshots" ADD CONSTRAINT "dataset_snapshots_workspace_id_dataset_id_fkey" FOREIGN KEY ("workspace_id", "dataset_id") REFERENCES "datasets"("workspace_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "dataset_imports" ADD CONSTRAINT "dataset_imports_workspace_id_dataset_id_fkey" FOREIGN KEY ("workspace_id", "dataset_id") REFERENCES "datasets"("workspace_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;


GRANT SELECT, INSERT, UPDATE, DELETE ON datasets, dataset_rows, dataset_snapshots, dataset_imports TO patchbay_app, patchbay_system;
DO $$
DECLARE tenant text;
BEGIN
  FOREACH tenant IN ARRAY ARRAY['datasets', 'dataset_rows', 'dataset_snapshots', 'dataset_imports'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant);
    EXECUTE format('CREATE POLICY tenant ON %I TO patchbay_app USING (workspace_id = ledger.current_workspace()) WITH CHECK (workspace_id = ledger.current_workspace())', tenant);
    EXECUTE format('CREATE POLICY system ON %I TO patchbay_system USING (true) WITH CHECK (true)', tenant);
  END LOOP;
END $$;
