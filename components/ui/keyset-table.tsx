'use client'
import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { ApiError } from './api.ts'
import { DataTable, type DataTableProps } from './data-table.tsx'
import { ErrorState } from './error-state.tsx'
import { Pagination } from './pagination.tsx'
import type { useKeyset } from './use-keyset.ts'

interface KeysetTableProps<Row> extends Omit<DataTableProps<Row>, 'error' | 'footer' | 'refreshing' | 'label'> {
  /** What the rows are, in the middle of a sentence: "datasets". */
  what: string
  /** Its table's name, where that is not `what` with a capital. */
  label?: string
  page: UseQueryResult<{ nextCursor?: string | undefined }>
  keyset: ReturnType<typeof useKeyset>
  /** Where in the list this page is. */
  summary?: ReactNode
}

/** A table of one page of a list: what it says while a page is fetched, when it cannot be, and the steps to the others. */
export function KeysetTable<Row>({ what, label, page, keyset, summary, rows, ...table }: KeysetTableProps<Row>) {
  // What was shown stays when a refresh fails.
  const error = page.error && !page.data ? page.error : undefined
  return (
    <DataTable
      {...table}
      label={label ?? what[0]!.toUpperCase() + what.slice(1)}
      rows={error ? undefined : rows}
      refreshing={page.isPlaceholderData}
      error={
        error && (
          <ErrorState
            title={`The ${what} could not be loaded`}
            requestId={error instanceof ApiError ? error.requestId : undefined}
            onRetry={() => void page.refetch()}
            retrying={page.isFetching}
          >
            {error.message}
          </ErrorState>
        )
      }
      footer={
        <Pagination
          previous={keyset.previous}
          next={keyset.next(page.data?.nextCursor)}
          pending={page.isPlaceholderData}
          summary={summary}
        />
      }
    />
  )
}
