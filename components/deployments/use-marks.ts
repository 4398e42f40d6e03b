'use client'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useEffect, useMemo, useState } from 'react'
import { onDemand, useOnDemand } from '#components/ui/on-demand.ts'
import type { DeploymentConfig } from '#lib/deployments/schema.ts'
import type { ModelType } from '#lib/models/schema.ts'
import { type Marks, noMarks, toMarks } from './marks.ts'
import { checkQuery } from './queries.ts'

const rules = onDemand(() => import('./rules.ts'))

const quietMs = 300

/** What stands against the draft as it is typed: its own rules at once, its models a moment later. */
export function useMarks(workspace: string, id: string, config: DeploymentConfig, type: ModelType): Marks {
  const part = useOnDemand(rules, true)
  const [asked, setAsked] = useState(config)
  useEffect(() => {
    const timer = setTimeout(() => setAsked(config), quietMs)
    return () => clearTimeout(timer)
  }, [config])
  const { data } = useQuery({ ...checkQuery(workspace, id, asked), placeholderData: keepPreviousData })
  return useMemo(() => (part ? toMarks(part.problemsOf(config, type), data) : noMarks), [part, config, type, data])
}
