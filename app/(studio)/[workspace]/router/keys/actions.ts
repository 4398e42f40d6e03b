'use server'
import { getRuntime } from '#lib/runtime.ts'
import type { CreateKeyInput } from '#lib/tenancy/schema.ts'
import { action } from '#lib/web/index.ts'

export const createKey = action((scope, input: CreateKeyInput) => getRuntime().tenancy.createKey(scope, input))
export const revokeKey = action((scope, input: { id: string }) => getRuntime().tenancy.revokeKey(scope, input))
