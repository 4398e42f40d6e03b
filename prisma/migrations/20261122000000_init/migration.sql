-- The first schema: `public` is the control plane (the Prisma schema says the same), `ledger` is what calls leave behind.
-- Every tenant table is closed by row-level security for the role the application works as.

-- CreateTable
CREATE TABLE "users" (
    "id" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "password_hash" TEXT,
    "session_version" INTEGER NOT NULL DEFAULT 1,
    "operator" BOOLEAN NOT NULL DEFAULT false,
    "time_zone" TEXT NOT NULL DEFAULT 'UTC',
    "theme" TEXT NOT NULL DEFAULT 'system',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "users_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "workspaces" (
    "id" TEXT NOT NULL,
    "slug" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "time_zone" TEXT NOT NULL DEFAULT 'UTC',
    "payload_days" INTEGER NOT NULL DEFAULT 0,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "workspaces_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "members" (
    "workspace_id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "members_pkey" PRIMARY KEY ("workspace_id","user_id")
);

-- CreateTable
CREATE TABLE "invitations" (
    "id" TEXT NOT NULL,
    "workspace_id" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "token_hash" TEXT NOT NULL,
    "invited_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "accepted_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "invitations_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "api_keys" (
    "id" TEXT NOT NULL,
    "workspace_id" TEXT NOT NULL,
    "public_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "secret_hash" TEXT NOT NULL,
    "last_four" TEXT NOT NULL,
    "scopes" TEXT[],
    "model_ids" TEXT[],
    "role" TEXT NOT NULL,
    "created_by" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),
    "version" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "api_keys_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "models" (
    "id" TEXT NOT NULL,
    "workspace_id" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "slug" TEXT NOT NULL,
    "model_id" TEXT NOT NULL,
    "region" TEXT NOT NULL,
    "description" TEXT NOT NULL DEFAULT '',
    "base_url" TEXT NOT NULL,
    "host" TEXT NOT NULL,
    "key_header" TEXT NOT NULL DEFAULT 'authorization',
    "sealed_key" TEXT,
    "key_fingerprint" TEXT,
    "key_last_four" TEXT,
    "key_set_at" TIMESTAMPTZ(3),
    "sealed_headers" TEXT,
    "header_names" TEXT[],
    "sealed_query" TEXT,
    "query_names" TEXT[],
    "ca" TEXT,
    "paths" JSONB NOT NULL DEFAULT '{}',
    "timeouts" JSONB NOT NULL DEFAULT '{}',
    "max_tokens" INTEGER,
    "temperature" DOUBLE PRECISION,
    "context_tokens" INTEGER,
    "state" TEXT NOT NULL DEFAULT 'active',
    "capabilities" JSONB NOT NULL DEFAULT '{}',
    "profile" JSONB NOT NULL DEFAULT '{}',
    "practice" BOOLEAN NOT NULL DEFAULT false,
    "validation_id" TEXT,
    "validated_at" TIMESTAMPTZ(3),
    "added_by" TEXT,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "deleted_at" TIMESTAMPTZ(3),

    CONSTRAINT "models_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "model_addresses" (
    "workspace_id" TEXT NOT NULL,
    "address" TEXT NOT NULL,
    "model_id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "reserved_until" TIMESTAMPTZ(3),

    CONSTRAINT "model_addresses_pkey" PRIMARY KEY ("workspace_id","address")
);

-- CreateTable
CREATE TABLE "model_prices" (
    "id" TEXT NOT NULL,
    "workspace_id" TEXT NOT NULL,
    "model_id" TEXT NOT NULL,
    "effective_from" TIMESTAMPTZ(3) NOT NULL,
    "input_pico_usd_per_token" BIGINT,
    "output_pico_usd_per_token" BIGINT,
    "cached_input_pico_usd_per_token" BIGINT,
    "image_nano_usd" BIGINT,
    "created_by" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "model_prices_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "model_uses" (
    "workspace_id" TEXT NOT NULL,
    "model_id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "ref_id" TEXT NOT NULL,
    "label" TEXT NOT NULL,

    CONSTRAINT "model_uses_pkey" PRIMARY KEY ("workspace_id","model_id","kind","ref_id")
);

