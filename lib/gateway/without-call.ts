import type { OpenedDeployment } from './deployment-call.ts'
import type { DeploymentCall } from './deployment-request.ts'
import { errorReply, gatewayError } from './errors.ts'
import type { GatewayReply } from './schema.ts'

/**
 * What a deployment answers where nobody is called: what would be sent, or the answer that the caller brought to try its
 * own code. It costs nothing and leaves no record.
 */
export function withoutCall(
  opened: OpenedDeployment,
  { mockResponse }: DeploymentCall,
  told: Record<string, string>,
): GatewayReply {
  if (opened.context.endpoint.name === 'deployments/config') return json(configOf(opened, told))
  told['x-patchbay-mock'] = 'true'
  return mockReply(opened, mockResponse ?? '')
}

function json(value: object): GatewayReply {
  const headers = { 'content-type': 'application/json', 'cache-control': 'no-store' }
  return { status: 200, headers, body: Buffer.from(JSON.stringify(value)) }
}

/** `request` is the body as the model would get it, before what its wire profile changes. */
function configOf({ deployment, request }: OpenedDeployment, told: Record<string, string>) {
  const { key, version, variant, environment, type, plan } = deployment
  const [first, ...fallbacks] = plan.targets.map(({ entry }) => entry)
  return {
    object: 'deployment.config',
    deployment: key,
    version,
    environment: environment || null,
    variant,
    type,
    model: first!.slug,
    fallbacks: fallbacks.map((entry) => ({
      model: entry.slug,
      request: { ...read(request.of!(entry).object.bytes), model: entry.slug },
    })),
    request: { ...read(request.object.bytes), model: first!.slug },
    overridden: listed(told['x-patchbay-overridden'], ', '),
    warnings: listed(told['x-patchbay-warnings'], '; '),
  }
}

function read(bytes: Uint8Array): object {
  return JSON.parse(Buffer.from(bytes).toString('utf8')) as object
}

function listed(text: string | undefined, by: string): string[] {
  return text === undefined ? [] : text.split(by)
}

function mockReply({ deployment, request, context }: OpenedDeployment, text: string): GatewayReply {
  const { type, plan } = deployment
  if (type !== 'chat' && type !== 'completion')
    return errorReply(
      gatewayError('invalid_request', {
        message: 'Only chats and completions have a mock_response.',
        param: 'invoke_options.mock_response',
      }),
    )
  const isChat = type === 'chat'
  const head = {
    id: `mock-${context.requestId}`,
    object: isChat ? 'chat.completion' : 'text_completion',
    created: Math.floor(context.call.receivedAtMs / 1000),
    model: plan.targets[0].entry.slug,
  }
  const usage = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }
  if (!request.stream) {
    const choice = isChat ? { message: { role: 'assistant', content: text } } : { text, logprobs: null }
    return json({ ...head, choices: [{ index: 0, ...choice, finish_reason: 'stop' }], usage })
  }
  const chunk = isChat ? { ...head, object: 'chat.completion.chunk' } : head
  const event = (choice: object, finish: string | null) =>
    `data: ${JSON.stringify({ ...chunk, choices: [{ index: 0, ...choice, finish_reason: finish }] })}\n\n`
  const events = isChat
    ? event({ delta: { role: 'assistant', content: text } }, null) + event({ delta: {} }, 'stop')
    : event({ text }, null) + event({ text: '' }, 'stop')
  const asks = request.deployment?.includeUsage
  const last = asks ? `data: ${JSON.stringify({ ...chunk, choices: [], usage })}\n\n` : ''
  const headers = {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  }
  return { status: 200, headers, body: Buffer.from(`${events}${last}data: [DONE]\n\n`) }
}
