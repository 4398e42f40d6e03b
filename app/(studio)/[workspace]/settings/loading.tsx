import { Skeleton } from '#components/ui/skeleton.tsx'

export default function SettingsLoading() {
  return (
    <div className="grid max-w-xl gap-4" aria-busy="true">
      <Skeleton className="h-14" />
      <Skeleton className="h-14" />
      <Skeleton className="h-14" />
    </div>
  )
}
