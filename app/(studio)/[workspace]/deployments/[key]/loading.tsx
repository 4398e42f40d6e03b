export { DeploymentLoading as default } from '#components/deployments/deployment-loading.tsx'
