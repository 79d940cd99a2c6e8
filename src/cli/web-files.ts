/**
 * The pages below `/files/`: directories are browsed, files downloaded (whole, in part, or not at all where the client has
 * them already), and uploaded with PUT. The storage is the FTP server's, so what one puts the other sees.
 */
import type { VirtualPath } from '../ftp/path.ts'
import { isName } from '../ftp/path.ts'
import { decodeText } from '../ftp/text.ts'
import type { Entry, Source, Stat, Storage, StorageRefusal } from '../ftp/storage/storage.ts'
import { StorageError } from '../ftp/storage/storage.ts'
import { evaluatePreconditions, isRangeCurrent, type ConditionalFields, type Validators } from '../http/conditional.ts'
import { formatHttpDate } from '../http/date.ts'
import { formatContentRange, formatUnsatisfiedRange, parseRange } from '../http/range.ts'
import {
  methodNotAllowed,
  optionsAnswer,
  pageAnswer,
  redirect,
  textAnswer,
  type Answer,
  type Question,
} from './answer.ts'
import { formatSize, formatTime, listPage, type Row } from './page.ts'

const METHODS = 'GET, HEAD, PUT, OPTIONS'
/** So many rows a page; a larger directory is for FTP. */
const MAX_ROWS = 10_000

/** Answers for the files of one storage. `question.path` begins with `/files/`. */
export async function answerFiles(storage: Storage, question: Question, nowMs: number): Promise<Answer> {
  const segments = question.path.slice('/files/'.length).split('/')
  const isDirectory = segments.at(-1) === ''
  const path = decodePath(isDirectory ? segments.slice(0, -1) : segments)
  if (path === undefined) return textAnswer(400, 'There can be no such name')
  try {
    switch (question.method) {
      case 'GET':
      case 'HEAD':
        return isDirectory ? await listing(storage, path) : await download(storage, path, question, nowMs)
      case 'PUT':
        return isDirectory ? textAnswer(409, 'A directory cannot be put') : await upload(storage, path, question, nowMs)
      case 'OPTIONS':
        return optionsAnswer(METHODS)
      default:
        return methodNotAllowed(METHODS)
    }
  } catch (error) {
    if (error instanceof StorageError) return textAnswer(statusOf(error.reason, question.method), error.message)
    throw error
  }
}

/** Percent-decoded names, each one a name (`isName`) and not a path; octets that are no UTF-8 are kept as they are. */
function decodePath(segments: readonly string[]): VirtualPath | undefined {
  const names: string[] = []
  for (const segment of segments) {
    if (/%(?![0-9A-Fa-f]{2})/.test(segment)) return undefined
    const octets = segment.replace(/%([0-9A-Fa-f]{2})/g, (_match, hex: string) =>
      String.fromCharCode(parseInt(hex, 16)),
    )
    const name = decodeText(Buffer.from(octets, 'latin1'))
    if (!isName(name)) return undefined
    names.push(name)
  }
  return names
}

async function listing(storage: Storage, path: VirtualPath): Promise<Answer> {
  const entries: Entry[] = []
  for await (const entry of storage.list(path)) if (entries.push(entry) === MAX_ROWS) break
  const rows = entries
    .filter((entry) => entry.type !== 'other')
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(row)
  const parent: Row[] = path.length === 0 ? [] : [{ text: '..', href: '../' }]
  return pageAnswer(listPage(`/${path.join('/')}`, [...parent, ...rows]))
}

function row(entry: Entry): Row {
  const slash = entry.type === 'directory' ? '/' : ''
  const size = entry.type === 'file' ? formatSize(entry.size) : ''
  return {
    text: entry.name + slash,
    href: `./${encodeName(entry.name)}${slash}`,
    cells: [size, formatTime(entry.modifiedMs)],
  }
}

/** A name for a URL; lone surrogates, which stand for octets that are no UTF-8, become those octets. */
function encodeName(name: string): string {
  return name.replace(/[^]/gu, (character) => {
    const code = character.codePointAt(0) as number
    if (code >= 0xdc80 && code <= 0xdcff) return `%${(code - 0xdc00).toString(16).toUpperCase()}`
    return encodeURIComponent(character)
  })
}

async function download(storage: Storage, path: VirtualPath, question: Question, nowMs: number): Promise<Answer> {
  const stat = await storage.stat(path)
  if (stat.type === 'directory') return redirect(`${question.path}/`)
  const has = validators(stat)
  switch (evaluatePreconditions(question.method, conditionalFields(question), has, nowMs)) {
    case 'failed':
      return textAnswer(412, 'The file is not what you think')
    case 'notModified':
      return { status: 304, fields: metadata(stat), content: '' }
    case 'proceed':
      return send(storage, path, rangeField(question, has, nowMs), stat.size)
  }
}

/** The range that may be honoured: that of a GET whose If-Range, if any, still holds. */
function rangeField(question: Question, has: Validators, nowMs: number): string | undefined {
  const isHonoured = question.method === 'GET' && isRangeCurrent(question.field('if-range'), has, nowMs)
  return isHonoured ? question.field('range') : undefined
}

