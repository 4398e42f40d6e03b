'use client'
import type { ReactNode } from 'react'
import { useSyncExternalStore } from 'react'

export interface Column<Row> {
  id: string
  /** The word in the head and in the chooser. */
  label: string
  /** A second, quiet line in the head: "per 1M tokens". */
  unit?: string
  cell: (row: Row) => ReactNode
  /** `figure` is right-aligned, in Geist Mono; `mono` is for ids. */
  kind?: 'text' | 'figure' | 'mono'
  /** Sorting in the browser by this; `true` leaves it to `onSort`. */
  sort?: true | ((row: Row) => string | number | bigint | null)
  /** The column that names the row: linked to `rowHref`, read as its header, never hidden. One a table. */
  primary?: boolean
  /** Hidden until chosen. */
  hidden?: boolean
  className?: string
}

export interface Sort {
  id: string
  descending: boolean
}

/**
 * Rows by a column's own value; `null` last in both directions, equal rows in their old order. A column without a
 * value leaves the order as it came.
 */
export function sortRows<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  sort: Sort | undefined,
): readonly Row[] {
  const value = columns.find((column) => column.id === sort?.id)?.sort
  if (!sort || typeof value !== 'function') return rows
  const sign = sort.descending ? -1 : 1
  return [...rows].sort((a, b) => {
    const left = value(a)
    const right = value(b)
    if (left === null || right === null) return left === right ? 0 : left === null ? 1 : -1
    if (typeof left === 'string' && typeof right === 'string')
      return sign * left.localeCompare(right, 'en', { numeric: true })
    return left < right ? -sign : left > right ? sign : 0
  })
}

/** A click on a head: ascending for words, descending first for figures, then the other way, then off. */
export function nextSort(current: Sort | undefined, id: string, figuresFirst: boolean): Sort | undefined {
  if (current?.id !== id) return { id, descending: figuresFirst }
  return current.descending === figuresFirst ? { id, descending: !figuresFirst } : undefined
}

const changed = new EventTarget()
const prefix = 'patchbay.columns.'

/** Which columns show, kept in this browser under `storageKey`. Unknown ids in the store are ignored. */
export function useShownColumns<Row>(columns: readonly Column<Row>[], storageKey: string | undefined) {
  const stored = useSyncExternalStore(
    subscribe,
    () => readStored(storageKey),
    () => null,
  )
  const chosen = stored === null ? null : new Set(stored.split(','))
  const isShown = (column: Column<Row>) => column.primary || (chosen ? chosen.has(column.id) : !column.hidden)

  function choose(ids: readonly string[] | null) {
    if (!storageKey) return
    try {
      if (ids === null) localStorage.removeItem(prefix + storageKey)
      else localStorage.setItem(prefix + storageKey, ids.join(','))
    } catch {
      // Storage is full or forbidden: the choice is not kept, which is no reason to fail.
    }
    changed.dispatchEvent(new Event('change'))
  }

  return { shown: columns.filter(isShown), isDefault: chosen === null, choose }
}

function readStored(storageKey: string | undefined): string | null {
  if (!storageKey) return null
  try {
    return localStorage.getItem(prefix + storageKey)
  } catch {
    return null
  }
}

function subscribe(listener: () => void): () => void {
  changed.addEventListener('change', listener)
  window.addEventListener('storage', listener)
  return () => {
    changed.removeEventListener('change', listener)
    window.removeEventListener('storage', listener)
  }
}
