import { PlaygroundLoading } from '#components/playground/playground-loading.tsx'

export default PlaygroundLoading
