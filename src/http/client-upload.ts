/**
 * A request's content on its way to the server, while its response is awaited already.
 *
 *     waiting ──100, time over──> running ──last slice──> draining ──there is room again──> done
 *        └──────────────────────────┴──answered, broken off, nobody takes it──┴──> stopped
 *
 * `waiting` is for `Expect: 100-continue` alone (RFC 9110 §10.1.1), and content that needs no waiting starts at `running`, or is in one
 * piece with the head. A slice is asked for when there is room for it: a slow server slows its client's source down. Whoever
 * reads the response says when nothing more is wanted (RFC 9112 §9.5).
 */
import { ClosedError } from '../net/errors.ts'
import type { TimerWheel } from '../net/timers.ts'
import type { OutgoingContent } from './client-content.ts'
import type { Connection } from './connection.ts'
import type { ClientIn, ClientOut } from './events.ts'
import type { ClientMachine } from './machine.ts'

/** What an upload runs on. */
export interface UploadHost {
  /** The pump. */
  readonly connection: Connection<ClientIn, ClientOut>
  /** What is told when content breaks off. */
  readonly machine: ClientMachine
  /** Count how long a 100 is waited for. */
  readonly timers: TimerWheel
}

/** Whom an upload tells. */
export interface UploadOwner {
  /** Nothing more goes out. */
  onUploadOver(): void
  /** Before that: what the content, or the peer's silence, threw. */
  onUploadFault(error: Error): void
}

/** The end of a request without trailers. */
const END: ClientOut = Object.freeze({ type: 'end' })

/** Sends one request's content. */
export class Upload {
  readonly #host: UploadHost
  readonly #content: OutgoingContent | undefined
  readonly #owner: UploadOwner
  #state: 'waiting' | 'running' | 'draining' | 'done' | 'stopped' = 'running'
  /** The content that is being read. */
  #slices: AsyncIterator<Uint8Array> | undefined
  /** Lets content go that waits for a 100. */
  #release: () => void = () => {}

  constructor(host: UploadHost, content: OutgoingContent | undefined, owner: UploadOwner) {
    this.#host = host
    this.#content = content
    this.#owner = owner
  }

  /** Whether all of it has gone. */
  get isDone(): boolean {
    return this.#state === 'done'
  }

  /** Whether nothing of it goes out any more. */
  get isOver(): boolean {
    return this.#state === 'done' || this.#state === 'stopped'
  }

  /** Whether it waits for a 100, and nothing of it has gone. */
  get isWaiting(): boolean {
    return this.#state === 'waiting'
  }

  /** Begins, behind the head. With `continueMs` it waits so long for a 100. */
  start(continueMs: number | undefined): void {
    const content = this.#content
    if (continueMs !== undefined) this.#state = 'waiting'
    try {
      if (content === undefined) return this.#finish()
      // In one piece with the head, and without a promise.
      if (continueMs === undefined && content.length !== undefined) return this.#sendWhole(content.take() as Uint8Array)
    } catch (error) {
      return this.#fail(error as Error)
    }
    this.#host.connection.flush()
    void this.#run(content, continueMs)
  }

  /** A 100 has come, or waiting has to end. */
  goOn(): void {
    if (this.#state === 'waiting') this.#state = 'running'
    this.#release()
  }

  /** Nothing more of the request goes out; its connection cannot be used again. */
  stop(): void {
    if (this.isOver) return
    this.#state = 'stopped'
    this.#host.machine.sendFailed()
    this.#release()
    if (this.#slices !== undefined) void this.#closeSource(this.#slices)
    this.#owner.onUploadOver()
  }

  /** Lets a source know at once that nobody will ask again, also while what it gave waits for room. */
  async #closeSource(slices: AsyncIterator<Uint8Array>): Promise<void> {
    try {
      await slices.return?.()
    } catch {
      // Its last words are about content that nobody wants.
    }
  }

  #sendWhole(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#host.connection.send({ type: 'content', bytes })
    this.#finish()
  }

  /** Never rejects. */
  async #run(content: OutgoingContent, continueMs: number | undefined): Promise<void> {
    try {
      if (continueMs !== undefined) await this.#continued(continueMs)
      if (this.isOver) return
      const source = content.take()
      if (source instanceof Uint8Array) return this.#sendWhole(source)
      this.#slices = source[Symbol.asyncIterator]()
      for (let slice = await this.#slices.next(); !this.isOver; slice = await this.#slices.next()) {
        if (slice.done === true) return this.#finish()
        if (slice.value.length > 0) this.#host.connection.send({ type: 'content', bytes: slice.value })
        if (!(await this.#hasRoom())) return this.stop()
      }
    } catch (error) {
      this.#fail(error as Error)
    }
  }

  /** Waits for a 100, for at most so long: not every server knows of it. */
  async #continued(continueMs: number): Promise<void> {
    const timer = this.#host.timers.after(continueMs, () => this.goOn())
    await new Promise<void>((resolve) => {
      this.#release = resolve
    })
    timer.cancel()
  }

  /** The request ends here; it is done when the last of it has found room. */
  #finish(): void {
    const { connection } = this.#host
    const trailers = this.#content?.trailers
    connection.send(trailers === undefined ? END : { type: 'end', trailers })
    connection.flush()
    if (!connection.isFull) return this.#done()
    this.#state = 'draining'
    void this.#drain()
  }

  async #drain(): Promise<void> {
    try {
      if (!(await this.#hasRoom())) this.stop()
      else if (this.#state === 'draining') this.#done()
    } catch (error) {
      this.#fail(error as Error)
    }
  }

  #done(): void {
    this.#state = 'done'
    this.#owner.onUploadOver()
  }

  /** Waits for room; `false` where the server takes no more: it may have answered before, and whoever reads will see. */
  async #hasRoom(): Promise<boolean> {
    try {
      await this.#host.connection.drained()
      return true
    } catch (error) {
      if (error instanceof ClosedError) return false
      throw error
    }
  }

  #fail(error: Error): void {
    if (!this.isOver) this.#owner.onUploadFault(error)
  }
}
