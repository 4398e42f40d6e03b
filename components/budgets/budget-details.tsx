import Link from 'next/link'
import { Badge } from '#components/ui/badge.tsx'
import { CopyText } from '#components/ui/copy-button.tsx'
import { Share } from '#components/ui/figures.tsx'
import { RelativeTime, useTimeZone } from '#components/ui/time.tsx'
import type { BudgetHolder, BudgetView } from '#lib/metering/schema.ts'
import { Amount } from './amount.tsx'
import { gaugeOf, toUnits } from './figures.ts'
import { GaugeBar } from './gauge.tsx'
import { isEach } from './scopes.ts'

/** A process says every 5 s that it lives; one that was silent so long may be released by hand. */
const silentMs = 150_000

const isSilent = ({ seenAt }: BudgetHolder, nowMs: number) => seenAt === null || nowMs - Date.parse(seenAt) > silentMs

const processWords: Readonly<Record<string, string>> = { studio: 'Studio', gateway: 'Gateway', worker: 'Worker' }

/** Behind a row: which identities spend, which processes hold what is reserved, and how past periods ended. */
export function BudgetDetails({ workspace, view, nowMs }: { workspace: string; view: BudgetView; nowMs: number }) {
  return (
    <div className="grid grid-cols-1 gap-3">
      {view.identities.length > 0 && <Identities workspace={workspace} view={view} />}
      {view.holders.length > 0 && <Holders view={view} nowMs={nowMs} />}
      {view.past.length > 0 && <Past view={view} />}
    </div>
  )
}

const cell = 'h-9 px-3 whitespace-nowrap'
const head = 'h-8 border-b px-3 font-medium whitespace-nowrap'
const frame = 'overflow-x-auto rounded-lg border -outline-offset-2'

