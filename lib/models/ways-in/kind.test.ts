import { expect, test } from 'vitest'
import { kindOfListed, kindOfName } from './kind.ts'

test.each([
  ['llama-3.3-70b-versatile', 'chat'],
  ['whisper-large-v3', 'other'],
  ['meta-llama/Llama-Guard-4-12B', 'other'],
  ['text-embedding-3-small', 'embedding'],
  ['BAAI/bge-m3', 'embedding'],
  ['nomic-embed-text:v1.5', 'embedding'],
  ['gpt-image-1', 'image'],
  ['black-forest-labs/FLUX.1-schnell', 'image'],
  ['gpt-3.5-turbo-instruct', 'completion'],
  ['llama-3.1-8b-instruct', 'chat'],
  ['gpt-4o-mini-tts', 'other'],
  ['omni-moderation-latest', 'other'],
])('the name %s is taken for %s', (name, kind) => {
  expect(kindOfName(name)).toBe(kind)
})

test.each([
  ['what it is called', { type: 'embedding' }, 'embedding'],
  ['its words for text models', { type: 'language' }, 'completion'],
  ['speech', { type: 'audio' }, 'other'],
  ['its output modalities', { architecture: { output_modalities: ['image'] } }, 'image'],
  ['pictures beside text', { architecture: { output_modalities: ['text', 'image'] } }, 'chat'],
  ['capabilities', { capabilities: { completion_chat: true } }, 'chat'],
  ['a word nobody knows', { type: 'model', object: 'model' }, 'chat'],
  ['an object of another kind', { architecture: null, capabilities: ['x'], type: 7 }, 'chat'],
])('a listing that tells %s is read', (_what, fields, kind) => {
  expect(kindOfListed(fields, 'some-model')).toBe(kind)
})
