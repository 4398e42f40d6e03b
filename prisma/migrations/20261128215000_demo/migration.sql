-- A workspace of examples says so on every page, and is taken away by one click.
ALTER TABLE "workspaces" ADD COLUMN "demo" BOOLEAN NOT NULL DEFAULT false;
-- Set when somebody deletes it: nobody reaches it from then on, and the worker takes its rows away part by part.
ALTER TABLE "workspaces" ADD COLUMN "deleted_at" TIMESTAMPTZ(3);
