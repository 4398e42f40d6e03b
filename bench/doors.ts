import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { newId } from '#lib/core/ids.ts'
import type { Runtime } from '#lib/runtime.ts'
import { freePort } from '#lib/testing/free-port.ts'
import { type BenchHouse, profiling, slug, startGateway, streamSlug, upstreamKey } from './house.ts'
import { fetchPortkey } from './portkey.ts'
import { startProcess, stopProcess, waitFor } from './processes.ts'

const root = join(import.meta.dirname, '..')

export const system = {
  role: 'system' as const,
  content: 'Answer shortly and plainly, without lists and without headings, in the language of the question.',
}
const parameters = { temperature: 0.2, max_tokens: 200 }
export type Messages = readonly { role: string; content: string }[]
/** A call of the model itself. */
export const modelBody = (messages: Messages) =>
  JSON.stringify({ model: slug, messages, ...parameters, metadata: { team: 'bench' } })

/** Without what is ours alone, the model as its server names it. */
const portkeyBody = (messages: Messages) => JSON.stringify({ model: 'practice-instant', messages, ...parameters })

/** The same prompt by a deployment, which holds the system message and the parameters, and is given what is asked. */
function deploymentBody(messages: Messages): string {
  const own = messages[0] === system ? messages.slice(1) : messages
  const [first, ...rest] = own
  const variables = { question: first!.content }
  return JSON.stringify({ model: `deployment/${slug}`, messages: rest, variables, metadata: { team: 'bench' } })
}

/** A way to the upstream. */
export interface Door {
  name: string
  bodyOf(messages: Messages): string
  /** Prompts and answers are kept. */
  keeps: boolean
  url: string
  pid: number
  headers: Record<string, string>
  /** Of streams. */
  model: string
}

/** A budget and limits that no call meets, so that every call is admitted as in a workspace that has them. */
export async function bound(pool: Runtime['database']['pool'], workspaceId: string): Promise<void> {
  await pool.query(
    `insert into budgets (id, workspace_id, scope, unit, amount, "window") values ($1, $2, 'workspace', 'usd', 1000000000000000, 'month')`,
    [newId('bud'), workspaceId],
  )
  for (const kind of ['requests_per_minute', 'tokens_per_minute', 'concurrency'])
    await pool.query(
      `insert into limits (id, workspace_id, scope, kind, amount) values ($1, $2, 'workspace', $3, 1000000000000)`,
      [newId('lim'), workspaceId, kind],
    )
}

/** The model's own prompt and parameters in a deployment, with one variable. */
export async function deploy({ tenancy, deployments }: Runtime, workspaceId: string): Promise<void> {
  const scope = await tenancy.jobScope(workspaceId, 'bench')
  const messages = [system, { role: 'user' as const, content: '{{question}}' }]
  const variants = [{ name: 'main', model: slug, parameters, messages }]
  const { id } = await deployments.createDeployment(scope, {
    key: slug,
    config: { variables: [{ name: 'question' }], variants },
  })
  await deployments.publish(scope, { id, draftVersion: 1 })
}

/** Starts a bare relay on `port`; resolves when it serves. */
export async function startRelay(upstreamUrl: string, port: number) {
  const child = startProcess(process.execPath, [join(root, 'bench', 'bare-relay.ts')], {
    ...process.env,
    ...{ UPSTREAM_URL: upstreamUrl, UPSTREAM_KEY: upstreamKey, PORT: String(port) },
  })
  await waitFor(`http://127.0.0.1:${port}/`)
  return child
}

/** Every way that is measured. `others`: ways of other software or of the studio, which are ended by `end`. */
export async function startDoors(
  { variables: shared, upstreamUrl, headers }: BenchHouse,
  profileFolder?: string,
): Promise<{ own: Door[]; others: Door[]; endOthers(): Promise<void> }> {
  const [studioPort, gatewayPort, relayPort, portkeyPort] = await Promise.all([0, 1, 2, 3].map(freePort))
  const variables = { ...shared, PORT: String(studioPort), GATEWAY_PORT: String(gatewayPort) }
  const children: ReturnType<typeof startProcess>[] = []
  const doorOf = (
    name: string,
    port: number,
    { pid }: { pid?: number | undefined },
    more: Partial<Door> = {},
  ): Door => {
    const url = `http://127.0.0.1:${port}/v1/chat/completions`
    return { name, keeps: false, bodyOf: modelBody, url, pid: pid!, headers, model: streamSlug, ...more }
  }
  const start = async (port: number, ready: string, args: string[], env: NodeJS.ProcessEnv) => {
    const child = startProcess(process.execPath, args, env)
    await waitFor(`http://127.0.0.1:${port}${ready}`)
    return child
  }
  const relay = await startRelay(upstreamUrl, relayPort!)
  const gateway = await startGateway(variables, gatewayPort!, profiling(profileFolder))
  const own = [
    doorOf('bare relay', relayPort!, relay),
    doorOf('fast door', gatewayPort!, gateway),
    doorOf('  that keeps', gatewayPort!, gateway, { keeps: true }),
    doorOf('  deployment', gatewayPort!, gateway, { bodyOf: deploymentBody }),
  ]
  const others: Door[] = []
  // After ours, so that their appetite for memory is not felt by them.
  if (existsSync(join(root, '.next', 'BUILD_ID'))) {
    const next = join(root, 'node_modules', 'next', 'dist', 'bin', 'next')
    const args = [next, 'start', root, '-H', '127.0.0.1', '-p', String(studioPort)]
    children.push(await start(studioPort!, '/api/health/ready', args, variables))
    others.push(doorOf("studio's door", studioPort!, children.at(-1)!))
  } else {
    console.log('The studio is not built (npm start builds it), so its door is left out.')
  }
  const script = fetchPortkey()
  if (script) {
    // It says much while it starts, and calls hosts on loopback only where it is told to.
    const env: NodeJS.ProcessEnv = { ...process.env, NODE_ENV: 'production', TRUSTED_CUSTOM_HOSTS: '127.0.0.1' }
    children.push(startProcess(process.execPath, [script, '--headless', `--port=${portkeyPort}`], env, 'ignore'))
    await waitFor(`http://127.0.0.1:${portkeyPort}/`)
    const own = {
      ...{ 'content-type': 'application/json', authorization: `Bearer ${upstreamKey}` },
      ...{ 'x-portkey-provider': 'openai', 'x-portkey-custom-host': upstreamUrl },
    }
    others.push(doorOf('Portkey', portkeyPort!, children.at(-1)!, { headers: own, bodyOf: portkeyBody }))
  } else {
    console.log("Portkey's gateway cannot be fetched, so it is left out.")
  }
  return {
    own,
    others,
    async endOthers() {
      await Promise.all(children.map(stopProcess))
    },
  }
}
