-- Another time zone moves periods, with all leases of theirs locked before. A lease that was granted in between was not among
-- them: a settlement that held it waited for the period, which waited for the lease. Grants of a workspace and a move of its
-- periods wait for each other now, before either holds anything.
CREATE OR REPLACE FUNCTION ledger.grant_lease(p_workspace text, p_rule text, p_subject text, p_holder text, p_lease text, p_at timestamptz, p_least bigint, p_want bigint, p_spread bigint, p_recall boolean)
RETURNS TABLE (state text, lease_id text, granted bigint, held bigint, cap bigint, spent bigint, leased bigint, period_start timestamptz, period_end timestamptz) LANGUAGE plpgsql AS $$
DECLARE
  rule record;
  lease ledger.budget_lease;
  period ledger.budget_period;
  free bigint;
BEGIN
  PERFORM pg_advisory_xact_lock_shared(hashtextextended(p_workspace, 2));
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

CREATE OR REPLACE FUNCTION ledger.move_periods() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended(NEW.id, 2));
  PERFORM FROM ledger.budget_lease b WHERE b.workspace_id = NEW.id ORDER BY b.id FOR UPDATE;
  UPDATE ledger.budget_period b SET period_start = p.period_start, period_end = p.period_end
    FROM public.budgets r CROSS JOIN LATERAL ledger.period_of(now(), r."window", NEW.time_zone) p
    WHERE b.workspace_id = NEW.id AND r.workspace_id = NEW.id AND r.id = b.budget_id AND r."window" <> 'total' AND b.period_start <= now() AND b.period_end > now()
      AND NOT EXISTS (SELECT FROM ledger.budget_period o WHERE o.workspace_id = b.workspace_id AND o.budget_id = b.budget_id AND o.subject = b.subject AND o.period_start = p.period_start);
  RETURN NULL;
END $$;
