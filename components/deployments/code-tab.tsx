'use client'
import { useState } from 'react'
import { deploymentSnippets, invokeSnippets } from '#components/prompt/deployment-snippets.ts'
import { Card, CardBody, CardHeader } from '#components/ui/card.tsx'
import { CodeTabs } from '#components/ui/code-block.tsx'
import { Notice } from '#components/ui/notice.tsx'
import { Select } from '#components/ui/select.tsx'
import type { DeploymentConfig, DeploymentView } from '#lib/deployments/schema.ts'
import { exampleValues } from './values.ts'

/** The call as code that runs when it is pasted, with the variables of the draft filled in. */
export function CodeTab({
  deployment: { key, type, environments },
  config,
  gatewayUrl,
}: {
  deployment: DeploymentView
  config: DeploymentConfig
  gatewayUrl: string
}) {
  const [environment, setEnvironment] = useState('production')
  const served = environments.find(({ name }) => name === environment)
  const name = environment === 'production' ? key : `${key}@${environment}`
  const values = exampleValues(config.variables)
  // Callers bring the text where a variant has none of its own.
  const bringsText = config.variants.some(({ messages, prompt }) =>
    type === 'chat' ? !messages.some(({ role }) => role === 'user') : prompt === '',
  )
  return (
    <div className="grid gap-4">
      <div className="flex flex-wrap items-center gap-3">
        <Select
          label="Environment"
          value={environment}
          onChange={setEnvironment}
          options={environments
            .toReversed()
            .map((each) => ({ value: each.name, label: each.name, hint: each.serves ?? 'nothing yet' }))}
          className="w-44"
        />
        <p className="text-muted text-sm">The key is read from PATCHBAY_API_KEY.</p>
      </div>
      {served?.serves === null && (
        <Notice tone="warn" live={false}>
          Nothing is published to {environment} yet: these calls are refused until then.
        </Notice>
      )}
      <div className="grid items-start gap-4 xl:grid-cols-2">
        <Card>
          <CardHeader title="With any OpenAI client" detail="The key of the deployment stands in place of a model." />
          <CardBody>
            <CodeTabs
              label="With any OpenAI client"
              samples={deploymentSnippets(type, name, gatewayUrl, { values, bringsText })}
            />
          </CardBody>
        </Card>
        <Card>
          <CardHeader title="By its own endpoint" detail="The same call with inputs by name, context and identity." />
          <CardBody>
            <CodeTabs
              label="By its own endpoint"
              samples={invokeSnippets(type, name, gatewayUrl, { values, bringsText })}
            />
          </CardBody>
        </Card>
      </div>
    </div>
  )
}
