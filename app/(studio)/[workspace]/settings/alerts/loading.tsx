import { AlertsSkeleton } from '#components/alerts/alerts-skeleton.tsx'

export default AlertsSkeleton
