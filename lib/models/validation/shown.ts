import { redact } from '#lib/openai/wire/error-body.ts'

/**
 * Cuts secrets out of what a server said, but leaves the Model ID whole where it shares letters with the key
 * (`sk-practice-...` and `practice-chat`): that is no secret, the person typed it into an open field.
 */
export function createShown(secrets: readonly string[], modelId: string): (text: string) => string {
  if (modelId.length < 4 || secrets.some((secret) => modelId.includes(secret))) return (text) => redact(text, secrets)
  return (text) =>
    text
      .split(modelId)
      .map((part) => redact(part, secrets))
      .join(modelId)
}
