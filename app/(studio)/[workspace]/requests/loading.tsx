import { RequestsLoading } from '#components/requests/requests-loading.tsx'

export default RequestsLoading
