-- It reads a setting, which Postgres hands on to the workers that share a query. Until it says so, no query of a tenant is
-- shared out, and sums over a month of a busy workspace take one core alone.
ALTER FUNCTION ledger.current_workspace() PARALLEL SAFE;
