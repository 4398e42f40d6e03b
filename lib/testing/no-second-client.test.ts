import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')

/** What opens a way out, and the files that may: `<module> <name>`, or the name of a global. */
const allowed: Record<string, string[]> = {
  'lib/openai/upstream.ts': ['undici Pool'],
  // The guard: it resolves and connects only what it has judged.
  'lib/platform/dial.ts': ['node:net connect', 'node:tls connect'],
  'lib/platform/egress.ts': ['node:dns lookup'],
  // A pipeline's command, on whatever machine: it calls the studio that its caller names, and nothing else.
  // Mail speaks on connections that the guard opened.
  'lib/platform/mail.ts': ['nodemailer createTransport'],
  'server/experiment.ts': ['undici request'],
  // The supervisor asks its own children on loopback.
  'server/supervisor/readiness.ts': ['node:http request'],
}

const modules = ['http', 'https', 'http2', 'net', 'tls', 'dgram', 'dns']
/** Names of these modules that listen, judge or describe, and call nobody. */
const harmless = new Set([
  ...['node:http createServer', 'node:net createServer', 'node:net isIP'],
  ...['node:tls createSecureContext', 'node:tls rootCertificates', 'node:tls getCACertificates'],
])
const globals = new Set(['fetch', 'WebSocket', 'EventSource', 'XMLHttpRequest'])
const packages = [
  'undici',
  'axios',
  'got',
  'ky',
  'needle',
  'node-fetch',
  'nodemailer',
  'openai',
  'phin',
  'request',
  'superagent',
  'ws',
]

/** Every way out that a file takes; text of comments and strings does not count. */
function waysOut(path: string, text: string): string[] {
  const found: string[] = []
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  const seeModule = (specifier: string, names: string[]) => {
    const bare = specifier.replace(/^node:/, '').replace(/\/promises$/, '')
    if (packages.some((name) => specifier === name || specifier.startsWith(`${name}/`)))
      found.push(...names.map((name) => `${specifier} ${name}`))
    else if (modules.includes(bare)) found.push(...names.map((name) => `node:${bare} ${name}`))
  }
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
      const clause = node.importClause
      const { namedBindings } = clause ?? {}
      const names =
        clause?.phaseModifier === ts.SyntaxKind.TypeKeyword
          ? []
          : [
              ...(!clause || clause.name ? ['*'] : []),
              ...(namedBindings && ts.isNamespaceImport(namedBindings) ? ['*'] : []),
              ...(namedBindings && ts.isNamedImports(namedBindings)
                ? namedBindings.elements
                    .filter((element) => !element.isTypeOnly)
                    .map((element) => (element.propertyName ?? element.name).text)
                : []),
            ]
      seeModule(node.moduleSpecifier.text, names)
      return
    }
    if (ts.isCallExpression(node)) {
      const [first] = node.arguments
      const isLoad = node.expression.kind === ts.SyntaxKind.ImportKeyword || node.expression.getText() === 'require'
      if (isLoad && first && ts.isStringLiteralLike(first)) seeModule(first.text, ['*'])
    }
    // A name that is used, or taken off the global object; not a member or a parameter that is called so.
    if (ts.isIdentifier(node) && globals.has(node.text)) {
      const { parent } = node
      const isMember = ts.isPropertyAccessExpression(parent) && parent.name === node
      const isOfGlobal = isMember && ['globalThis', 'global', 'window', 'self'].includes(parent.expression.getText())
      const isLabel = ts.isPropertyAssignment(parent) || ts.isPropertySignature(parent) || ts.isTypeNode(parent)
      if (isOfGlobal || (!isMember && !isLabel)) found.push(node.text)
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found.filter((way) => !harmless.has(way))
}

test('nothing calls out but the one guarded client, the guard itself, and the supervisor on loopback', () => {
  const found: Record<string, string[]> = {}
  const files = globSync('{lib,server,app}/**/*.{ts,tsx}', { cwd: root })
    .concat('proxy.ts', 'instrumentation.ts')
    .filter((file) => !/\.test\.tsx?$|^lib\/(testing|practice)\/|^lib\/platform\/generated\//.test(file))
  for (const file of files) {
    const text = readFileSync(join(root, file), 'utf8')
    // What runs in the browser calls us alone: the content policy sees to it.
    if (/^\s*['"]use client['"]/.test(text)) continue
    const ways = [...new Set(waysOut(file, text))].sort()
    if (ways.length > 0) found[file] = ways
  }
  expect(files.length).toBeGreaterThan(100)
  expect(found).toEqual(allowed)
  // Parses the whole of the source.
}, 60_000)

test.each([
  [`await fetch('https://x.example')`, ['fetch']],
  [`globalThis.fetch(url)`, ['fetch']],
  [`const get = fetch`, ['fetch']],
  [`new WebSocket(url)`, ['WebSocket']],
  [`import { request } from 'https'`, ['node:https request']],
  [`import http, { createServer } from 'node:http'`, ['node:http *']],
  [`import * as net from 'node:net'`, ['node:net *']],
  [`import { createServer as listen, connect as c } from 'node:net'`, ['node:net connect']],
  [`const tls = await import('node:tls')`, ['node:tls *']],
  [`const axios = require('axios')`, ['axios *']],
  [`import { resolve4 } from 'node:dns/promises'`, ['node:dns resolve4']],
  [
    `import type { Socket } from 'node:net'\n// fetch(url)\nconst text = 'fetch(url)'; store.fetch(1); go({ fetch: 1 })`,
    [],
  ],
])('a way out is found by its meaning, not by its letters: %s', (text, ways) => {
  expect(waysOut('x.ts', text)).toEqual(ways)
})
