import { expect, test } from 'vitest'
import { createVault } from './vault.ts'

const first = 'the first key, which has more than 32 characters'
const second = 'the second key, which has more than 32 characters'

test('a sealed secret opens only in its place and only with its key', () => {
  const vault = createVault([first])
  const sealed = vault.seal({ token: 'hush' }, 'account:1')
  expect(vault.open(sealed, 'account:1')).toEqual({ token: 'hush' })
  expect(sealed.includes('hush')).toBe(false)
  expect(() => vault.open(sealed, 'account:2')).toThrow()
  expect(() => createVault([second]).open(sealed, 'account:1')).toThrow('FANFARE_SECRET_KEY')
  expect(createVault([second, first]).open(sealed, 'account:1')).toEqual({ token: 'hush' })
})

test('a signature holds for one text in one context, over a change of keys', () => {
  const vault = createVault([first])
  const signed = vault.sign('media/1', 'file')
  expect(vault.verify('media/1', signed, 'file')).toBe(true)
  expect(vault.verify('media/2', signed, 'file')).toBe(false)
  expect(vault.verify('media/1', signed, 'upload')).toBe(false)
  expect(vault.verify('media/1', `${signed.slice(0, -2)}AA`, 'file')).toBe(false)
  expect(vault.verify('media/1', '', 'file')).toBe(false)
  expect(createVault([second, first]).verify('media/1', signed, 'file')).toBe(true)
  expect(createVault([second]).verify('media/1', signed, 'file')).toBe(false)
})
