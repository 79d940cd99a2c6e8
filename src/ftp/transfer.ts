/**
 * The data connection and the transfer as machines without I/O. They hold no octets: what moves is counted by whoever moves it, and
 * here it is only said what may happen next, and when a transfer is over. The tables are in `states.ts`.
 *
 *     const transfer = new ServerTransfer()
 *     transfer.happened('accept')       150 has been sent
 *     transfer.happened('connect')      the peer is there
 *     transfer.happened('close')        it has sent all, and its FIN
 *     transfer.happened('finish')       the file is whole, synced and under its name
 *     transfer.reply                    { code: 226, text: 'Transfer complete' }
 *
 * A transfer that is over stays as it is: the facts of a connection that was cut a moment ago come in late, and change nothing.
 */
import { transition, type Table } from '../net/table.ts'
import { localError } from './errors.ts'
import {
  CLIENT_TRANSFER,
  DATA,
  SERVER_TRANSFER,
  type ClientTransferEvent,
  type ClientTransferState,
  type DataEvent,
  type DataState,
  type ServerTransferEvent,
  type ServerTransferState,
} from './states.ts'

/** Where `event` leads; an `FtpError` with side `local` where the table has no such way. */
function lead<State extends string, Event extends string>(
  table: Table<State, Event>,
  state: State,
  event: Event,
): State {
  const next = transition(table, state, event)
  if (next === undefined) throw localError('FTP_DATA_STATE', `${event} in ${state}`)
  return next
}

/** A data connection, on either side. */
export class DataMachine {
  #state: DataState = 'none'

  /** The state, as in the table `DATA`. */
  get state(): DataState {
    return this.#state
  }

  /** Something happened to it. Throws an `FtpError` with side `local` where that cannot be. */
  happened(event: DataEvent): void {
    this.#state = lead(DATA, this.#state, event)
  }
}

/** A final reply, without the verb that it answers. */
export interface FinalReply {
  /** Its code. */
  readonly code: number
  /** Its text. */
  readonly text: string
}

const SERVER_ENDS = {
  complete: { code: 226, text: 'Transfer complete' },
  aborted: { code: 426, text: 'Connection closed; transfer aborted' },
  failed: { code: 451, text: 'Local error in processing' },
  refused: { code: 450, text: 'File unavailable' },
} as const satisfies Partial<Record<ServerTransferState, FinalReply>>

/** A server's transfer: the join of its three facts. */
export class ServerTransfer {
  #state: ServerTransferState = 'opening'
  #failure: FinalReply = SERVER_ENDS.failed

  /** The state, as in the table `SERVER_TRANSFER`. */
  get state(): ServerTransferState {
    return this.#state
  }

  /** Whether nothing more can come of it. */
  get isOver(): boolean {
    return Object.keys(SERVER_TRANSFER[this.#state]).length === 0
  }

  /** Something happened. A transfer that is over stays as it is. Throws where it cannot happen now. */
  happened(event: ServerTransferEvent): void {
    if (!this.isOver) this.#state = lead(SERVER_TRANSFER, this.#state, event)
  }

  /** It failed, and this is to be said of it. */
  failed(reply: FinalReply): void {
    if (this.isOver) return
    this.#failure = reply
    this.happened('fail')
  }

  /** What is to be answered; `undefined` until it is over. */
  get reply(): FinalReply | undefined {
    switch (this.#state) {
      case 'failed':
        return this.#failure
      case 'complete':
      case 'aborted':
      case 'refused':
        return SERVER_ENDS[this.#state]
      default:
        return undefined
    }
  }
}

/** A client's transfer: the join of the data's end and the final reply. */
export class ClientTransfer {
  #state: ClientTransferState = 'asked'

  /** The state, as in the table `CLIENT_TRANSFER`. */
  get state(): ClientTransferState {
    return this.#state
  }

  /** Whether nothing more can come of it. */
  get isOver(): boolean {
    return Object.keys(CLIENT_TRANSFER[this.#state]).length === 0
  }

  /** Something happened. A transfer that is over stays as it is. Throws where it cannot happen now. */
  happened(event: ClientTransferEvent): void {
    if (!this.isOver) this.#state = lead(CLIENT_TRANSFER, this.#state, event)
  }
}
