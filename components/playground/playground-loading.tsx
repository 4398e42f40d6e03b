import { Skeleton } from '#components/ui/skeleton.tsx'

/** The playground before its models are known. Nothing of it wakes up: the page brings the code. */
export function PlaygroundLoading() {
  return (
    <div
      aria-busy="true"
      className="flex min-h-[calc(100dvh-var(--above))] min-w-0 flex-col lg:grid lg:h-[calc(100dvh-var(--above))] lg:min-h-0 lg:grid-cols-[minmax(340px,400px)_minmax(0,1fr)]"
    >
      <div className="h-11 border-b lg:hidden" />
      <div className="flex min-h-0 flex-1 flex-col lg:border-r">
        <header className="grid gap-3 border-b px-4 py-3">
          <h1 className="font-semibold text-lg leading-7 tracking-[-0.01em]">Playground</h1>
          <Skeleton className="h-[30px] rounded-lg max-sm:h-[54px]" />
        </header>
        <div className="grid flex-1 content-start gap-2 p-4">
          <Skeleton className="h-[70px] rounded-lg" />
          <Skeleton className="h-[70px] rounded-lg" />
        </div>
        <div className="border-t px-4 py-2.5">
          <Skeleton className="h-8 rounded-lg" />
        </div>
      </div>
      <div className="flex flex-col max-lg:hidden">
        <div className="flex h-12 items-center border-b px-4">
          <Skeleton className="h-4 w-40" />
        </div>
      </div>
    </div>
  )
}
