'use client'
import { createContext, type ReactNode, useContext, useEffect, useRef, useState } from 'react'

/** Something ⌘K can go to or do: `href` goes, `run` does. */
export interface Command {
  id: string
  label: string
  /** A quiet word beside it: a kind, an address. */
  hint?: string
  /** Also found by these. */
  keywords?: readonly string[]
  group: string
  href?: string
  run?: () => void
  /** Keys that do the same. */
  keys?: string
}

type Offer = (id: symbol, commands: readonly Command[] | null) => void

const CommandsContext = createContext<readonly Command[]>([])
const OfferContext = createContext<Offer>(() => {})

/** Stands in the frame and gathers what the page offers. */
export function CommandsProvider({ children }: { children: ReactNode }) {
  const [offers, setOffers] = useState<ReadonlyMap<symbol, readonly Command[]>>(new Map())
  const offer = useRef<Offer>((id, commands) =>
    setOffers((before) => {
      const after = new Map(before)
      if (commands) after.set(id, commands)
      else after.delete(id)
      return after
    }),
  ).current
  return (
    <OfferContext value={offer}>
      <CommandsContext value={[...offers.values()].flat()}>{children}</CommandsContext>
    </OfferContext>
  )
}

export const useOfferedCommands = () => useContext(CommandsContext)

/** Offers the actions of a page in ⌘K while the page shows. Pass a stable array (module constant or `useMemo`). */
export function useCommands(commands: readonly Command[]): void {
  const offer = useContext(OfferContext)
  useEffect(() => {
    const id = Symbol('commands')
    offer(id, commands)
    return () => offer(id, null)
  }, [commands, offer])
}
