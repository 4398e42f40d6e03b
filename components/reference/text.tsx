/** A sentence in which what stands between backticks is code. */
export function Text({ children }: { children: string }) {
  return children.split('`').map((part, index) =>
    index % 2 === 1 ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: parts of a text that does not change
      <code key={index} className="figures break-words rounded-sm bg-surface-2 px-1 text-[0.92em] text-ink">
        {part}
      </code>
    ) : (
      part
    ),
  )
}
