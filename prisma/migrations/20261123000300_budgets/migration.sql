-- Budgets and limits: what people set up. What is spent, leased and used stands in the schema `ledger`.
-- CreateTable
CREATE TABLE "budgets" (
    "id" TEXT NOT NULL,
    "workspace_id" TEXT NOT NULL,
    "scope" TEXT NOT NULL CHECK (scope IN ('workspace', 'key', 'model', 'deployment', 'identity')),
    "scope_id" TEXT NOT NULL DEFAULT '',
    "unit" TEXT NOT NULL CHECK (unit IN ('usd', 'tokens')),
    "amount" BIGINT NOT NULL CHECK (amount > 0),
    "window" TEXT NOT NULL CHECK ("window" IN ('day', 'week', 'month', 'total')),
    "raise" BIGINT NOT NULL DEFAULT 0 CHECK (raise >= 0),
    "raised_until" TIMESTAMPTZ(3),
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_by" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "budgets_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "limits" (
    "id" TEXT NOT NULL,
    "workspace_id" TEXT NOT NULL,
    "scope" TEXT NOT NULL CHECK (scope IN ('workspace', 'key', 'model', 'deployment', 'identity')),
    "scope_id" TEXT NOT NULL DEFAULT '',
    "kind" TEXT NOT NULL CHECK (kind IN ('requests_per_minute', 'tokens_per_minute', 'concurrency')),
    "amount" BIGINT NOT NULL CHECK (amount > 0),
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_by" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "limits_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "budgets_workspace_id_id_key" ON "budgets"("workspace_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "budgets_workspace_id_scope_scope_id_unit_window_key" ON "budgets"("workspace_id", "scope", "scope_id", "unit", "window");

-- CreateIndex
CREATE UNIQUE INDEX "limits_workspace_id_id_key" ON "limits"("workspace_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "limits_workspace_id_scope_scope_id_kind_key" ON "limits"("workspace_id", "scope", "scope_id", "kind");

-- AddForeignKey
ALTER TABLE "budgets" ADD CONSTRAINT "budgets_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspaces"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "limits" ADD CONSTRAINT "limits_workspace_id_fkey" FOREIGN KEY ("workspace_id") REFERENCES "workspaces"("id") ON DELETE CASCADE ON UPDATE CASCADE;

GRANT SELECT, INSERT, UPDATE, DELETE ON budgets, limits TO patchbay_app, patchbay_system;
DO $$
DECLARE tenant text;
BEGIN
  FOREACH tenant IN ARRAY ARRAY['budgets', 'limits'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant);
    EXECUTE format('CREATE POLICY tenant ON %I TO patchbay_app USING (workspace_id = ledger.current_workspace()) WITH CHECK (workspace_id = ledger.current_workspace())', tenant);
    EXECUTE format('CREATE POLICY system ON %I TO patchbay_system USING (true) WITH CHECK (true)', tenant);
    EXECUTE format('CREATE TRIGGER bump_snapshot AFTER INSERT OR UPDATE OR DELETE ON %I FOR EACH STATEMENT EXECUTE FUNCTION ledger.bump_snapshot()', tenant);
  END LOOP;
END $$;

-- What a call is charged, lease by lease: [{lease, units}]. Nothing was ever written to `leases`.
ALTER TABLE ledger.records DROP COLUMN leases, ADD COLUMN charges jsonb;

-- Nothing was ever written to these two. `subject`: the identity, where every identity has a budget of its own.
-- Slots of a concurrency limit are leased in the same way: the limit is the budget, its only period never ends.
DROP TABLE ledger.budget_lease;
DROP TABLE ledger.budget_period;
CREATE TABLE ledger.budget_period (
  workspace_id text NOT NULL, budget_id text NOT NULL, subject text NOT NULL DEFAULT '', period_start timestamptz(3) NOT NULL, period_end timestamptz(3) NOT NULL,
  cap bigint NOT NULL, spent bigint NOT NULL DEFAULT 0, leased bigint NOT NULL DEFAULT 0,
  -- The highest share, in percent, that admins were told of, and of what cap.
  told smallint NOT NULL DEFAULT 0, told_cap bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (workspace_id, budget_id, subject, period_start), CHECK (spent >= 0 AND leased >= 0)
);
-- One lease a holder, budget, subject and period, topped up. It stays at 0 when it is released: a call of its holder that
-- is settled later still finds its period by it.
CREATE TABLE ledger.budget_lease (
  id text PRIMARY KEY, workspace_id text NOT NULL, budget_id text NOT NULL, subject text NOT NULL DEFAULT '', period_start timestamptz(3) NOT NULL,
  holder text NOT NULL, amount bigint NOT NULL CHECK (amount >= 0),
  UNIQUE (holder, workspace_id, budget_id, subject, period_start),
  FOREIGN KEY (workspace_id, budget_id, subject, period_start) REFERENCES ledger.budget_period ON UPDATE CASCADE
);
CREATE INDEX budget_lease_by_period ON ledger.budget_lease (workspace_id, budget_id, subject, period_start);

-- Calls admitted by limits of requests and tokens a minute: each row's units may be used until `usable_until`.
CREATE TABLE ledger.limit_slot (
  id text PRIMARY KEY, workspace_id text NOT NULL, limit_id text NOT NULL, subject text NOT NULL DEFAULT '', usable_until timestamptz(3) NOT NULL, units bigint NOT NULL CHECK (units >= 0)
);
CREATE INDEX limit_slot_by_limit ON ledger.limit_slot (workspace_id, limit_id, subject, usable_until);

GRANT SELECT, INSERT, UPDATE, DELETE ON ledger.budget_period, ledger.budget_lease, ledger.limit_slot TO patchbay_system;
GRANT SELECT ON ledger.budget_period, ledger.budget_lease, ledger.limit_slot TO patchbay_app;
-- Which process holds what, for those who look at a budget.
GRANT SELECT (id, process, host, seen_at) ON ledger.holders TO patchbay_app;
DO $$
DECLARE tenant text;
BEGIN
  FOREACH tenant IN ARRAY ARRAY['budget_period', 'budget_lease', 'limit_slot'] LOOP
    EXECUTE format('ALTER TABLE ledger.%I ENABLE ROW LEVEL SECURITY', tenant);
    EXECUTE format('ALTER TABLE ledger.%I FORCE ROW LEVEL SECURITY', tenant);
    EXECUTE format('CREATE POLICY tenant ON ledger.%I FOR SELECT TO patchbay_app USING (workspace_id = ledger.current_workspace())', tenant);
    EXECUTE format('CREATE POLICY system ON ledger.%I TO patchbay_system USING (true) WITH CHECK (true)', tenant);
  END LOOP;
END $$;

-- The first instant at which clocks of the zone show `local` or later. Where they show it twice, Postgres itself takes the
-- second time; where they skip it, the first instant after the gap.
CREATE FUNCTION ledger.first_instant(local timestamp, zone text) RETURNS timestamptz LANGUAGE sql STABLE AS $$
  SELECT min(t) FROM (SELECT (local AT TIME ZONE zone) - make_interval(mins => back) AS t FROM unnest(ARRAY[0, 30, 60, 90, 120]) back) s WHERE t AT TIME ZONE zone >= local
$$;
-- The period that an instant lies in. Weeks begin on Monday. `total` has one period, with an end that JSON and dates can hold.
CREATE FUNCTION ledger.period_of(at timestamptz, kind text, zone text, OUT period_start timestamptz, OUT period_end timestamptz) LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN kind = 'total' THEN timestamptz 'epoch' ELSE ledger.first_instant(date_trunc(kind, at AT TIME ZONE zone), zone) END,
         CASE WHEN kind = 'total' THEN timestamptz '9999-12-31 00:00:00+00' ELSE ledger.first_instant(date_trunc(kind, at AT TIME ZONE zone) + ('1 ' || kind)::interval, zone) END
$$;

-- Every rule that hands out leases, with what may be spent at an instant.
CREATE FUNCTION ledger.lease_rule(p_workspace text, p_rule text, p_at timestamptz) RETURNS TABLE (cap bigint, period_start timestamptz, period_end timestamptz) LANGUAGE sql STABLE AS $$
  SELECT b.amount + CASE WHEN b.raised_until > p_at THEN b.raise ELSE 0 END, p.period_start, p.period_end
    FROM public.budgets b JOIN public.workspaces w ON w.id = b.workspace_id CROSS JOIN LATERAL ledger.period_of(p_at, b."window", w.time_zone) p
    WHERE b.workspace_id = p_workspace AND b.id = p_rule
  UNION ALL
  SELECT l.amount, p.period_start, p.period_end FROM public.limits l CROSS JOIN LATERAL ledger.period_of(p_at, 'total', 'UTC') p
    WHERE l.workspace_id = p_workspace AND l.id = p_rule AND l.kind = 'concurrency'
$$;

-- Tops up a holder's lease by p_least to p_want units, at most 1/p_spread of what is free; near the cap that becomes
-- p_least. spent + leased never passes the cap by it. Locks: lease, then period, as the settlement takes them.
-- state: granted, full, gone (no such rule), unknown_holder. `held`: of the lease, after it.
-- p_recall: where others hold units, all holders are asked to give back what they do not need.
CREATE FUNCTION ledger.grant_lease(p_workspace text, p_rule text, p_subject text, p_holder text, p_lease text, p_at timestamptz, p_least bigint, p_want bigint, p_spread bigint, p_recall boolean)
RETURNS TABLE (state text, lease_id text, granted bigint, held bigint, cap bigint, spent bigint, leased bigint, period_start timestamptz, period_end timestamptz) LANGUAGE plpgsql AS $$
DECLARE
  rule record;
  lease ledger.budget_lease;
  period ledger.budget_period;
  free bigint;
BEGIN
  -- Nobody forgets the holder before this commits.
  PERFORM FROM ledger.holders h WHERE h.id = p_holder FOR KEY SHARE;
  IF NOT FOUND THEN state := 'unknown_holder'; RETURN NEXT; RETURN; END IF;
  SELECT * INTO rule FROM ledger.lease_rule(p_workspace, p_rule, p_at);
  IF NOT FOUND THEN state := 'gone'; RETURN NEXT; RETURN; END IF;
  INSERT INTO ledger.budget_period AS b (workspace_id, budget_id, subject, period_start, period_end, cap)
    VALUES (p_workspace, p_rule, p_subject, rule.period_start, rule.period_end, rule.cap) ON CONFLICT DO NOTHING;
  INSERT INTO ledger.budget_lease AS b (id, workspace_id, budget_id, subject, period_start, holder, amount)
    VALUES (p_lease, p_workspace, p_rule, p_subject, rule.period_start, p_holder, 0) ON CONFLICT DO NOTHING;
  SELECT * INTO lease FROM ledger.budget_lease b
    WHERE b.holder = p_holder AND b.workspace_id = p_workspace AND b.budget_id = p_rule AND b.subject = p_subject AND b.period_start = rule.period_start FOR UPDATE;
  SELECT * INTO period FROM ledger.budget_period b
    WHERE b.workspace_id = p_workspace AND b.budget_id = p_rule AND b.subject = p_subject AND b.period_start = rule.period_start FOR NO KEY UPDATE;
  free := rule.cap - period.spent - period.leased;
  granted := CASE WHEN free >= p_least THEN greatest(p_least, least(p_want, free / p_spread)) ELSE 0 END;
  state := CASE WHEN free >= p_least THEN 'granted' ELSE 'full' END;
  IF granted > 0 OR period.cap <> rule.cap THEN
    UPDATE ledger.budget_period b SET cap = rule.cap, leased = b.leased + granted
      WHERE b.workspace_id = p_workspace AND b.budget_id = p_rule AND b.subject = p_subject AND b.period_start = rule.period_start;
    UPDATE ledger.budget_lease b SET amount = b.amount + granted WHERE b.id = lease.id;
  END IF;
  IF state = 'full' AND p_recall AND period.leased > lease.amount THEN
    PERFORM pg_notify('patchbay_budget', json_build_object('kind', 'recall', 'rule', p_rule, 'holder', p_holder)::text);
  END IF;
  lease_id := lease.id; held := lease.amount + granted; cap := rule.cap; spent := period.spent; leased := period.leased + granted;
  period_start := rule.period_start; period_end := rule.period_end;
  RETURN NEXT;
END $$;

-- Gives units of a lease back; null: all of them. Returns how many; those who were refused hear of it.
CREATE FUNCTION ledger.return_lease(p_lease text, p_units bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  lease ledger.budget_lease;
  took bigint;
BEGIN
  SELECT * INTO lease FROM ledger.budget_lease b WHERE b.id = p_lease FOR UPDATE;
  IF NOT FOUND THEN RETURN 0; END IF;
  took := least(lease.amount, coalesce(p_units, lease.amount));
  IF took <= 0 THEN RETURN 0; END IF;
  UPDATE ledger.budget_lease b SET amount = b.amount - took WHERE b.id = p_lease;
  UPDATE ledger.budget_period b SET leased = b.leased - took
    WHERE b.workspace_id = lease.workspace_id AND b.budget_id = lease.budget_id AND b.subject = lease.subject AND b.period_start = lease.period_start;
  PERFORM pg_notify('patchbay_budget', json_build_object('kind', 'free', 'rule', lease.budget_id, 'holder', lease.holder)::text);
  RETURN took;
END $$;

-- Takes out a holder that is gone, with its place in the spool, and releases its leases; only after its spool was written,
-- or is known to be lost. False where there was none. A grant under way ends first: it locks the holder.
CREATE FUNCTION ledger.forget_holder(p_holder text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  freed record;
  known boolean;
BEGIN
  DELETE FROM ledger.spool_position WHERE holder = p_holder;
  DELETE FROM ledger.holders WHERE id = p_holder;
  known := FOUND;
  PERFORM FROM ledger.budget_lease b WHERE b.holder = p_holder ORDER BY b.id FOR UPDATE;
  FOR freed IN SELECT * FROM ledger.budget_lease b WHERE b.holder = p_holder AND b.amount > 0 ORDER BY b.workspace_id, b.budget_id, b.subject, b.period_start LOOP
    UPDATE ledger.budget_period b SET leased = b.leased - freed.amount
      WHERE b.workspace_id = freed.workspace_id AND b.budget_id = freed.budget_id AND b.subject = freed.subject AND b.period_start = freed.period_start;
    UPDATE ledger.budget_lease b SET amount = 0 WHERE b.id = freed.id;
    PERFORM pg_notify('patchbay_budget', json_build_object('kind', 'free', 'rule', freed.budget_id, 'holder', p_holder)::text);
  END LOOP;
  RETURN known;
END $$;

-- Another zone: the period that runs goes on, with the ends that it has there. Its leases follow by their foreign key.
CREATE FUNCTION ledger.move_periods() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  PERFORM FROM ledger.budget_lease b WHERE b.workspace_id = NEW.id ORDER BY b.id FOR UPDATE;
  UPDATE ledger.budget_period b SET period_start = p.period_start, period_end = p.period_end
    FROM public.budgets r CROSS JOIN LATERAL ledger.period_of(now(), r."window", NEW.time_zone) p
    WHERE b.workspace_id = NEW.id AND r.workspace_id = NEW.id AND r.id = b.budget_id AND r."window" <> 'total' AND b.period_start <= now() AND b.period_end > now()
      AND NOT EXISTS (SELECT FROM ledger.budget_period o WHERE o.workspace_id = b.workspace_id AND o.budget_id = b.budget_id AND o.subject = b.subject AND o.period_start = p.period_start);
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION ledger.move_periods() FROM PUBLIC;
CREATE TRIGGER move_periods AFTER UPDATE OF time_zone ON workspaces FOR EACH ROW WHEN (OLD.time_zone IS DISTINCT FROM NEW.time_zone) EXECUTE FUNCTION ledger.move_periods();

-- Units of a limit a minute, usable for p_usable ms from now on: each stays counted until a whole p_minute after the last
-- instant at which it may have been used, so no window of a minute holds more than the limit. First takes p_unused units
-- off the holder's slot before. `wait_ms`: until p_least units can be had, 0 where they were granted.
CREATE FUNCTION ledger.grant_slot(p_workspace text, p_limit text, p_subject text, p_slot text, p_before text, p_unused bigint, p_least bigint, p_want bigint, p_spread bigint, p_usable bigint, p_minute bigint)
RETURNS TABLE (state text, granted bigint, used bigint, cap bigint, wait_ms bigint, holders integer) LANGUAGE plpgsql AS $$
DECLARE
  at timestamptz;
  free bigint;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended(p_limit || ' ' || p_subject, 1));
  -- After the lock: grants follow one another in time.
  at := clock_timestamp();
  IF p_before <> '' THEN UPDATE ledger.limit_slot s SET units = greatest(0, s.units - p_unused) WHERE s.id = p_before; END IF;
  SELECT l.amount INTO cap FROM public.limits l WHERE l.workspace_id = p_workspace AND l.id = p_limit;
  IF NOT FOUND THEN state := 'gone'; RETURN NEXT; RETURN; END IF;
  DELETE FROM ledger.limit_slot s WHERE s.workspace_id = p_workspace AND s.limit_id = p_limit AND s.subject = p_subject
    AND (s.usable_until <= at - make_interval(secs => p_minute / 1000.0) OR s.units = 0 AND s.usable_until <= at);
  SELECT coalesce(sum(s.units), 0) INTO used FROM ledger.limit_slot s WHERE s.workspace_id = p_workspace AND s.limit_id = p_limit AND s.subject = p_subject;
  SELECT count(*) INTO holders FROM ledger.holders h WHERE h.seen_at > at - interval '15 seconds';
  free := cap - used;
  wait_ms := 0;
  IF free >= p_least THEN
    state := 'granted';
    granted := greatest(p_least, least(p_want, free / p_spread));
    INSERT INTO ledger.limit_slot (id, workspace_id, limit_id, subject, usable_until, units)
      VALUES (p_slot, p_workspace, p_limit, p_subject, at + make_interval(secs => p_usable / 1000.0), granted);
  ELSE
    state := 'full';
    granted := 0;
    SELECT ceil(extract(epoch FROM coalesce(min(s.usable_until), at) - at) * 1000)::bigint + p_minute INTO wait_ms FROM (
      SELECT t.usable_until, sum(t.units) OVER (ORDER BY t.usable_until, t.id) AS ending FROM ledger.limit_slot t
        WHERE t.workspace_id = p_workspace AND t.limit_id = p_limit AND t.subject = p_subject) s WHERE s.ending >= p_least - free;
  END IF;
  RETURN NEXT;
END $$;
