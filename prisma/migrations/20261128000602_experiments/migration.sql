-- Experiments: a dataset x candidates x evaluators; what is executed is a run, pinned to a snapshot.

-- CreateTable
CREATE TABLE "experiments" (
    "id" TEXT NOT NULL,
    "workspace_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT NOT NULL DEFAULT '',
    "dataset_id" TEXT NOT NULL,
    "setup" JSONB NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "run_count" INTEGER NOT NULL DEFAULT 0,
    "created_by" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "experiments_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "experiment_runs" (
    "id" TEXT NOT NULL,
    "workspace_id" TEXT NOT NULL,
    "experiment_id" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "dataset_id" TEXT NOT NULL,
    "snapshot" INTEGER NOT NULL,
    "setup" JSONB NOT NULL,
    "state" TEXT NOT NULL,
    "reason" JSONB,
    "resumes_at" TIMESTAMPTZ(3),
    "cap_nano_usd" BIGINT,
    "concurrency" INTEGER NOT NULL,
    "estimate" JSONB NOT NULL,
    "row_count" INTEGER NOT NULL,
    "cells" INTEGER NOT NULL,
    "prepared" BOOLEAN NOT NULL DEFAULT false,
    "done" INTEGER NOT NULL DEFAULT 0,
    "failed" INTEGER NOT NULL DEFAULT 0,
    "cost_nano_usd" BIGINT NOT NULL DEFAULT 0,
    "pace" DOUBLE PRECISION NOT NULL DEFAULT 0,
    "holder" TEXT NOT NULL DEFAULT '',
    "lease_until" TIMESTAMPTZ(3),
    "actor_kind" TEXT NOT NULL,
    "actor_id" TEXT NOT NULL,
    "actor_label" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "experiment_runs_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "experiment_cells" (
    "workspace_id" TEXT NOT NULL,
    "run_id" TEXT NOT NULL,
    "candidate" INTEGER NOT NULL,
    "row_id" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'waiting',
    "tries" INTEGER NOT NULL DEFAULT 0,
    "again" BOOLEAN NOT NULL DEFAULT false,
    "request_id" TEXT NOT NULL DEFAULT '',
    "answer" JSONB,
    "status" INTEGER NOT NULL DEFAULT 0,
    "error_code" TEXT NOT NULL DEFAULT '',
    "error_message" TEXT NOT NULL DEFAULT '',
    "input_tokens" INTEGER,
    "output_tokens" INTEGER,
    "cost_nano_usd" BIGINT,
    "latency_ms" INTEGER,
    "first_token_ms" INTEGER,
    "finish_reason" TEXT NOT NULL DEFAULT '',
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "experiment_cells_pkey" PRIMARY KEY ("workspace_id","run_id","candidate","row_id")
);

-- CreateTable
CREATE TABLE "experiment_scores" (
    "workspace_id" TEXT NOT NULL,
    "run_id" TEXT NOT NULL,
    "candidate" INTEGER NOT NULL,
    "row_id" TEXT NOT NULL,
    "evaluator" INTEGER NOT NULL,
    "state" TEXT NOT NULL,
    "passed" BOOLEAN,
    "value" DOUBLE PRECISION,
    "label" TEXT,
    "detail" TEXT NOT NULL DEFAULT '',
    "skipped" BOOLEAN NOT NULL DEFAULT false,
    "error" TEXT NOT NULL DEFAULT '',
    "again" BOOLEAN NOT NULL DEFAULT false,
    "request_ids" TEXT[],
    "cost_nano_usd" BIGINT,

    CONSTRAINT "experiment_scores_pkey" PRIMARY KEY ("workspace_id","run_id","candidate","row_id","evaluator")
);

