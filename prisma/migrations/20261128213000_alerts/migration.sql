-- Rules that are looked at by the clock, where their messages go, and what became of each message.
-- CreateTable
CREATE TABLE "alert_rules" (
    "id" TEXT NOT NULL,
    "workspace_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "condition" TEXT NOT NULL CHECK (condition IN ('cost', 'error_rate', 'latency', 'budget', 'unpriced', 'failing_model', 'drift')),
    "percentile" INTEGER CHECK (percentile IN (50, 95, 99)),
    "scope" TEXT NOT NULL CHECK (scope IN ('workspace', 'model', 'deployment', 'key', 'budget')),
    "scope_id" TEXT NOT NULL DEFAULT '',
    "window_minutes" INTEGER NOT NULL,
    "threshold" BIGINT NOT NULL CHECK (threshold > 0),
    "resolve_below" BIGINT NOT NULL CHECK (resolve_below > 0),
    "calls_min" INTEGER NOT NULL DEFAULT 1,
    "muted_until" TIMESTAMPTZ(3),
    "value" BIGINT,
    "firing" BOOLEAN NOT NULL DEFAULT false,
    "told" BOOLEAN NOT NULL DEFAULT false,
    "calm_since" TIMESTAMPTZ(3),
    "fired_at" TIMESTAMPTZ(3),
    "resolved_at" TIMESTAMPTZ(3),
    "evaluated_at" TIMESTAMPTZ(3),
    "next_at" TIMESTAMPTZ(3) NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_by" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "alert_rules_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "alert_channels" (
    "id" TEXT NOT NULL,
    "workspace_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "kind" TEXT NOT NULL CHECK (kind IN ('email', 'slack', 'webhook')),
    "recipients" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "host" TEXT NOT NULL DEFAULT '',
    "sealed_url" TEXT,
    "sealed_secret" TEXT,
    "notices" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_by" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "alert_channels_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "alert_rule_channels" (
    "workspace_id" TEXT NOT NULL,
    "rule_id" TEXT NOT NULL,
    "channel_id" TEXT NOT NULL,

    CONSTRAINT "alert_rule_channels_pkey" PRIMARY KEY ("workspace_id","rule_id","channel_id")
);

-- CreateTable
CREATE TABLE "alert_deliveries" (
    "id" TEXT NOT NULL,
    "workspace_id" TEXT NOT NULL,
    "channel_id" TEXT NOT NULL,
    "rule_id" TEXT NOT NULL DEFAULT '',
    "event" TEXT NOT NULL CHECK (event IN ('alert.fired', 'alert.resolved', 'notice', 'test')),
    "title" TEXT NOT NULL,
    "message" JSONB NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'failed')),
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "next_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "alert_deliveries_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "alert_attempts" (
    "workspace_id" TEXT NOT NULL,
    "delivery_id" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "duration_ms" INTEGER,
    "status" INTEGER,
    "code" TEXT NOT NULL DEFAULT '',
    "answer" TEXT NOT NULL DEFAULT '',

    CONSTRAINT "alert_attempts_pkey" PRIMARY KEY ("workspace_id","delivery_id","number")
);

-- CreateIndex
CREATE UNIQUE INDEX "alert_rules_workspace_id_id_key" ON "alert_rules"("workspace_id", "id");

-- CreateIndex
CREATE INDEX "alert_rules_next_at_idx" ON "alert_rules"("next_at");

-- CreateIndex
CREATE UNIQUE INDEX "alert_channels_workspace_id_id_key" ON "alert_channels"("workspace_id", "id");

-- CreateIndex
CREATE INDEX "alert_rule_channels_workspace_id_channel_id_idx" ON "alert_rule_channels"("workspace_id", "channel_id");

-- CreateIndex
CREATE UNIQUE INDEX "alert_deliveries_workspace_id_id_key" ON "alert_deliveries"("workspace_id", "id");

-- CreateIndex
CREATE INDEX "alert_deliveries_workspace_id_channel_id_id_idx" ON "alert_deliveries"("workspace_id", "channel_id", "id");

-- CreateIndex
CREATE INDEX "alert_deliveries_state_next_at_idx" ON "alert_deliveries"("state", "next_at");

-- CreateIndex
CREATE INDEX "alert_deliveries_created_at_idx" ON "alert_deliveries"("created_at");

-- AddForeignKey
ALTER TABLE "alert_rules" ADD CONSTRAINT "alert_rules_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspaces"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "alert_channels" ADD CONSTRAINT "alert_channels_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspaces"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "alert_rule_channels" ADD CONSTRAINT "alert_rule_channels_workspace_id_rule_id_fkey" FOREIGN KEY ("workspace_id", "rule_id") REFERENCES "alert_rules"("workspace_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "alert_rule_channels" ADD CONSTRAINT "alert_rule_channels_workspace_id_channel_id_fkey" FOREIGN KEY ("workspace_id", "channel_id") REFERENCES "alert_channels"("workspace_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "alert_deliveries" ADD CONSTRAINT "alert_deliveries_workspace_id_channel_id_fkey" FOREIGN KEY ("workspace_id", "channel_id") REFERENCES "alert_channels"("workspace_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "alert_attempts" ADD CONSTRAINT "alert_attempts_workspace_id_delivery_id_fkey" FOREIGN KEY ("workspace_id", "delivery_id") REFERENCES "alert_deliveries"("workspace_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

GRANT SELECT, INSERT, UPDATE, DELETE ON alert_rules, alert_channels, alert_rule_channels, alert_deliveries, alert_attempts TO patchbay_app, patchbay_system;
DO $$
DECLARE tenant text;
BEGIN
  FOREACH tenant IN ARRAY ARRAY['alert_rules', 'alert_channels', 'alert_rule_channels', 'alert_deliveries', 'alert_attempts'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant);
    EXECUTE format('CREATE POLICY tenant ON %I TO patchbay_app USING (workspace_id = ledger.current_workspace()) WITH CHECK (workspace_id = ledger.current_workspace())', tenant);
    EXECUTE format('CREATE POLICY system ON %I TO patchbay_system USING (true) WITH CHECK (true)', tenant);
  END LOOP;
END $$;

-- When a notice was handed to the channels that want its kind. What was told before there were any is not told again.
ALTER TABLE "notices" ADD COLUMN "sent_at" TIMESTAMPTZ(3);
UPDATE "notices" SET "sent_at" = "created_at";
-- CreateIndex
CREATE INDEX "notices_sent_at_idx" ON "notices"("sent_at");
