import { routes } from './access-table.ts'

// next-auth's own, and what /v1 answers where nothing is served.
const undocumented = /^\w+ \/api\/auth\/|^\w+ \/v1$|^(DELETE|HEAD|OPTIONS|PATCH|PUT) \/v1\//

/** The routes of the access table that the API's document must tell of. */
export const documentedRoutes = Object.keys(routes).filter((name) => !undocumented.test(name))