-- CreateTable
CREATE TABLE "validations" (
    "id" TEXT NOT NULL,
    "workspace_id" TEXT NOT NULL,
    "model_id" TEXT,
    "actor_id" TEXT NOT NULL,
    "actor_label" TEXT NOT NULL,
    "draft_hash" TEXT NOT NULL,
    "subject" JSONB NOT NULL,
    "status" TEXT NOT NULL,
    "checks" JSONB NOT NULL DEFAULT '[]',
    "capabilities" JSONB NOT NULL DEFAULT '{}',
    "profile" JSONB NOT NULL DEFAULT '{}',
    "listing" JSONB NOT NULL DEFAULT '{}',
    "calls" INTEGER NOT NULL DEFAULT 0,
    "cost_nano_usd" BIGINT NOT NULL DEFAULT 0,
    "started_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "validations_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "notices" (
    "id" TEXT NOT NULL,
    "workspace_id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "level" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "body" TEXT NOT NULL,
    "href" TEXT NOT NULL,
    "action_label" TEXT NOT NULL,
    "ref_id" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "resolved_at" TIMESTAMPTZ(3),

    CONSTRAINT "notices_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "audits" (
    "id" TEXT NOT NULL,
    "workspace_id" TEXT NOT NULL DEFAULT '',
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "actor_kind" TEXT NOT NULL,
    "actor_id" TEXT NOT NULL,
    "actor_label" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "target_kind" TEXT NOT NULL,
    "target_id" TEXT NOT NULL,
    "target_label" TEXT NOT NULL,
    "before" JSONB,
    "after" JSONB,
    "address" TEXT NOT NULL DEFAULT '',
    "request_id" TEXT NOT NULL DEFAULT '',

    CONSTRAINT "audits_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "allowed_endpoints" (
    "id" TEXT NOT NULL,
    "entry" TEXT NOT NULL,
    "note" TEXT NOT NULL DEFAULT '',
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "allowed_endpoints_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "settings" (
    "key" TEXT NOT NULL,
    "value" JSONB NOT NULL,

    CONSTRAINT "settings_pkey" PRIMARY KEY ("key")
);

-- CreateTable
CREATE TABLE "sign_in_attempts" (
    "bucket" TEXT NOT NULL,
    "failures" INTEGER NOT NULL,
    "window_start" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "sign_in_attempts_pkey" PRIMARY KEY ("bucket")
);

-- CreateIndex
CREATE UNIQUE INDEX "users_email_key" ON "users"("email");

-- CreateIndex
CREATE UNIQUE INDEX "workspaces_slug_key" ON "workspaces"("slug");

-- CreateIndex
CREATE INDEX "members_user_id_idx" ON "members"("user_id");

-- CreateIndex
CREATE UNIQUE INDEX "invitations_token_hash_key" ON "invitations"("token_hash");

-- CreateIndex
CREATE UNIQUE INDEX "invitations_workspace_id_id_key" ON "invitations"("workspace_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "api_keys_public_id_key" ON "api_keys"("public_id");

-- CreateIndex
CREATE UNIQUE INDEX "api_keys_workspace_id_id_key" ON "api_keys"("workspace_id", "id");

-- CreateIndex
CREATE INDEX "models_workspace_id_created_at_idx" ON "models"("workspace_id", "created_at");

-- CreateIndex
CREATE UNIQUE INDEX "models_workspace_id_id_key" ON "models"("workspace_id", "id");

-- CreateIndex
CREATE INDEX "model_addresses_workspace_id_model_id_idx" ON "model_addresses"("workspace_id", "model_id");

-- CreateIndex
CREATE INDEX "model_prices_workspace_id_model_id_effective_from_idx" ON "model_prices"("workspace_id", "model_id", "effective_from");

-- CreateIndex
CREATE UNIQUE INDEX "model_prices_workspace_id_id_key" ON "model_prices"("workspace_id", "id");

-- CreateIndex
CREATE INDEX "validations_workspace_id_model_id_started_at_idx" ON "validations"("workspace_id", "model_id", "started_at");

-- CreateIndex
CREATE UNIQUE INDEX "validations_workspace_id_id_key" ON "validations"("workspace_id", "id");

-- CreateIndex
CREATE INDEX "notices_workspace_id_created_at_idx" ON "notices"("workspace_id", "created_at");

-- CreateIndex
CREATE UNIQUE INDEX "notices_workspace_id_id_key" ON "notices"("workspace_id", "id");

-- CreateIndex
CREATE INDEX "audits_workspace_id_at_idx" ON "audits"("workspace_id", "at");

-- CreateIndex
CREATE UNIQUE INDEX "allowed_endpoints_entry_key" ON "allowed_endpoints"("entry");

-- AddForeignKey
ALTER TABLE "members" ADD CONSTRAINT "members_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspaces"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "members" ADD CONSTRAINT "members_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "invitations" ADD CONSTRAINT "invitations_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspaces"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspaces"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "models" ADD CONSTRAINT "models_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspaces"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "model_addresses" ADD CONSTRAINT "model_addresses_workspace_id_model_id_fkey" FOREIGN KEY ("workspace_id", "model_id") REFERENCES "models"("workspace_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "model_prices" ADD CONSTRAINT "model_prices_workspace_id_model_id_fkey" FOREIGN KEY ("workspace_id", "model_id") REFERENCES "models"("workspace_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "model_uses" ADD CONSTRAINT "model_uses_workspace_id_model_id_fkey" FOREIGN KEY ("workspace_id", "model_id") REFERENCES "models"("workspace_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- Roles. Nobody logs in as them: the login of DATABASE_URL is a member of both and takes one per connection.
DO $$
DECLARE wanted text;
BEGIN
  FOREACH wanted IN ARRAY ARRAY['patchbay_app', 'patchbay_system'] LOOP
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = wanted) THEN
      BEGIN
        EXECUTE format('CREATE ROLE %I NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT NOBYPASSRLS', wanted);
      EXCEPTION WHEN duplicate_object OR unique_violation THEN
        NULL; -- another database of this cluster made it just now
      END;
    END IF;
    IF NOT pg_has_role(current_user, wanted, 'MEMBER') THEN
      EXECUTE format('GRANT %I TO %I', wanted, current_user);
    END IF;
  END LOOP;
END $$;

CREATE SCHEMA ledger;
GRANT USAGE ON SCHEMA public, ledger TO patchbay_app, patchbay_system;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO patchbay_system;
REVOKE UPDATE, DELETE ON audits FROM patchbay_system;

GRANT SELECT (id, email, name) ON users TO patchbay_app;
GRANT SELECT, UPDATE ON workspaces TO patchbay_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON members, invitations, api_keys, models, model_addresses, model_uses, validations, notices TO patchbay_app;
GRANT SELECT, INSERT ON model_prices, audits TO patchbay_app;

CREATE FUNCTION ledger.current_workspace() RETURNS text LANGUAGE sql STABLE AS
  $$ SELECT NULLIF(current_setting('app.workspace_id', true), '') $$;

DO $$
DECLARE tenant text;
BEGIN
  FOREACH tenant IN ARRAY ARRAY['members', 'invitations', 'api_keys', 'models', 'model_addresses', 'model_prices', 'model_uses', 'validations', 'notices', 'audits'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant);
    EXECUTE format('CREATE POLICY tenant ON %I TO patchbay_app USING (workspace_id = ledger.current_workspace()) WITH CHECK (workspace_id = ledger.current_workspace())', tenant);
    EXECUTE format('CREATE POLICY system ON %I TO patchbay_system USING (true) WITH CHECK (true)', tenant);
  END LOOP;
  ALTER TABLE workspaces ENABLE ROW LEVEL SECURITY;
  ALTER TABLE workspaces FORCE ROW LEVEL SECURITY;
  CREATE POLICY tenant ON workspaces TO patchbay_app USING (id = ledger.current_workspace()) WITH CHECK (id = ledger.current_workspace());
  CREATE POLICY system ON workspaces TO patchbay_system USING (true) WITH CHECK (true);
END $$;

CREATE FUNCTION ledger.refuse_change() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege'; END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audits FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

-- Ends a person's sessions after a change of their role or membership. Members may not write to `users` otherwise.
CREATE FUNCTION ledger.end_sessions(who text) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS
  $$ UPDATE public.users SET session_version = session_version + 1 WHERE id = who $$;
REVOKE ALL ON FUNCTION ledger.end_sessions(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger.end_sessions(text) TO patchbay_app, patchbay_system;

-- What gateways keep in memory (keys, models, addresses, prices, workspaces, allowed endpoints) has one version number.
-- A row and not a sequence: a reader that sees the new number must see the change that raised it.
CREATE TABLE ledger.snapshot_version (singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton), version bigint NOT NULL);
INSERT INTO ledger.snapshot_version (version) VALUES (1);
CREATE FUNCTION ledger.bump_snapshot() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  UPDATE ledger.snapshot_version SET version = version + 1;
  PERFORM pg_notify('patchbay_snapshot', '');
  RETURN NULL;
END $$;
DO $$
DECLARE watched text;
BEGIN
  FOREACH watched IN ARRAY ARRAY['workspaces', 'api_keys', 'models', 'model_addresses', 'model_prices', 'allowed_endpoints'] LOOP
    EXECUTE format('CREATE TRIGGER bump_snapshot AFTER INSERT OR UPDATE OR DELETE ON %I FOR EACH STATEMENT EXECUTE FUNCTION ledger.bump_snapshot()', watched);
  END LOOP;
END $$;

-- One record a request. The id begins with the millisecond of started_at, so an id alone finds its partition.
CREATE TABLE ledger.records (
  started_at timestamptz(3) NOT NULL,
  id text NOT NULL,
  workspace_id text NOT NULL,
  source text NOT NULL,
  actor_kind text NOT NULL,
  actor_id text NOT NULL,
  key_id text NOT NULL DEFAULT '',
  model_id text NOT NULL DEFAULT '',
  address text NOT NULL DEFAULT '',
  deployment_id text NOT NULL DEFAULT '',
  version text NOT NULL DEFAULT '',
  variant text NOT NULL DEFAULT '',
  environment text NOT NULL DEFAULT '',
  endpoint text NOT NULL,
  stream boolean NOT NULL DEFAULT false,
  outcome text NOT NULL CHECK (outcome IN ('ok', 'error', 'aborted', 'truncated', 'refused', 'lost')),
  status smallint NOT NULL DEFAULT 0,
  error_code text NOT NULL DEFAULT '',
  error_message text NOT NULL DEFAULT '',
  input_tokens bigint NOT NULL DEFAULT 0 CHECK (input_tokens >= 0),
  cached_tokens bigint NOT NULL DEFAULT 0 CHECK (cached_tokens >= 0),
  output_tokens bigint NOT NULL DEFAULT 0 CHECK (output_tokens >= 0),
  reasoning_tokens bigint NOT NULL DEFAULT 0 CHECK (reasoning_tokens >= 0),
  images integer NOT NULL DEFAULT 0 CHECK (images >= 0),
  usage_source text NOT NULL DEFAULT 'none' CHECK (usage_source IN ('provider', 'estimated', 'none')),
  usage_flags text NOT NULL DEFAULT '',
  price_id text NOT NULL DEFAULT '',
  priced boolean NOT NULL DEFAULT false,
  cost_nano_usd bigint NOT NULL DEFAULT 0 CHECK (cost_nano_usd >= 0),
  bound_nano_usd bigint NOT NULL DEFAULT 0,
  overrun_nano_usd bigint NOT NULL DEFAULT 0,
  leases text[],
  latency_ms integer NOT NULL DEFAULT 0,
  first_byte_ms integer,
  gateway_us integer NOT NULL DEFAULT 0,
  attempts jsonb,
  adapted text NOT NULL DEFAULT '',
  finish_reason text NOT NULL DEFAULT '',
  upstream_request_id text NOT NULL DEFAULT '',
  identity text NOT NULL DEFAULT '',
  thread text NOT NULL DEFAULT '',
  name text NOT NULL DEFAULT '',
  metadata jsonb,
  PRIMARY KEY (started_at, id)
) PARTITION BY RANGE (started_at);
CREATE TABLE ledger.records_default PARTITION OF ledger.records DEFAULT;
CREATE INDEX records_by_workspace ON ledger.records (workspace_id, started_at DESC, id DESC);
CREATE INDEX records_by_model ON ledger.records (workspace_id, model_id, started_at DESC, id DESC);
CREATE INDEX records_by_actor ON ledger.records (workspace_id, actor_id, started_at DESC, id DESC);
CREATE INDEX records_not_ok ON ledger.records (workspace_id, started_at DESC, id DESC) WHERE outcome <> 'ok';
CREATE INDEX records_by_deployment ON ledger.records (workspace_id, deployment_id, started_at DESC, id DESC) WHERE deployment_id <> '';
CREATE INDEX records_by_identity ON ledger.records (workspace_id, identity, started_at DESC, id DESC) WHERE identity <> '';
CREATE INDEX records_by_thread ON ledger.records (workspace_id, thread, started_at DESC, id DESC) WHERE thread <> '';

-- Partitions belong to the owner of the schema; the worker makes and drops them through these two.
CREATE FUNCTION ledger.make_partition(day date) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  name text := 'records_' || to_char(day, 'YYYYMMDD');
  low timestamptz := day::timestamp AT TIME ZONE 'UTC';
  high timestamptz := (day + 1)::timestamp AT TIME ZONE 'UTC';
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('ledger.make_partition'));
  -- Not to_regclass: it may remember that there was none before the lock was waited for.
  IF EXISTS (SELECT FROM pg_class WHERE relnamespace = 'ledger'::regnamespace AND relname = name) THEN RETURN false; END IF;
  EXECUTE format('CREATE TABLE ledger.%I (LIKE ledger.records INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', name);
  -- What came before its partition did waits in the default one and moves along.
  LOCK TABLE ledger.records_default IN ACCESS EXCLUSIVE MODE;
  EXECUTE format('WITH moved AS (DELETE FROM ledger.records_default WHERE started_at >= %L AND started_at < %L RETURNING *) INSERT INTO ledger.%I SELECT * FROM moved', low, high, name);
  EXECUTE format('ALTER TABLE ledger.records ATTACH PARTITION ledger.%I FOR VALUES FROM (%L) TO (%L)', name, low, high);
  RETURN true;
END $$;
CREATE FUNCTION ledger.drop_partition(day date) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE name text := 'records_' || to_char(day, 'YYYYMMDD');
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('ledger.make_partition'));
  IF NOT EXISTS (SELECT FROM pg_class WHERE relnamespace = 'ledger'::regnamespace AND relname = name) THEN RETURN false; END IF;
  EXECUTE format('DROP TABLE ledger.%I', name);
  RETURN true;
END $$;
REVOKE ALL ON FUNCTION ledger.make_partition(date), ledger.drop_partition(date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger.make_partition(date), ledger.drop_partition(date) TO patchbay_system;

-- Rollups, written in the statement that inserts the records. `actor_id` is the key or the user.
-- status_class: 2xx, 3xx, 4xx, 5xx, aborted, truncated, refused, lost.
CREATE TABLE ledger.usage_quarter (
  workspace_id text NOT NULL, quarter timestamptz(0) NOT NULL,
  model_id text NOT NULL DEFAULT '', deployment_id text NOT NULL DEFAULT '', version text NOT NULL DEFAULT '', variant text NOT NULL DEFAULT '',
  environment text NOT NULL DEFAULT '', actor_id text NOT NULL DEFAULT '', source text NOT NULL, status_class text NOT NULL,
  requests bigint NOT NULL, input_tokens numeric NOT NULL, cached_tokens numeric NOT NULL, output_tokens numeric NOT NULL, reasoning_tokens numeric NOT NULL,
  images bigint NOT NULL, cost_nano_usd numeric NOT NULL, unpriced bigint NOT NULL, estimated bigint NOT NULL, estimated_tokens numeric NOT NULL,
  latency_ms numeric NOT NULL,
  PRIMARY KEY (workspace_id, quarter, model_id, deployment_id, version, variant, environment, actor_id, source, status_class)
);
CREATE TABLE ledger.usage_day (
  workspace_id text NOT NULL, day date NOT NULL,
  model_id text NOT NULL DEFAULT '', deployment_id text NOT NULL DEFAULT '', version text NOT NULL DEFAULT '', variant text NOT NULL DEFAULT '',
  environment text NOT NULL DEFAULT '', actor_id text NOT NULL DEFAULT '', source text NOT NULL, status_class text NOT NULL,
  requests bigint NOT NULL, input_tokens numeric NOT NULL, cached_tokens numeric NOT NULL, output_tokens numeric NOT NULL, reasoning_tokens numeric NOT NULL,
  images bigint NOT NULL, cost_nano_usd numeric NOT NULL, unpriced bigint NOT NULL, estimated bigint NOT NULL, estimated_tokens numeric NOT NULL,
  latency_ms numeric NOT NULL,
  PRIMARY KEY (workspace_id, day, model_id, deployment_id, version, variant, environment, actor_id, source, status_class)
);
-- Sparse histograms: bucket b holds the durations from 1.04^b up to 1.04^(b+1) ms. kind: latency or first_byte.
-- Validation and drift are left out: these tables feed health and latency figures. Days are UTC, so that hours and days
-- compose to any range in any time zone.
CREATE TABLE ledger.latency_hour (
  workspace_id text NOT NULL, hour timestamptz(0) NOT NULL, model_id text NOT NULL DEFAULT '', deployment_id text NOT NULL DEFAULT '',
  kind text NOT NULL, bucket smallint NOT NULL, count bigint NOT NULL,
  PRIMARY KEY (workspace_id, hour, model_id, deployment_id, kind, bucket)
);
CREATE TABLE ledger.latency_day (
  workspace_id text NOT NULL, day date NOT NULL, model_id text NOT NULL DEFAULT '', deployment_id text NOT NULL DEFAULT '', key_id text NOT NULL DEFAULT '',
  kind text NOT NULL, bucket smallint NOT NULL, count bigint NOT NULL,
  PRIMARY KEY (workspace_id, day, model_id, deployment_id, key_id, kind, bucket)
);
CREATE TABLE ledger.key_use (workspace_id text NOT NULL, key_id text NOT NULL, last_used_at timestamptz(3) NOT NULL, PRIMARY KEY (workspace_id, key_id));

-- Holders are processes that spool records and, later, hold leases.
CREATE TABLE ledger.holders (id text PRIMARY KEY, host text NOT NULL, pid integer NOT NULL, process text NOT NULL, spool text NOT NULL, started_at timestamptz NOT NULL DEFAULT now(), seen_at timestamptz NOT NULL DEFAULT now(), spool_drained_at timestamptz);
-- How far a holder's spool stands in the tables; moved by the statement that inserts its records.
CREATE TABLE ledger.spool_position (holder text PRIMARY KEY, segment bigint NOT NULL, byte bigint NOT NULL);

CREATE TABLE ledger.budget_period (
  workspace_id text NOT NULL, budget_id text NOT NULL, period_start timestamptz(3) NOT NULL, cap bigint NOT NULL, spent bigint NOT NULL DEFAULT 0, leased bigint NOT NULL DEFAULT 0, last_grant bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (workspace_id, budget_id, period_start), CHECK (spent >= 0 AND leased >= 0)
);
CREATE TABLE ledger.budget_lease (
  id text PRIMARY KEY, workspace_id text NOT NULL, budget_id text NOT NULL, period_start timestamptz(3) NOT NULL, holder text NOT NULL, amount bigint NOT NULL CHECK (amount >= 0),
  FOREIGN KEY (workspace_id, budget_id, period_start) REFERENCES ledger.budget_period
);
CREATE INDEX budget_lease_by_holder ON ledger.budget_lease (holder);

GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ledger TO patchbay_system;
GRANT SELECT ON ledger.records, ledger.usage_quarter, ledger.usage_day, ledger.latency_hour, ledger.latency_day, ledger.key_use TO patchbay_app;
REVOKE UPDATE, DELETE ON ledger.snapshot_version FROM patchbay_system;
DO $$
DECLARE tenant text;
BEGIN
  FOREACH tenant IN ARRAY ARRAY['records', 'usage_quarter', 'usage_day', 'latency_hour', 'latency_day', 'key_use', 'budget_period', 'budget_lease'] LOOP
    EXECUTE format('ALTER TABLE ledger.%I ENABLE ROW LEVEL SECURITY', tenant);
    EXECUTE format('ALTER TABLE ledger.%I FORCE ROW LEVEL SECURITY', tenant);
    EXECUTE format('CREATE POLICY tenant ON ledger.%I FOR SELECT TO patchbay_app USING (workspace_id = ledger.current_workspace())', tenant);
    EXECUTE format('CREATE POLICY system ON ledger.%I TO patchbay_system USING (true) WITH CHECK (true)', tenant);
  END LOOP;
END $$;

-- Days follow the workspace's time zone: one that Postgres does not know would stop the ledger's writer.
ALTER TABLE workspaces ADD CONSTRAINT workspaces_time_zone_known CHECK (timestamptz '2000-01-01 00:00:00+00' AT TIME ZONE time_zone IS NOT NULL);

-- A change of the zone rebuilds the days from the quarter hours. The lock waits for writers under way and holds back
-- later ones until they see the new zone, so no record is counted in a day of the old one, or twice.
CREATE FUNCTION ledger.rebuild_days() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  LOCK TABLE ledger.usage_day IN SHARE ROW EXCLUSIVE MODE;
  DELETE FROM ledger.usage_day WHERE workspace_id = NEW.id;
  INSERT INTO ledger.usage_day
    SELECT workspace_id, (quarter AT TIME ZONE NEW.time_zone)::date, model_id, deployment_id, version, variant, environment, actor_id, source, status_class,
      sum(requests), sum(input_tokens), sum(cached_tokens), sum(output_tokens), sum(reasoning_tokens), sum(images), sum(cost_nano_usd), sum(unpriced), sum(estimated),
      sum(estimated_tokens), sum(latency_ms)
    FROM ledger.usage_quarter WHERE workspace_id = NEW.id GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10;
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION ledger.rebuild_days() FROM PUBLIC;
CREATE TRIGGER rebuild_days AFTER UPDATE OF time_zone ON workspaces FOR EACH ROW WHEN (OLD.time_zone IS DISTINCT FROM NEW.time_zone) EXECUTE FUNCTION ledger.rebuild_days();
