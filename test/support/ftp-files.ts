/** Files of a storage, put and read whole, without any FTP in between. */
import type { VirtualPath } from '../../src/ftp/path.ts'
import type { Storage } from '../../src/ftp/storage/storage.ts'

/** Puts a file, in place of one that is there. */
export async function putFile(storage: Storage, path: VirtualPath, octets: string | Buffer): Promise<void> {
  const sink = await storage.write(path, { type: 'replace' })
  await sink.write(Buffer.from(octets))
  await sink.commit()
}

/** A file as a text. */
export async function readFile(storage: Storage, path: VirtualPath): Promise<string> {
  return all(await storage.read(path))
}

/** All octets, as a text. */
export async function all(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const gathered: Uint8Array[] = []
  for await (const chunk of chunks) gathered.push(chunk)
  return Buffer.concat(gathered).toString()
}
