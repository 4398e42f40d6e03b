/** One model of a group, with how often it is wanted. */
export interface Weighted {
  /** Above 0, up to 1,000. */
  weight: number
}

/**
 * The member that a random number stands for: each as often as its weight says. `roll` is in [0, 1); nothing else is
 * looked at, so that equal rolls give equal picks. Undefined where there are none.
 */
export function pickWeighted<Member extends Weighted>(members: readonly Member[], roll: number): Member | undefined {
  let rest = roll * members.reduce((sum, { weight }) => sum + weight, 0)
  for (const member of members) {
    rest -= member.weight
    if (rest < 0) return member
  }
  return members.at(-1)
}

/** All of them, the next one each time picked from those that are left: who answers when the first ones do not. */
export function orderWeighted<Member extends Weighted>(members: readonly Member[], random: () => number): Member[] {
  const left = [...members]
  const ordered: Member[] = []
  while (left.length > 0) {
    const member = left.length === 1 ? left[0]! : pickWeighted(left, random())!
    left.splice(left.indexOf(member), 1)
    ordered.push(member)
  }
  return ordered
}

/** Weights for rates or weights of another scale, such as calls a minute: their ratio, as whole numbers from 1 to 1,000. */
export function toWeights(amounts: readonly number[]): number[] {
  const known = amounts.map((amount) => (Number.isFinite(amount) && amount > 0 ? amount : 0))
  const most = Math.max(0, ...known)
  if (most === 0) return amounts.map(() => 1)
  if (known.every(Number.isSafeInteger)) {
    const divisor = known.reduce(greatestCommonDivisor, 0)
    if (most / divisor <= weightMax) return known.map((amount) => Math.max(1, amount / divisor))
  }
  return known.map((amount) => Math.max(1, Math.round((amount / most) * weightMax)))
}

export const weightMax = 1_000

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b)
}
