/**
 * Binding a server to its address, with errors that say in a sentence what is wrong: the first thing that goes wrong for
 * whoever starts a server, and the last that should have to be looked up.
 */
import { connect } from 'node:net'
import type { Server } from 'node:net'
import { netError } from './errors.ts'
import type { NetCode, NetError } from './errors.ts'

/** Where to listen. */
export type BindTarget = ({ readonly host: string; readonly port: number } | { readonly path: string }) & {
  /** Connections that the system keeps before they are accepted. */
  readonly backlog?: number
  /** Whether the port is this process's alone, where it would be shared in a cluster. */
  readonly exclusive?: boolean
}

/** The system's codes that people meet; every other one is a `NET_LISTEN` with the system's error as its cause. */
const CODES: Readonly<Record<string, NetCode>> = {
  EADDRINUSE: 'NET_ADDRESS_IN_USE',
  EADDRNOTAVAIL: 'NET_ADDRESS_NOT_AVAILABLE',
  EACCES: 'NET_ACCESS_DENIED',
  EPERM: 'NET_ACCESS_DENIED',
}

/** Listens; rejects with a `NetError` whose code tells what is wrong, and whose cause is the system's error. */
export async function bind(server: Server, target: BindTarget): Promise<void> {
  try {
    await listening(server, target)
  } catch (error) {
    throw await bindError(error as NodeJS.ErrnoException, target)
  }
}

/** Node tells of a failed `listen` by an event, and of any later trouble by the same: this listener is for the former. */
function listening(server: Server, target: BindTarget): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(target, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

/** Our error for the system's. */
async function bindError(cause: NodeJS.ErrnoException, target: BindTarget): Promise<NetError> {
  const code = CODES[cause.code ?? ''] ?? 'NET_LISTEN'
  if (!('path' in target)) return netError(code, { cause, detail: `${target.host}:${target.port}` })
  // A socket file may belong to somebody who lives, so it is never removed here; but who asks is told what to do.
  const isStale = code === 'NET_ADDRESS_IN_USE' && !(await isAnswered(target.path))
  return netError(isStale ? 'NET_ADDRESS_STALE' : code, { cause, detail: target.path })
}

/** Whether anybody listens at the path. Only a refusal says that nobody does. */
function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect({ path })
    probe.once('connect', () => {
      probe.destroy()
      resolve(true)
    })
    probe.on('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'ECONNREFUSED'))
  })
}
