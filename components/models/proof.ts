/** What an address says to look at: a validation, and in it a capability, a check or one exchange. */
export interface Proof {
  validationId: string
  what: string
}

export function readProof(text: string | null): Proof | null {
  const match = /^(val_[0-9a-z]+)~([a-z0-9_.]+)$/.exec(text ?? '')
  return match ? { validationId: match[1]!, what: match[2]! } : null
}

export const writeProof = ({ validationId, what }: Proof) => `${validationId}~${what}`
