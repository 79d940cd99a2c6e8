/** What is in a mail, and its attachments as files: `npx tsx examples/smtp-read.ts FILE [FOLDER]` */
import { createReadStream, createWriteStream } from 'node:fs'
import type { WriteStream } from 'node:fs'
import { join } from 'node:path'
import { fileNameOf, MessageParser } from 'wireline/smtp'
import type { MimePart } from 'wireline/smtp'

const [file = '', folder] = process.argv.slice(2)

const parser = new MessageParser()
let target: WriteStream | undefined
let octets = 0

for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
  parser.push(chunk)
  tell()
}
parser.pushEnd()
tell()

/** All that is known so far. Nothing is kept: an attachment of any size takes no more memory than a line. */
function tell(): void {
  for (let event = parser.next(); event !== undefined; event = parser.next()) {
    switch (event.type) {
      case 'part':
        begin(event)
        break
      case 'content':
        octets += event.bytes.length
        target?.write(event.bytes)
        break
      case 'partEnd':
        if (octets > 0) console.log(`${octets} octets`)
        octets = 0
        target?.end()
        target = undefined
        break
      case 'violation':
        console.log(`forgiven in part ${event.path.join('.') || 'root'}: ${event.code}`)
        break
      case 'end':
    }
  }
}

function begin({ header, path, depth, contentType, disposition }: MimePart): void {
  if (header.has('subject')) console.log(`${header.text('subject')}`)
  const name = fileNameOf(contentType, disposition)
  console.log('  '.repeat(depth) + [path.join('.'), contentType.mediaType, name].filter(Boolean).join(' '))
  // What a name may be is for the file system to say; where the file goes is not for the sender.
  if (name !== undefined && folder !== undefined) target = createWriteStream(join(folder, name), { flags: 'wx' })
}
