import type { Scope } from '#lib/tenancy/index.ts'
import type { Message } from './message.ts'

interface Told {
  deliveryId: string
  workspace: Scope['workspace']
  message: Message
  /** Absolute. */
  url: string
}

/** The body of a webhook. */
export function toWebhook({ deliveryId, workspace, message, url }: Told): Record<string, unknown> {
  const { event, level, title, text, at, rule } = message
  return {
    ...{ id: deliveryId, event, createdAt: at, workspace: { slug: workspace.slug, name: workspace.name } },
    ...{ level, title, text, url, rule },
  }
}

/** What Slack and those that speak like it take. */
export function toSlack({ workspace, message, url }: Told): { text: string } {
  const { level, title, text } = message
  const mark = { info: ':information_source:', warn: ':warning:', bad: ':x:', ok: ':white_check_mark:' }[level]
  return {
    text: `${mark} *${escapeSlack(title)}*\n${escapeSlack(text)}\n<${url}|${escapeSlack(workspace.name)} in Patchbay>`,
  }
}

/** `<`, `>` and `&` are Slack's own marks; a name that holds them is no link and calls nobody. */
function escapeSlack(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

export function toMailText({ workspace, message, url }: Told): { subject: string; text: string } {
  const { title, text } = message
  return {
    subject: `[${workspace.name}] ${title}`,
    text: `${text}\n\n${url}\n\nSent by Patchbay for the workspace ${workspace.name}.\n`,
  }
}
