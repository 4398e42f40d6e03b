import { OverviewLoading } from '#components/analytics/overview-loading.tsx'

export default OverviewLoading
