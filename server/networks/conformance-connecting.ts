import { expect } from 'vitest'
import { expectHelpful, type Story } from './conformance-trial.ts'

export const connectingStories: Story[] = [
  {
    name: 'connecting tells who the account is, and the credential proves good',
    async run(trial) {
      const { account } = trial
      expect(account.externalId).not.toBe('')
      expect(account.name).not.toBe('')
      expect(account.secret).not.toBeNull()
      const probed = await trial.network.probe(trial.context())
      trial.hear(probed)
      expect(probed).toMatchObject({ outcome: 'done', value: { name: account.name, handle: account.handle } })
    },
  },
  {
    name: 'connecting with what is wrong is refused with a remedy',
    async run(trial) {
      const refused = await trial.tryConnect(true)
      if (refused.outcome === 'done') throw new Error('It connected')
      expectHelpful(refused.failure)
      expect(['permanent', 'reconnect']).toContain(refused.failure.class)
    },
  },
  {
    name: 'a token that ran out is refreshed once, and the post goes out once',
    needs: 'expireToken',
    async run(trial) {
      const { world } = trial
      const delivery = await trial.plainDelivery('After the token ran out')
      const before = trial.secret.refreshes
      const writes = await trial.ready(delivery)
      await world.expireToken?.(trial.account)
      await trial.accept(writes[0] as never)
      expect(trial.secret.refreshes).toBe(before + 1)
      expect(await trial.seen(delivery.draft.text)).toHaveLength(1)
    },
  },
  {
    name: 'two writes with one token that ran out share one refresh',
    needs: 'expireToken',
    async run(trial) {
      const { world } = trial
      const one = await trial.ready(await trial.plainDelivery('First of two'))
      const two = await trial.ready(await trial.plainDelivery('Second of two'))
      const before = trial.secret.refreshes
      await world.expireToken?.(trial.account)
      await Promise.all([trial.accept(one[0] as never), trial.accept(two[0] as never)])
      expect(trial.secret.refreshes).toBe(before + 1)
    },
  },
  {
    name: 'when all access was taken away, the account must be reconnected and nothing is visible',
    needs: 'revokeAccess',
    async run(trial) {
      const { world } = trial
      const account = await trial.connect()
      const ctx = trial.contextOf(account)
      const delivery = await trial.plainDelivery('After access was taken away')
      const writes = await trial.ready(delivery, ctx)
      await world.revokeAccess?.(account)
      const result = await trial.commit(writes[0] as never, [], ctx)
      if (result.outcome !== 'rejected') throw new Error(`It was ${result.outcome}`)
      expect(result.failure.class).toBe('reconnect')
      expectHelpful(result.failure)
      expect(await trial.seen(delivery.draft.text, account)).toEqual([])
      const probed = await trial.network.probe(ctx)
      trial.hear(probed)
      expect(probed).toMatchObject({ outcome: 'failed', failure: { class: 'reconnect' } })
    },
  },
  {
    name: 'giving up an account ends its access',
    appliesTo: (network) => network.connect.revoke !== undefined,
    async run(trial) {
      const ctx = trial.contextOf(await trial.connect())
      const revoked = await trial.network.connect.revoke?.(ctx)
      trial.hear(revoked)
      expect(revoked).toEqual({ outcome: 'done', value: null })
    },
  },
]