async function send(storage: Storage, path: VirtualPath, field: string | undefined, size: number): Promise<Answer> {
  // Several ranges at once are answered with the whole, as RFC 9110 §14.2 allows.
  const request = parseRange(field, size, 1)
  if (request.type === 'unsatisfiable') {
    return textAnswer(416, 'The file is shorter than that', [['content-range', formatUnsatisfiedRange(size)]])
  }
  const range = request.type === 'ranges' ? request.ranges[0] : undefined
  if (range === undefined) {
    const source = await storage.read(path)
    return fileAnswer(200, source, path, [['content-length', `${source.stat.size}`]])
  }
  const length = range.last - range.first + 1
  const source = await storage.read(path, { from: range.first, length })
  return fileAnswer(206, source, path, [
    ['content-length', `${length}`],
    ['content-range', formatContentRange(range, source.stat.size)],
  ])
}

function fileAnswer(status: number, content: Source, path: VirtualPath, fields: Answer['fields']): Answer {
  return {
    status,
    fields: [...fields, ...metadata(content.stat), ['content-type', mediaType(path)], ...UNTRUSTED_CONTENT],
    content,
  }
}

/** Whoever may upload may upload a page with a script: it is shown, and runs nothing. */
const UNTRUSTED_CONTENT = [
  ['content-security-policy', 'sandbox'],
  ['x-content-type-options', 'nosniff'],
] as const

function metadata(stat: Stat): Answer['fields'] {
  return [
    ['etag', `"${stat.version}"`],
    ['last-modified', formatHttpDate(stat.modifiedMs)],
    ['accept-ranges', 'bytes'],
  ]
}

async function upload(storage: Storage, path: VirtualPath, question: Question, nowMs: number): Promise<Answer> {
  // RFC 9110 §14.5: a server that does not do partial PUT must refuse it, or it would store a part as the whole.
  if (question.field('content-range') !== undefined) return textAnswer(400, 'A part of a file cannot be put')
  const known = await statOrNothing(storage, path)
  const conditions = conditionalFields(question)
  if (evaluatePreconditions('PUT', conditions, validators(known), nowMs) !== 'proceed') {
    return textAnswer(412, 'The file is not what you think')
  }
  const sink = await storage.write(path, { type: conditions.ifNoneMatch === '*' ? 'create' : 'replace' })
  try {
    for await (const chunk of question.content) await sink.write(chunk)
  } catch (error) {
    await sink.abort()
    throw error
  }
  const stat = await sink.commit()
  const etag = ['etag', `"${stat.version}"`] as const
  if (known !== undefined) return { status: 204, fields: [etag], content: '' }
  return textAnswer(201, 'Created', [etag, ['location', question.path]])
}

async function statOrNothing(storage: Storage, path: VirtualPath): Promise<Stat | undefined> {
  try {
    return await storage.stat(path)
  } catch (error) {
    if (error instanceof StorageError && error.reason === 'notFound') return undefined
    throw error
  }
}

function validators(stat: Stat | undefined): Validators {
  return { etag: stat === undefined ? undefined : `"${stat.version}"`, lastModifiedMs: stat?.modifiedMs }
}

function conditionalFields(question: Question): ConditionalFields {
  return {
    ifMatch: question.field('if-match'),
    ifNoneMatch: question.field('if-none-match'),
    ifModifiedSince: question.field('if-modified-since'),
    ifUnmodifiedSince: question.field('if-unmodified-since'),
  }
}

function statusOf(reason: StorageRefusal, method: string): number {
  switch (reason) {
    case 'notFound':
    case 'notDirectory':
      // A PUT into a directory that is not there (RFC 9110 §15.5.10): the way is missing, not the file.
      return method === 'PUT' ? 409 : 404
    case 'exists':
      return 412
    case 'notFile':
    case 'notEmpty':
      return 409
    case 'denied':
    case 'unsupported':
      return 403
    case 'name':
      return 400
    case 'outOfRange':
      return 416
    case 'full':
      return 507
    case 'busy':
      return 503
    case 'failed':
      return 500
  }
}

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  css: 'text/css',
  csv: 'text/csv; charset=utf-8',
  gif: 'image/gif',
  htm: 'text/html',
  html: 'text/html',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  js: 'text/javascript',
  json: 'application/json',
  md: 'text/markdown; charset=utf-8',
  mp4: 'video/mp4',
  pdf: 'application/pdf',
  png: 'image/png',
  svg: 'image/svg+xml',
  tif: 'image/tiff',
  tiff: 'image/tiff',
  txt: 'text/plain; charset=utf-8',
  webp: 'image/webp',
  xml: 'application/xml',
}

function mediaType(path: VirtualPath): string {
  const extension = /\.([a-z0-9]+)$/i.exec(path.at(-1) ?? '')?.[1]?.toLowerCase() ?? ''
  return Object.hasOwn(MEDIA_TYPES, extension) ? (MEDIA_TYPES[extension] as string) : 'application/octet-stream'
}
