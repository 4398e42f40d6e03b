export { DatasetLoading as default } from '#components/datasets/dataset-loading.tsx'
