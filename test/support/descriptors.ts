/** What this process holds open, to see whether all of it was given back. */
import { readdirSync, readlinkSync } from 'node:fs'

/** Sockets of this process, and what it has open below `folder`. */
export function descriptors(folder: string): string[] {
  const links: string[] = []
  for (const each of readdirSync('/proc/self/fd')) {
    try {
      const link = readlinkSync(`/proc/self/fd/${each}`)
      if (link.startsWith('socket:') || link.startsWith(folder)) links.push(link)
    } catch {
      // The descriptor by which the list itself was read is closed again.
    }
  }
  return links.toSorted()
}

/** Listeners and connections of this process, by their kinds. */
export function networking(): string[] {
  return process.getActiveResourcesInfo().filter((kind) => /^T(?:CP|LS)/.test(kind))
}
