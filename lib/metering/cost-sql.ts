/** SQL expressions: counts of what was used. */
export interface UsageSql {
  input: string
  cached: string
  output: string
  images: string
}

/** SQL expressions, null where unpriced: pico-dollars a token, nano-dollars an image. */
export interface PriceSql {
  input: string
  output: string
  cached: string
  image: string
}

/** What `costOf` says, in SQL: two columns, `cost` (bigint, nano-dollars) and `priced`. */
export function costSql(usage: UsageSql, price: PriceSql): string {
  const cached = `least(${usage.cached}, ${usage.input})`
  const parts = [
    [`(${usage.input} - ${cached})`, price.input],
    [cached, `coalesce(${price.cached}, ${price.input})`],
    [usage.output, price.output],
    [usage.images, `${price.image} * 1000::numeric`],
  ] as const
  const paidByPicture = `(${usage.images} > 0 and ${price.image} is not null)`
  const missing = parts.map(([count, each]) => `(${count} > 0 and ${each} is null)`).join(' or ')
  const priced = `(${paidByPicture} or not (${missing}))`
  const pico = parts.map(([count, each]) => `coalesce(${count}::numeric * ${each}, 0)`).join(' + ')
  // Half to even: what is left of a thousand decides, and on the half the last digit.
  const rounded = `div(p, 1000) + case when mod(p, 1000) > 500 or (mod(p, 1000) = 500 and mod(div(p, 1000), 2) = 1) then 1 else 0 end`
  return `case when ${priced} then (select ${rounded} from (select ${pico} as p) s) else 0 end::bigint as cost, ${priced} as priced`
}
