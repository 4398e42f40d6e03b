-- Prompts of the playground that others of the workspace open by a link.
-- CreateTable
CREATE TABLE "playground_links" (
    "id" TEXT NOT NULL,
    "workspace_id" TEXT NOT NULL,
    "name" TEXT NOT NULL DEFAULT '',
    "type" TEXT NOT NULL CHECK (type IN ('chat', 'completion', 'embedding', 'image')),
    "models" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "prompt" JSONB NOT NULL,
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "playground_links_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "playground_links_workspace_id_id_key" ON "playground_links"("workspace_id", "id");

-- AddForeignKey
ALTER TABLE "playground_links" ADD CONSTRAINT "playground_links_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspaces"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- A link never changes: it is made and taken away.
GRANT SELECT, INSERT, DELETE ON playground_links TO patchbay_app, patchbay_system;
ALTER TABLE playground_links ENABLE ROW LEVEL SECURITY;
ALTER TABLE playground_links FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON playground_links TO patchbay_app USING (workspace_id = ledger.current_workspace()) WITH CHECK (workspace_id = ledger.current_workspace());
CREATE POLICY system ON playground_links TO patchbay_system USING (true) WITH CHECK (true);
