'use client'
import { Input, type InputProps } from '#components/ui/input.tsx'

type Props = Omit<InputProps, 'type' | 'inputMode' | 'mono'>

/**
 * A figure as text: nothing is thrown away while typing, a wheel does not change it, and the schema says what is wrong
 * with it. `decimal` brings the keyboard with a decimal mark.
 */
export function NumberInput({ decimal = false, ...rest }: Props & { decimal?: boolean }) {
  return <Input {...rest} mono inputMode={decimal ? 'decimal' : 'numeric'} autoComplete="off" spellCheck={false} />
}

/** Dollars. What is typed is read by `parseMicroAmount`, in the schema. */
export function PriceInput(props: Props) {
  return <NumberInput placeholder="unpriced" {...props} decimal prefix="$" />
}
