import { describe, expect, it } from 'vitest'
import { ClientTransfer, DataMachine, ServerTransfer } from '../../../src/ftp/transfer.ts'
import type { ClientTransferEvent, ServerTransferEvent } from '../../../src/ftp/states.ts'

function server(...events: ServerTransferEvent[]): ServerTransfer {
  const transfer = new ServerTransfer()
  for (const event of events) transfer.happened(event)
  return transfer
}

function client(...events: ClientTransferEvent[]): ClientTransfer {
  const transfer = new ClientTransfer()
  for (const event of events) transfer.happened(event)
  return transfer
}

describe('ServerTransfer', () => {
  it('says 226 behind all three facts, whichever of the last two comes first', () => {
    expect(server('accept', 'connect', 'finish').reply).toBeUndefined()
    expect(server('accept', 'connect', 'close').reply).toBeUndefined()
    expect(server('accept', 'connect', 'finish', 'close').reply?.code).toBe(226)
    expect(server('accept', 'connect', 'close', 'finish').reply?.code).toBe(226)
  })

  it('says 426 when it was broken off, and what happens later changes nothing', () => {
    const transfer = server('accept', 'connect', 'close', 'abort')
    expect(transfer.reply?.code).toBe(426)
    transfer.happened('finish')
    transfer.failed({ code: 552, text: 'Full' })
    expect(transfer.state).toBe('aborted')
    expect(transfer.isOver).toBe(true)
  })

  it('says why it failed', () => {
    const transfer = server('accept')
    transfer.failed({ code: 425, text: 'Nobody came' })
    expect(transfer.reply).toEqual({ code: 425, text: 'Nobody came' })
    expect(server('accept', 'fail').reply?.code).toBe(451)
    expect(server('refuse').reply?.code).toBe(450)
  })

  it('refuses what cannot happen', () => {
    expect(() => server('finish')).toThrow(expect.objectContaining({ code: 'FTP_DATA_STATE', side: 'local' }))
  })
})

describe('ClientTransfer', () => {
  it.each([
    [['accept', 'end', 'succeed'], 'complete'],
    [['accept', 'succeed', 'end'], 'complete'],
    [['end', 'accept', 'succeed'], 'complete'],
    [['end', 'succeed'], 'complete'],
    [['succeed', 'end'], 'complete'],
    [['accept', 'end'], 'ended'],
    [['accept', 'succeed'], 'answered'],
    [['refuse'], 'refused'],
    [['accept', 'end', 'refuse'], 'refused'],
    [['accept', 'abort', 'succeed', 'end'], 'aborted'],
  ] as [ClientTransferEvent[], string][])('%j is %s', (events, state) => {
    const transfer = client(...events)
    expect(transfer.state).toBe(state)
    expect(transfer.isOver).toBe(['complete', 'refused', 'aborted'].includes(state))
  })
})

describe('DataMachine', () => {
  it('goes its way, passive and active', () => {
    const data = new DataMachine()
    const walk = (
      ['listen', 'connected', 'started', 'sent', 'closed', 'appoint', 'dial', 'connected', 'released'] as const
    ).map((event) => {
      data.happened(event)
      return data.state
    })
    expect(walk).toEqual([
      'listening',
      'open',
      'streaming',
      'ending',
      'none',
      'appointed',
      'connecting',
      'open',
      'none',
    ])
    expect(() => data.happened('sent')).toThrow(expect.objectContaining({ code: 'FTP_DATA_STATE' }))
  })
})