-- CreateTable
CREATE TABLE "experiment_reviews" (
    "workspace_id" TEXT NOT NULL,
    "run_id" TEXT NOT NULL,
    "candidate" INTEGER NOT NULL,
    "row_id" TEXT NOT NULL,
    "reviewer_id" TEXT NOT NULL,
    "reviewer_label" TEXT NOT NULL,
    "rating" INTEGER,
    "category" TEXT NOT NULL DEFAULT '',
    "correction" TEXT,
    "comment" TEXT NOT NULL DEFAULT '',
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "experiment_reviews_pkey" PRIMARY KEY ("workspace_id","run_id","candidate","row_id","reviewer_id")
);

-- CreateIndex
CREATE INDEX "experiments_workspace_id_dataset_id_idx" ON "experiments"("workspace_id", "dataset_id");

-- CreateIndex
CREATE UNIQUE INDEX "experiments_workspace_id_id_key" ON "experiments"("workspace_id", "id");

-- CreateIndex
CREATE INDEX "experiment_runs_state_idx" ON "experiment_runs"("state");

-- CreateIndex
CREATE UNIQUE INDEX "experiment_runs_workspace_id_id_key" ON "experiment_runs"("workspace_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "experiment_runs_workspace_id_experiment_id_number_key" ON "experiment_runs"("workspace_id", "experiment_id", "number");

-- CreateIndex
CREATE INDEX "experiment_cells_workspace_id_run_id_candidate_position_idx" ON "experiment_cells"("workspace_id", "run_id", "candidate", "position");

-- AddForeignKey
ALTER TABLE "experiments" ADD CONSTRAINT "experiments_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspaces"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "experiments" ADD CONSTRAINT "experiments_workspace_id_dataset_id_fkey" FOREIGN KEY ("workspace_id", "dataset_id") REFERENCES "datasets"("workspace_id", "id") ON DELETE NO ACTION ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "experiment_runs" ADD CONSTRAINT "experiment_runs_workspace_id_experiment_id_fkey" FOREIGN KEY ("workspace_id", "experiment_id") REFERENCES "experiments"("workspace_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "experiment_runs" ADD CONSTRAINT "experiment_runs_workspace_id_dataset_id_snapshot_fkey" FOREIGN KEY ("workspace_id", "dataset_id", "snapshot") REFERENCES "dataset_snapshots"("workspace_id", "dataset_id", "number") ON DELETE NO ACTION ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "experiment_cells" ADD CONSTRAINT "experiment_cells_workspace_id_run_id_fkey" FOREIGN KEY ("workspace_id", "run_id") REFERENCES "experiment_runs"("workspace_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "experiment_scores" ADD CONSTRAINT "experiment_scores_workspace_id_run_id_candidate_row_id_fkey" FOREIGN KEY ("workspace_id", "run_id", "candidate", "row_id") REFERENCES "experiment_cells"("workspace_id", "run_id", "candidate", "row_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "experiment_reviews" ADD CONSTRAINT "experiment_reviews_workspace_id_run_id_candidate_row_id_fkey" FOREIGN KEY ("workspace_id", "run_id", "candidate", "row_id") REFERENCES "experiment_cells"("workspace_id", "run_id", "candidate", "row_id") ON DELETE CASCADE ON UPDATE CASCADE;

GRANT SELECT, INSERT, UPDATE, DELETE ON experiments, experiment_runs, experiment_cells, experiment_scores, experiment_reviews TO patchbay_app, patchbay_system;
DO $$
DECLARE tenant text;
BEGIN
  FOREACH tenant IN ARRAY ARRAY['experiments', 'experiment_runs', 'experiment_cells', 'experiment_scores', 'experiment_reviews'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant);
    EXECUTE format('CREATE POLICY tenant ON %I TO patchbay_app USING (workspace_id = ledger.current_workspace()) WITH CHECK (workspace_id = ledger.current_workspace())', tenant);
    EXECUTE format('CREATE POLICY system ON %I TO patchbay_system USING (true) WITH CHECK (true)', tenant);
  END LOOP;
END $$;
