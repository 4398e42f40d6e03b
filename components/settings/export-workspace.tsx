import { Download } from 'lucide-react'
import { buttonStyles } from '#components/ui/button.tsx'
import { Card, CardBody, CardHeader } from '#components/ui/card.tsx'

/** Everything of the workspace as one file. */
export function ExportWorkspace({ href }: { href: string }) {
  return (
    <Card className="max-w-xl">
      <CardHeader
        title="Take everything with you"
        detail="Models, deployments, datasets, experiments, records, prompts and answers as JSON lines in one archive. No key or secret is in it."
      />
      <CardBody>
        <a href={href} download className={buttonStyles({})}>
          <Download aria-hidden="true" /> Export workspace
        </a>
      </CardBody>
    </Card>
  )
}
