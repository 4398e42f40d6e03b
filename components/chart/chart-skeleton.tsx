const heights = [38, 62, 55, 71, 66, 83, 30, 26, 58, 69, 64, 77, 72, 90, 41, 35, 67, 74, 80, 86, 61, 48]

/** The shape of a chart, before its figures or its drawing are there. Sits in the room of the plot. */
export function ChartSkeleton() {
  return (
    <div aria-hidden="true" className="mr-4 ml-17 flex h-[228px] animate-breathe items-end gap-[1.2%] border-b pt-2">
      {heights.map((height, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: placeholders have no other identity
        <span key={index} className="flex-1 rounded-t-sm bg-surface-3" style={{ height: `${height}%` }} />
      ))}
    </div>
  )
}
