import { randomBytes } from 'node:crypto'
import type { Database } from '#lib/platform/database.ts'
import { createSecretBox } from '#lib/platform/secret-box.ts'
import { createTenancy, type Person, type Scope, type Tenancy, type TenancyDeps } from '#lib/tenancy/index.ts'
import type { Role, WorkspaceView } from '#lib/tenancy/schema.ts'
import { type TestClock, testClock } from './clock.ts'

export const testRequest = { id: 'req_test', address: '127.0.0.1' }
export const testPassword = 'correct horse battery'

/** Tenancy over a test database, and short ways to the people and scopes that a test needs. */
export interface TestTenancy {
  tenancy: Tenancy
  clock: TestClock
  /** A new person with `testPassword`; the first one claims the installation. */
  person(email?: string): Promise<Person>
  /** A new workspace with its owner. */
  workspace(owner?: Person): Promise<{ owner: Person; view: WorkspaceView; scope: Scope }>
  /** A new member of the workspace, joined through an invitation. */
  member(owner: Scope, role: Role): Promise<{ person: Person; scope: Scope }>
}

export function testTenancy(database: Database, given: Partial<TenancyDeps> = {}): TestTenancy {
  const clock = testClock()
  const tenancy = createTenancy({
    database,
    secrets: createSecretBox([{ id: 'test', key: randomBytes(32) }]),
    clock,
    pepper: 'pepper of a test',
    claimCode: 'code-of-a-test-0001',
    fixedEndpoints: [],
    parseEntry: (text) => text,
    ...given,
  })
  let count = 0
  const next = () => `p${++count}@example.test`

  async function person(email = next()): Promise<Person> {
    const name = email.split('@')[0]!
    const workspaceName = `Of ${name}`
    if (!(await tenancy.isClaimed())) {
      const setUp = { name, email, password: testPassword, workspaceName }
      return (await tenancy.claim({ request: testRequest, loopback: true }, setUp)).person
    }
    await tenancy.initialise({ email, password: testPassword, workspace: `of-${name}`, name }, testRequest)
    return tenancy.signIn({ email, password: testPassword }, testRequest)
  }

  return {
    tenancy,
    clock,
    person,
    async workspace(owner) {
      owner ??= await person()
      const view = await tenancy.createWorkspace(owner, { name: `Workspace ${++count}` })
      return { owner, view, scope: await tenancy.scopeForPerson(owner, view.slug) }
    },
    async member(owner, role) {
      const email = next()
      const { token } = await tenancy.invite(owner, { email, role })
      const visitor = { person: null, request: testRequest }
      const joined = await tenancy.acceptInvitation(visitor, {
        token,
        name: email.split('@')[0]!,
        password: testPassword,
      })
      return { person: joined.person, scope: await tenancy.scopeForPerson(joined.person, owner.workspace.slug) }
    },
  }
}
