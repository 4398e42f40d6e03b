export { makeDemo } from './demo/index.ts'
export { seedTraffic, type TrafficInput } from './traffic.ts'
export { findOrAddWorkspace } from './workspace.ts'
