import { CodeTabs } from '#components/ui/code-block.tsx'
import { CopyText } from '#components/ui/copy-button.tsx'
import { Notice } from '#components/ui/notice.tsx'
import type { CreatedKey } from '#lib/tenancy/schema.ts'

/** The key itself, this once, and a call that runs as pasted. */
export function NewKey({ created, gatewayUrl }: { created: CreatedKey; gatewayUrl: string }) {
  const { key, secret } = created
  return (
    <div className="grid gap-4">
      <Notice tone="ok" title="This key is shown once. Copy it now." live>
        <CopyText text={secret} what="the API key" className="mt-1 text-ink" />
      </Notice>
      {key.scopes.includes('inference') && (
        <CodeTabs
          label="List the models it may call"
          samples={[
            {
              label: 'curl',
              code: `export PATCHBAY_API_KEY=${secret}\ncurl ${gatewayUrl}/models -H "Authorization: Bearer $PATCHBAY_API_KEY"`,
            },
            {
              label: 'Node',
              code: `import OpenAI from 'openai'\n\nconst client = new OpenAI({\n  baseURL: '${gatewayUrl}',\n  apiKey: '${secret}',\n})\nfor await (const model of client.models.list()) console.log(model.id)`,
            },
            {
              label: 'Python',
              code: `from openai import OpenAI\n\nclient = OpenAI(\n    base_url="${gatewayUrl}",\n    api_key="${secret}",\n)\nfor model in client.models.list():\n    print(model.id)`,
            },
          ]}
        />
      )}
    </div>
  )
}
