/** The shape of what does a command. */
import type { CommandArguments, Verb } from '../commands.ts'
import type { ServerSession } from '../session.ts'

/**
 * Does one command: sends its reply and resolves, or throws why not (`Refusal`, `StorageError`), which is answered for it. The
 * table has been consulted: the command may come now, its argument is well-formed, and the storage can do such things.
 */
type VerbHandler<V extends Verb> = (session: ServerSession, argument: CommandArguments[V]) => Promise<void>

/** What does the commands of `V`. */
export type VerbHandlers<V extends Verb> = { readonly [Each in V]: VerbHandler<Each> }
