'use client'
import { Button } from '#components/ui/button.tsx'
import { CopyText } from '#components/ui/copy-button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Notice } from '#components/ui/notice.tsx'

/** The secret of a webhook, this once. */
export function SecretDialog({ name, secret, onClose }: { name: string; secret: string; onClose: () => void }) {
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={`Secret of ${name}`}
      keepOnOutsideClick
      footer={
        <Button variant="main" onClick={onClose}>
          I have copied it
        </Button>
      }
    >
      <div className="grid gap-4 text-sm">
        <Notice tone="ok" title="This secret is shown once. Copy it now." live>
          <CopyText text={secret} what="the secret" className="mt-1 text-ink" />
        </Notice>
        <p className="text-pretty text-muted">
          Each body is signed with it: <span className="figures">x-patchbay-signature</span> is{' '}
          <span className="figures">v1=</span> and the HMAC-SHA-256, in hexadecimal, of{' '}
          <span className="figures">x-patchbay-timestamp</span>, a point, and the body as it came.
        </p>
      </div>
    </Dialog>
  )
}
