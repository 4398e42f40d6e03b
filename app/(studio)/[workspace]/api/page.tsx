import type { Metadata } from 'next'
import Link from 'next/link'
import { Facts } from '#components/ui/card.tsx'
import { CodeBlock } from '#components/ui/code-block.tsx'
import { CopyText } from '#components/ui/copy-button.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { requireScope } from '#lib/web/index.ts'
import { readReference } from './document.ts'

export const metadata: Metadata = { title: 'API reference' }

interface Props {
  params: Promise<{ workspace: string }>
}

export default async function ReferencePage({ params }: Props) {
  const { workspace } = await requireScope((await params).workspace)
  const { studioUrl, gatewayUrl, operations } = await readReference()
  const { slug } = workspace
  return (
    <div className="grid min-w-0 gap-6">
      <PageHeader
        title="API reference"
        className="mb-0"
        actions={
          <a href="/api/openapi.json" className="link rounded-sm text-sm" download="patchbay-openapi.json">
            OpenAPI 3.1 document
          </a>
        }
      >
        {operations.length} operations: calling models as OpenAI’s clients do, and managing this workspace.
      </PageHeader>
      <Facts
        facts={[
          { label: 'Calling models', value: <CopyText text={`${gatewayUrl}/v1`} what="the base URL of the gateway" /> },
          {
            label: 'Managing',
            value: <CopyText text={`${studioUrl}/api/workspaces/${slug}`} what="the base URL of the management API" />,
          },
          {
            label: 'Key',
            value: (
              <>
                In <code className="figures">Authorization: Bearer</code>. Scopes: inference calls models, read reads,
                manage changes.{' '}
                <Link href={`/${slug}/router/keys`} className="link rounded-sm">
                  API Keys
                </Link>
              </>
            ),
          },
          {
            label: 'Pages of a list',
            value: (
              <>
                <code className="figures">nextCursor</code> of an answer is the <code className="figures">cursor</code>{' '}
                of the next question. It is absent on the last page.
              </>
            ),
          },
          {
            label: 'Edits',
            value: (
              <>
                Carry the <code className="figures">version</code> that was read. A stale one is 409 with the object as
                it stands in <code className="figures">current</code>.
              </>
            ),
          },
          {
            label: 'Errors',
            value: (
              <>
                Have OpenAI’s shape. <code className="figures">code</code> is for machines, and{' '}
                <code className="figures">x-request-id</code> names the request.
              </>
            ),
          },
        ]}
      />
      <CodeBlock
        label="an error"
        code={JSON.stringify(
          {
            error: {
              message: 'region: Choose a region: us, eu, uk, apac, global or own.',
              type: 'invalid_request_error',
              param: 'region',
              code: 'invalid_request',
              fields: { region: 'Choose a region: us, eu, uk, apac, global or own.' },
              request_id: 'req_01m82gd32n9za50a04dk5g78',
            },
          },
          null,
          2,
        )}
      />
    </div>
  )
}
