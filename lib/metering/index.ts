export { type Cost, costOf } from './cost.ts'
export { createLedger, type Ledger } from './ledger.ts'
export { type CallEnd, createMeter, type Meter, type Ticket } from './meter.ts'
export { keepPartitions } from './partitions.ts'
