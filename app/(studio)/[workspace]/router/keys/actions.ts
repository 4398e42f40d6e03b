'use server'
import { getRuntime } from '#lib/runtime.ts'
import type { CreateKeyInput, UpdateKeyInput } from '#lib/tenancy/schema.ts'
import { action } from '#lib/web/index.ts'

export const createKey = action((scope, input: CreateKeyInput) => getRuntime().tenancy.createKey(scope, input))
export const revokeKey = action((scope, input: { id: string }) => getRuntime().tenancy.revokeKey(scope, input))
export const updateKey = action((scope, input: UpdateKeyInput) => getRuntime().tenancy.updateKey(scope, input))
