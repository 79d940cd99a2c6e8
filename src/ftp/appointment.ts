/**
 * How a client's transfer comes to its data connection, whoever opens it.
 *
 *     passive     the connection stands before the command is sent                       passive.ts
 *     active      a port listens before the command is sent, and the server comes        awaited.ts
 *
 * Either way there is something to let go of from then on, whatever becomes of the command: so what is made beforehand is
 * an appointment, and whoever has one releases it.
 */
import type { Socket } from '../net/socket.ts'

/** A data connection that stands, or that the server is to open. */
export interface Appointment {
  /**
   * The connection. Rejects with `FtpError` `FTP_NO_DATA_CONNECTION` where nobody comes in time, and soon, however, once `signal` aborts.
   */
  connection(signal: AbortSignal): Promise<Socket>
  /** Lets go of port and connection; what still runs over it is cut. May be called again. */
  release(): void
}

/** Makes appointments for one session, and remembers what has worked. */
export interface DataWay {
  /** Agrees with the server on the next data connection. Rejects with `FtpReplyError`, an `FtpError`, or the signal's reason. */
  appoint(signal: AbortSignal | undefined): Promise<Appointment>
}
