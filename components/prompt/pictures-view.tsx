'use client'
import { Download } from 'lucide-react'
import { buttonStyles } from '#components/ui/button.tsx'
import { cn } from '#components/ui/cn.ts'
import { CopyText } from '#components/ui/copy-button.tsx'

/** Pictures of an answer, drawn from its own data. One that came as an address is told and never fetched. */
export function PicturesView({
  pictures,
  links,
  prompt,
}: {
  pictures: readonly string[]
  links: readonly string[]
  prompt: string
}) {
  return (
    <div className="grid min-w-0 gap-3">
      {pictures.map((picture, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a picture is its place
        <figure key={index} className="group/picture relative w-fit max-w-full">
          {/* biome-ignore lint/performance/noImgElement: a data URI of the answer, nothing to optimise */}
          <img src={picture} alt={prompt} className="max-w-full rounded-lg border" />
          <a
            href={picture}
            download={`picture-${index + 1}.${/^data:image\/(\w+)/.exec(picture)?.[1] ?? 'png'}`}
            aria-label={`Save picture ${index + 1}`}
            className={cn(buttonStyles({ size: 'sm' }), 'absolute right-2 bottom-2')}
          >
            <Download />
            Save
          </a>
        </figure>
      ))}
      {links.map((link) => (
        <div key={link} className="min-w-0 text-sm">
          <p className="text-muted">The server answers with an address, which is not loaded here.</p>
          <CopyText text={link} what="the address" />
        </div>
      ))}
    </div>
  )
}
