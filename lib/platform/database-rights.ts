import type pg from 'pg'

/** Nobody logs in as them: the login of `DATABASE_URL` is a member of both and takes one per connection. */
const roles = ['patchbay_app', 'patchbay_system']
/** From this version on a role may be granted without the right to take it, and its maker gets it so. */
const grantsSplitVersion = 160_000

interface RoleState {
  name: string
  exists: boolean
  /** The login may take it (`SET ROLE`). */
  usable: boolean
  /** The login may grant it to itself. */
  grantable: boolean
}

/**
 * What an administrator has to run before this login can prepare and use the database: statements, or none. What the
 * login may do for itself is not among them. Changes nothing.
 */
export async function findMissingRights(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{
    login: string
    database: string
    mayMakeRoles: boolean
    mayMakeSchemas: boolean
    mayMakeTables: boolean
  }>(
    `SELECT quote_ident(current_user) AS login, quote_ident(current_database()) AS database,
      rolsuper OR rolcreaterole AS "mayMakeRoles",
      has_database_privilege(current_database(), 'CREATE')
        OR (to_regnamespace('ledger') IS NOT NULL AND to_regnamespace('pgboss') IS NOT NULL) AS "mayMakeSchemas",
      coalesce(has_schema_privilege(to_regnamespace('public'), 'CREATE'), false) AS "mayMakeTables"
     FROM pg_roles WHERE rolname = current_user`,
  )
  const { login, database, mayMakeRoles, mayMakeSchemas, mayMakeTables } = rows[0]!
  const states = await readRoles(client)
  return [
    ...states.filter(({ exists }) => !exists && !mayMakeRoles).map(({ name }) => `CREATE ROLE ${name} NOLOGIN`),
    ...states
      .filter(({ exists, usable, grantable }) => (exists ? !usable && !grantable : !mayMakeRoles))
      .map(({ name }) => `GRANT ${name} TO ${login}`),
    ...(mayMakeSchemas ? [] : [`GRANT CREATE ON DATABASE ${database} TO ${login}`]),
    ...(mayMakeTables ? [] : [`GRANT USAGE, CREATE ON SCHEMA public TO ${login}`]),
  ]
}

/** Makes the two roles where they are missing and lets this login take them. */
export async function ensureRoles(client: pg.Client): Promise<void> {
  for (const { name, exists } of await readRoles(client)) {
    if (exists) continue
    try {
      await client.query(`CREATE ROLE ${name} NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT NOBYPASSRLS`)
    } catch (error) {
      // Another database of this server made it just now.
      if (!['42710', '23505'].includes((error as { code: string }).code)) throw error
    }
  }
  for (const { name, usable } of await readRoles(client)) {
    if (usable) continue
    try {
      await client.query(`GRANT ${name} TO CURRENT_USER`)
    } catch (error) {
      // Two databases of one server at once: the slower one is refused what it then has.
      if (!(await readRoles(client)).some((role) => role.name === name && role.usable)) throw error
    }
  }
}

async function readRoles(client: pg.Client): Promise<RoleState[]> {
  const { rows } = await client.query<{ version: number; powerful: boolean; makesRoles: boolean }>(
    `SELECT current_setting('server_version_num')::int AS version, rolsuper AS powerful, rolcreaterole AS "makesRoles"
     FROM pg_roles WHERE rolname = current_user`,
  )
  const { version, powerful, makesRoles } = rows[0]!
  const split = version >= grantsSplitVersion
  const found = await client.query<RoleState>(
    `SELECT rolname AS name, true AS exists, pg_has_role(current_user, oid, $2) AS usable,
      $3 OR pg_has_role(current_user, oid, 'MEMBER WITH ADMIN OPTION') AS grantable
     FROM pg_roles WHERE rolname = ANY($1)`,
    [roles, split ? 'SET' : 'MEMBER', powerful || (makesRoles && !split)],
  )
  return roles.map(
    (name) => found.rows.find((row) => row.name === name) ?? { name, exists: false, usable: false, grantable: false },
  )
}
