-- Who takes a raise back makes its notice due again.
GRANT UPDATE (told) ON ledger.budget_period TO patchbay_app;
CREATE POLICY told ON ledger.budget_period FOR UPDATE TO patchbay_app
  USING (workspace_id = ledger.current_workspace()) WITH CHECK (workspace_id = ledger.current_workspace());
