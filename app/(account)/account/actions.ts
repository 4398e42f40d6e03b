'use server'
import { getRuntime } from '#lib/runtime.ts'
import type { ChangePasswordInput, CreateWorkspaceInput, UpdateAccountInput } from '#lib/tenancy/schema.ts'
import { personAction } from '#lib/web/index.ts'

export const updateAccount = personAction((person, input: UpdateAccountInput) =>
  getRuntime().tenancy.updateAccount(person, input),
)
export const changePassword = personAction((person, input: ChangePasswordInput) =>
  getRuntime().tenancy.changePassword(person, input),
)
export const endSessions = personAction((person) => getRuntime().tenancy.endSessions(person))
export const leaveWorkspace = personAction((person, input: { workspace: string }) =>
  getRuntime().tenancy.leaveWorkspace(person, input),
)
export const createWorkspace = personAction((person, input: CreateWorkspaceInput) =>
  getRuntime().tenancy.createWorkspace(person, input),
)
