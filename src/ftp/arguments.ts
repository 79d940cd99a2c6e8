/**
 * The kinds of arguments that commands have: how each is read from the text behind the verb, written, and named in the
 * answer to HELP. The grammar itself is in `grammar.ts`; which command has which argument is in `commands.ts`.
 *
 * An argument is text here (`text.ts`); where a path leads is the session's affair.
 */
import { parseExtendedPort, parseHostPort, writeExtendedPort, writeHostPort } from './address.ts'
import type { ExtendedPort, HostPort } from './address.ts'
import {
  parseAllocation,
  parseDatedPath,
  parseFactChanges,
  parseHashedPath,
  parseHostName,
  parseLanguageTag,
  parseRange,
  writeAllocation,
  writeDatedPath,
  writeFactChanges,
  writeHashedPath,
  writeRange,
  type Allocation,
  type ByteRange,
  type DatedPath,
  type FactChanges,
  type HashedPath,
} from './extensions.ts'
import {
  parseBufferSize,
  parseCommandOptions,
  parseDataType,
  parseExtendedPassive,
  parseFileStructure,
  parseMechanism,
  parseListArgument,
  parseOffset,
  parseProtectionLevel,
  parseTransferMode,
  writeDataType,
  type CommandOptions,
  type DataType,
  type ExtendedPassive,
  type FileStructure,
  type TransferMode,
} from './grammar.ts'

/** A value in a box, so that "no argument" can be a value too. */
export interface Boxed<Value> {
  /** What was read. */
  readonly value: Value
}

/** How a kind of argument is read and written. */
export interface Argument<Value> {
  /** What stands behind the verb in the answer to HELP: ` <path>`. */
  readonly syntax: string
  /** The value, or `undefined` where the text has not the form: 501. */
  parse(text: string | undefined): Boxed<Value> | undefined
  /** The path that a value names, of kinds that name one. */
  place?(value: Value): string
  /** The mirror; `undefined` where the value is to have no argument. */
  write(value: Value): string | undefined
}

/** No argument. A space with nothing behind it is none: some clients send it, and nothing else can be meant. */
export const NONE: Argument<undefined> = {
  syntax: '',
  parse: (text) => (text === undefined || text === '' ? { value: undefined } : undefined),
  write: () => undefined,
}

/** A path. */
export const PATH: Argument<string> = { ...required('<path>', same, same), place: same }
/** A path, or none for the working directory. */
export const OPTIONAL_PATH: Argument<string | undefined> = {
  ...optional('<path>', same<string>, same<string>),
  place: (text = '') => text,
}
/** The same behind options for `ls`, which are no part of the path. */
export const LIST_PATH: Argument<string | undefined> = {
  ...OPTIONAL_PATH,
  place: (text = '') => parseListArgument(text).path ?? '',
}
/** Any text. */
export const TEXT: Argument<string> = required('<text>', same, same)
/** The name of a command, or none. */
export const COMMAND_NAME: Argument<string | undefined> = optional('<command>', same, same)
/** A command and what is to be set for it. */
export const OPTIONS: Argument<CommandOptions> = required('<command> [<options>]', parseCommandOptions, writeOptions)
/** An offset in octets. */
export const MARKER: Argument<number> = required('<octets>', parseOffset, String)
/** A representation type. */
export const TYPE_CODE: Argument<DataType> = required('A | I | L 8', parseDataType, writeDataType)
/** A transfer mode. */
export const MODE_CODE: Argument<TransferMode> = required('S', parseTransferMode, same)
/** A file structure. */
export const STRUCTURE_CODE: Argument<FileStructure> = required('F', parseFileStructure, same)
/** A network protocol, `ALL`, or none. */
export const EXTENDED_PASSIVE: Argument<ExtendedPassive | undefined> = optional(
  '1 | 2 | ALL',
  parseExtendedPassive,
  String,
)

/** An address and a port in six numbers. */
export const HOST_PORT: Argument<HostPort> = required('<h1,h2,h3,h4,p1,p2>', parseHostPort, writeHostPort)
/** An address and a port with a protocol's number. */
export const EXTENDED_PORT: Argument<ExtendedPort> = required(
  '|<protocol>|<address>|<port>|',
  parseExtendedPort,
  writePortOf,
)

/** The name of a security mechanism. */
export const MECHANISM: Argument<string> = required('<mechanism>', parseMechanism, same)
/** The size of a protection buffer, in octets. */
export const BUFFER_SIZE: Argument<number> = required('<octets>', parseBufferSize, String)
/** A data channel protection level. */
export const PROTECTION_LEVEL: Argument<string> = required('C | P', parseProtectionLevel, same)
/** How much room an upload wants. */
export const ALLOCATION: Argument<Allocation> = required('<octets> [R <octets>]', parseAllocation, writeAllocation)
/** The first and the last octet of a transfer. */
export const RANGE: Argument<ByteRange> = required('<first> <last>', parseRange, writeRange)
/** A moment and a path. */
export const DATED_PATH: Argument<DatedPath> = {
  ...required('<time> <path>', parseDatedPath, writeDatedPath),
  place: ({ path }) => path,
}
/** Facts and a path. */
export const CHANGED_FACTS: Argument<FactChanges> = required(
  '<fact>=<value>; <path>',
  parseFactChanges,
  writeFactChanges,
)
/** A path, and if it is in quotes perhaps a range. */
export const HASHED_PATH: Argument<HashedPath> = {
  ...required('"<path>" [<first> [<end>]]', parseHashedPath, writeHashedPath),
  place: ({ path }) => path,
}
/** The name of a host. */
export const HOST_NAME: Argument<string> = required('<host>', parseHostName, same)
/** A language, or none for the usual one. */
export const LANGUAGE: Argument<string | undefined> = optional('<language>', parseLanguageTag, same)

/** A password. It may be empty, and begin and end with spaces. */
export const PASSWORD: Argument<string> = {
  syntax: ' <password>',
  parse: (text) => ({ value: text ?? '' }),
  write: same,
}

/** An argument that must be there. */
function required<Value>(
  name: string,
  parse: (text: string) => Value | undefined,
  write: (value: Value) => string,
): Argument<Value> {
  return {
    syntax: ` ${name}`,
    parse: (text) => box(text === undefined || text === '' ? undefined : parse(text)),
    write,
  }
}

/** An argument that may be missing. */
function optional<Value>(
  name: string,
  parse: (text: string) => Value | undefined,
  write: (value: Value) => string,
): Argument<Value | undefined> {
  return {
    syntax: ` [${name}]`,
    parse: (text) => (text === undefined || text === '' ? { value: undefined } : box(parse(text))),
    write: (value) => (value === undefined ? undefined : write(value)),
  }
}

function box<Value>(value: Value | undefined): Boxed<Value> | undefined {
  return value === undefined ? undefined : { value }
}

function same<Text extends string>(text: Text): Text {
  return text
}

/** An address that could not be read is nobody's to write: nothing reads this back. */
function writePortOf({ address }: ExtendedPort): string {
  return address === undefined ? '' : writeExtendedPort(address)
}

function writeOptions({ name, options }: CommandOptions): string {
  return options === undefined ? name : `${name} ${options}`
}
