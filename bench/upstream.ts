import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '#lib/testing/free-port.ts'
import { hasCommand, startProcess, waitFor } from './processes.ts'

/** 0.7 KB, as a small chat answer has. */
const answer = JSON.stringify({
  id: 'chatcmpl-bench',
  object: 'chat.completion',
  created: 1_790_000_000,
  model: 'practice-instant',
  choices: [
    {
      index: 0,
      message: {
        role: 'assistant',
        content:
          'A patch bay is a panel of sockets: every device has its place, and a short cable connects any two of them. Nothing behind the panel has to move when the wiring changes. That is why studios like it, and why it is a good picture for a gateway.',
        refusal: null,
      },
      logprobs: null,
      finish_reason: 'stop',
    },
  ],
  usage: {
    prompt_tokens: 100,
    completion_tokens: 60,
    total_tokens: 160,
    prompt_tokens_details: { cached_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0 },
  },
  service_tier: 'default',
  system_fingerprint: 'fp_bench',
})

export const upstreamName = hasCommand('nginx') ? 'nginx' : 'the practice provider'

/** A server that gives one canned answer as cheaply as can be. Returns its Base URL. */
export async function startUpstream(folder: string): Promise<string> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}/v1`
  if (upstreamName === 'nginx') {
    mkdirSync(join(folder, 'nginx'))
    const file = join(folder, 'nginx', 'nginx.conf')
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (name) => `${name}_temp_path ${join(folder, 'nginx', name)};`,
    )
    writeFileSync(
      file,
      `daemon off; worker_processes 1; pid ${join(folder, 'nginx', 'pid')}; error_log stderr error;
events { worker_connections 4096; }
http { access_log off; keepalive_requests 1000000000; client_max_body_size 32m; client_body_buffer_size 1m; ${temporary.join(' ')}
  server { listen 127.0.0.1:${port} reuseport; location /ready { return 200 'ok'; } location /v1/ { default_type application/json; return 200 '${answer.replaceAll("'", "\\'")}'; } } }`,
    )
    startProcess('nginx', ['-p', join(folder, 'nginx'), '-c', file])
    await waitFor(`http://127.0.0.1:${port}/ready`)
  } else {
    startProcess(process.execPath, [join(import.meta.dirname, '..', 'server', 'practice.ts')], {
      ...process.env,
      PRACTICE_PORT: String(port),
    })
    await waitFor(`${url}/models`)
  }
  return url
}
