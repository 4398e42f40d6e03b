'use server'
import { getRuntime } from '#lib/runtime.ts'
import type {
  AddAllowedEndpointInput,
  DeleteWorkspaceInput,
  InviteInput,
  RemoveMemberInput,
  SetOperatorInput,
  UpdateMemberInput,
  UpdateWorkspaceInput,
} from '#lib/tenancy/schema.ts'
import { action } from '#lib/web/index.ts'

export const updateWorkspace = action((scope, input: UpdateWorkspaceInput) =>
  getRuntime().tenancy.updateWorkspace(scope, input),
)
export const deleteWorkspace = action((scope, input: DeleteWorkspaceInput) =>
  getRuntime().tenancy.deleteWorkspace(scope, input),
)
export const removeDemo = action((scope) => getRuntime().tenancy.removeDemo(scope))
export const updateMember = action((scope, input: UpdateMemberInput) => getRuntime().tenancy.updateMember(scope, input))
export const removeMember = action((scope, input: RemoveMemberInput) => getRuntime().tenancy.removeMember(scope, input))
export const inviteMember = action((scope, input: InviteInput) => getRuntime().tenancy.invite(scope, input))
export const revokeInvitation = action((scope, input: { id: string }) =>
  getRuntime().tenancy.revokeInvitation(scope, input),
)
export const allowEndpoint = action((scope, input: AddAllowedEndpointInput) =>
  getRuntime().tenancy.addAllowedEndpoint(scope, input),
)
export const disallowEndpoint = action((scope, input: { id: string }) =>
  getRuntime().tenancy.removeAllowedEndpoint(scope, input),
)
export const setOperator = action((scope, input: SetOperatorInput) => getRuntime().tenancy.setOperator(scope, input))