function Identities({ workspace, view }: { workspace: string; view: BudgetView }) {
  const { unit, identities } = view
  const cap = toUnits(unit, view.cap)
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls sideways on a small screen, so the keyboard can reach it
    <section aria-label="Identities that spent most" tabIndex={0} className={frame}>
      <table className="w-full text-sm">
        <thead>
          <tr className="text-left text-muted text-xs">
            <th scope="col" className={head}>
              {identities.length === 1 ? 'Identity' : `${identities.length} that spent most`}
            </th>
            <th scope="col" className={`${head} text-right`}>
              Spent
            </th>
            <th scope="col" className={`${head} text-right`}>
              Reserved
            </th>
            <th scope="col" colSpan={2} className={head}>
              Of its budget
            </th>
          </tr>
        </thead>
        <tbody>
          {identities.map((each) => {
            const [spent, reserved] = [toUnits(unit, each.spent), toUnits(unit, each.reserved)]
            const gauge = gaugeOf(cap, spent, reserved, each.exhausted)
            return (
              <tr key={each.identity}>
                <th scope="row" className={`${cell} max-w-72 truncate text-left font-normal`}>
                  <Link
                    href={`/${workspace}/requests?identity=${encodeURIComponent(each.identity)}`}
                    prefetch={false}
                    className="link rounded-sm"
                  >
                    {each.identity}
                  </Link>
                </th>
                <td className={`${cell} text-right`}>
                  <Amount unit={unit} units={spent} />
                </td>
                <td className={`${cell} text-right`}>
                  <Amount unit={unit} units={reserved} className="text-muted" />
                </td>
                <td className={`${cell} w-40`}>
                  <GaugeBar thin gauge={gauge} label={`Budget of ${each.identity}`} className="min-w-24" />
                </td>
                <td className={`${cell} w-16 text-right`}>
                  <Share value={gauge.spentShare} />
                </td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </section>
  )
}

function Past({ view }: { view: BudgetView }) {
  const { unit, past, window } = view
  const date =
    window === 'month' ? { month: 'long', year: 'numeric' } : { day: 'numeric', month: 'short', year: 'numeric' }
  const format = new Intl.DateTimeFormat('en-GB', { ...(date as Intl.DateTimeFormatOptions), timeZone: useTimeZone() })
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls sideways on a small screen, so the keyboard can reach it
    <section aria-label="Past periods" tabIndex={0} className={frame}>
      <table className="w-full text-sm">
        <thead>
          <tr className="text-left text-muted text-xs">
            <th scope="col" className={head}>
              {window === 'month' ? 'Past months' : window === 'week' ? 'Past weeks, by their first day' : 'Past days'}
            </th>
            <th scope="col" className={`${head} text-right`}>
              Spent
            </th>
            <th scope="col" className={`${head} text-right`}>
              Of
            </th>
            <th scope="col" colSpan={2} className={head}>
              {isEach(view) ? '' : 'Of its budget'}
            </th>
          </tr>
        </thead>
        <tbody>
          {past.map((period) => {
            const [cap, spent] = [toUnits(unit, period.cap), toUnits(unit, period.spent)]
            const gauge = gaugeOf(cap, spent, 0n, false)
            const name = format.format(new Date(period.startsAt))
            return (
              <tr key={period.startsAt}>
                <th scope="row" className={`${cell} text-left font-normal`}>
                  {name}
                </th>
                <td className={`${cell} text-right`}>
                  <Amount unit={unit} units={spent} />
                </td>
                <td className={`${cell} text-right`}>
                  <Amount unit={unit} units={cap} className="text-muted" />
                  {isEach(view) && <span className="text-faint"> each</span>}
                </td>
                <td className={`${cell} w-40`}>
                  {!isEach(view) && <GaugeBar thin gauge={gauge} label={`Budget of ${name}`} className="min-w-24" />}
                </td>
                <td className={`${cell} w-16 text-right`}>{!isEach(view) && <Share value={gauge.spentShare} />}</td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </section>
  )
}

function Holders({ view: { unit, holders }, nowMs }: { view: BudgetView; nowMs: number }) {
  const silent = holders.filter((holder) => isSilent(holder, nowMs))
  return (
    <div className="grid grid-cols-1 gap-2">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls sideways on a small screen, so the keyboard can reach it */}
      <section aria-label="Processes that hold what is reserved" tabIndex={0} className={frame}>
        <table className="w-full text-sm">
          <thead>
            <tr className="text-left text-muted text-xs">
              <th scope="col" className={head}>
                Process
              </th>
              <th scope="col" className={head}>
                Host
              </th>
              <th scope="col" className={`${head} text-right`}>
                Holds
              </th>
              <th scope="col" className={head}>
                Heard of
              </th>
            </tr>
          </thead>
          <tbody>
            {holders.map((holder) => (
              <tr key={holder.holder}>
                <th scope="row" className={`${cell} text-left font-normal`}>
                  {processWords[holder.process] ?? (holder.process || 'Unknown')}{' '}
                  {isSilent(holder, nowMs) && <Badge tone="warn">silent</Badge>}
                </th>
                <td className={`${cell} figures text-muted`}>{holder.host || '–'}</td>
                <td className={`${cell} text-right`}>
                  <Amount unit={unit} units={toUnits(unit, holder.reserved)} />
                </td>
                <td className={`${cell} text-muted`}>
                  {holder.seenAt === null ? 'no longer known' : <RelativeTime at={holder.seenAt} />}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {silent.length > 0 && (
        <div className="grid grid-cols-1 gap-1 text-muted text-sm">
          <p className="text-pretty">
            What a silent process holds comes back by itself once its records are written, by any process with the same
            data folder. Where its machine is gone for good, release it where Patchbay is installed:
          </p>
          {silent.map(({ holder }) => (
            <CopyText
              key={holder}
              text={`npm run -s patchbay -- holders forget ${holder}`}
              what="the command"
              className="text-ink text-xs"
            />
          ))}
        </div>
      )}
    </div>
  )
}
