import {
  Cable,
  ChartColumn,
  CodeXml,
  Database,
  FlaskConical,
  ListTree,
  type LucideIcon,
  MessagesSquare,
  Rocket,
  Settings,
} from 'lucide-react'

/** The areas of the studio. A layout passes on only those that work. */
export const areaIcons = {
  router: Cable,
  playground: MessagesSquare,
  deployments: Rocket,
  experiments: FlaskConical,
  datasets: Database,
  requests: ListTree,
  analytics: ChartColumn,
  reference: CodeXml,
  settings: Settings,
} satisfies Record<string, LucideIcon>

export type AreaId = keyof typeof areaIcons

export interface Area {
  id: AreaId
  label: string
  href: string
}

/** The letter after `g` that goes there. */
export const areaKeys: Record<AreaId, string> = {
  router: 'r',
  playground: 'p',
  deployments: 'd',
  experiments: 'e',
  datasets: 't',
  requests: 'l',
  analytics: 'a',
  reference: 'i',
  settings: 's',
}

/** Whether `pathname` lies in the area at `href`. */
export function isInside(pathname: string, href: string): boolean {
  return pathname === href || pathname.startsWith(`${href}/`)
}
