import { expect, test } from 'vitest'
import { isOutsideReachable } from './public-reach.ts'

test('an address on this machine or in a private network cannot be fetched from outside', () => {
  for (const address of [
    'http://localhost:8007',
    'http://127.0.0.1:8007',
    'http://[::1]:8007',
    'http://192.168.1.20',
    'http://10.0.0.5:8007',
    'http://fanfare',
    'http://fanfare.local',
    'http://fanfare.home.arpa',
  ])
    expect([address, isOutsideReachable(address)]).toEqual([address, false])
})

test('a public name or address can', () => {
  for (const address of ['https://fanfare.acme.org', 'https://93.184.216.34', 'https://local.acme.org:8443'])
    expect([address, isOutsideReachable(address)]).toEqual([address, true])
})
