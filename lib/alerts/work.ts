/** Queues of this room. */
export const alertQueues = {
  evaluate: 'alert-evaluate',
  deliver: 'alert-deliver',
} as const

/** Of both queues. */
export interface AlertJob {
  workspaceId: string
}

export interface DeliverJob extends AlertJob {
  deliveryId: string
}
