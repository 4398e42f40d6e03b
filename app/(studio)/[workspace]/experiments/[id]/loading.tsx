export { ExperimentLoading as default } from '#components/experiments/experiment-loading.tsx'
