import type { Operations } from '#lib/core/operation.ts'
import { pageOf } from '#lib/core/operation.ts'
import { PlaygroundLinkDetail, PlaygroundLinkView } from './answers.ts'
import { CreateLinkInput, ListLinksInput } from './schema.ts'

const api = '/api/workspaces/[workspace]/playground/links'
const params = { id: 'Of the link.' }

/** Schemas that have a name in the document. */
export const named = { PlaygroundLinkView, PlaygroundLinkDetail }

/** What the routes of saved prompts promise. */
export const operations: Operations = {
  [`GET ${api}`]: {
    id: 'listPlaygroundLinks',
    group: 'Playground',
    summary: 'Saved prompts, newest first',
    access: 'read',
    least: 'developer',
    query: ListLinksInput,
    fields: { search: 'In the name.', cursor: 'Of the page before; opaque.', limit: 'Of one page.' },
    answer: pageOf(PlaygroundLinkView),
  },
  [`POST ${api}`]: {
    id: 'createPlaygroundLink',
    group: 'Playground',
    summary: 'Save a prompt to be opened by others of the workspace',
    details:
      'It opens at `/<workspace>/playground/<id>`. What was answered is not part of it, and nobody can change it.',
    access: 'write',
    least: 'developer',
    body: CreateLinkInput,
    fields: { name: 'For the list.' },
    example: {
      name: 'Weather',
      prompt: {
        type: 'chat',
        messages: [{ role: 'user', content: 'The weather in {{city}}?' }],
        variables: { city: 'Paris' },
        columns: [{ model: 'groq-llama-3-3' }],
      },
    },
    status: 201,
    answer: PlaygroundLinkView,
    errors: { 409: ['too_many_links'] },
  },
  [`GET ${api}/[id]`]: {
    id: 'getPlaygroundLink',
    group: 'Playground',
    summary: 'One saved prompt',
    access: 'read',
    least: 'developer',
    params,
    answer: PlaygroundLinkDetail,
  },
  [`DELETE ${api}/[id]`]: {
    id: 'deletePlaygroundLink',
    group: 'Playground',
    summary: 'Delete a saved prompt',
    details: 'Admins any, others their own.',
    access: 'write',
    least: 'developer',
    params,
    answer: null,
    errors: { 403: ['not_yours'] },
  },
}
