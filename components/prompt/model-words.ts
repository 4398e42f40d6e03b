import type { ModelType, Region } from '#lib/models/schema.ts'

export const typeNames: Readonly<Record<ModelType, string>> = {
  chat: 'Chat Completion',
  completion: 'Completion',
  embedding: 'Embedding',
  image: 'Image',
}

export const typeShort: Readonly<Record<ModelType, string>> = {
  chat: 'Chat',
  completion: 'Completion',
  embedding: 'Embedding',
  image: 'Image',
}

export const regionNames: Readonly<Record<Region, string>> = {
  us: 'United States',
  eu: 'Europe',
  uk: 'United Kingdom',
  apac: 'Asia Pacific',
  global: 'Global',
  own: 'Own servers',
}

export const regionShort: Readonly<Record<Region, string>> = {
  us: 'US',
  eu: 'EU',
  uk: 'UK',
  apac: 'APAC',
  global: 'Global',
  own: 'Own',
}
