-- The caller's trace: its id, the caller's span and flags, with dashes between; '' where none came.
ALTER TABLE ledger.records ADD COLUMN trace text NOT NULL DEFAULT '';
