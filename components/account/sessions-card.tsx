'use client'
import { useState } from 'react'
import { orThrow } from '#components/form/actions.ts'
import { Button } from '#components/ui/button.tsx'
import { Card, CardBody, CardHeader } from '#components/ui/card.tsx'
import { Notice } from '#components/ui/notice.tsx'
import { signOut } from '#components/ui/sign-out.ts'
import type { ActionResult } from '#lib/core/result.ts'

export function SessionsCard({ end }: { end: (input: Record<string, never>) => Promise<ActionResult<void>> }) {
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<string>()
  async function endAll() {
    setBusy(true)
    try {
      await orThrow(end({}))
      await signOut('/sign-in')
    } catch (error) {
      setFailure((error as Error).message)
      setBusy(false)
    }
  }
  return (
    <Card>
      <CardHeader
        title="Sessions"
        detail="A session ends after 30 days, with a new password, and when your role changes."
      />
      <CardBody className="grid gap-3">
        {failure && <Notice tone="bad">{failure}</Notice>}
        <div>
          <Button variant="danger-quiet" loading={busy} onClick={() => void endAll()}>
            Sign out everywhere
          </Button>
        </div>
      </CardBody>
    </Card>
  )
}
