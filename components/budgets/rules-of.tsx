'use client'
import dynamic from 'next/dynamic'
import { Skeleton } from '#components/ui/skeleton.tsx'
import type { RulesCardProps } from './rules-card.tsx'

// Fetched when it shows: it stands behind a tab.
const RulesCard = dynamic(() => import('./rules-card.tsx').then((module) => module.RulesCard), {
  ssr: false,
  loading: () => <Skeleton className="h-24" />,
})

export function RulesOf(props: RulesCardProps) {
  return <RulesCard {...props} />
}
