import { callApi } from '#components/ui/api.ts'
import type { IntakeView, ModelType, PlanView, RawModelInput, Region } from '#lib/models/schema.ts'

const intakesOf = (workspace: string) => `/api/workspaces/${encodeURIComponent(workspace)}/models/intakes`

/** What every model of one server shares. */
export type Connection = Pick<RawModelInput, 'baseUrl' | 'apiKey' | 'noKey' | 'region'>

interface Common {
  /** Where an address is taken: leave the model out, or add it under another one. */
  onConflict: 'skip' | 'rename'
  imageConsent: boolean
}

export type IntakeRequest = Common &
  (
    | {
        source: 'several'
        connection: Connection
        rows: (Pick<
          RawModelInput,
          | 'type'
          | 'modelId'
          | 'name'
          | 'slug'
          | 'inputPrice'
          | 'outputPrice'
          | 'cachedInputPrice'
          | 'imagePrice'
          | 'contextTokens'
        > & { key: string })[]
      }
    | {
        source: 'litellm' | 'file'
        text: string
        rows: { key: string; name?: string; slug?: string; type?: ModelType; region?: Region }[]
        answers: Record<string, string>
      }
  )

export const intakeRowsMax = 100

export const startIntake = (workspace: string, body: IntakeRequest) =>
  callApi<IntakeView>(intakesOf(workspace), { body })

export const previewIntake = (workspace: string, body: { source: 'litellm' | 'file'; text: string }) =>
  callApi<PlanView>(`${intakesOf(workspace)}/preview`, { body })

export const stopIntake = (workspace: string, id: string) =>
  callApi<IntakeView>(`${intakesOf(workspace)}/${id}`, { method: 'DELETE' })

/** Read again while it runs. */
export const intakeQuery = (workspace: string, id: string) => ({
  queryKey: ['intake', workspace, id],
  queryFn: ({ signal }: { signal: AbortSignal }) => callApi<IntakeView>(`${intakesOf(workspace)}/${id}`, { signal }),
})

export const intakesQuery = (workspace: string) => ({
  queryKey: ['intakes', workspace],
  queryFn: ({ signal }: { signal: AbortSignal }) => callApi<{ items: IntakeView[] }>(intakesOf(workspace), { signal }),
})
