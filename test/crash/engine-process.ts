/**
 * An engine that kills itself with SIGKILL at a named point of a delivery's life. Ends with its parent.
 *
 *     node engine-process.ts '{"connectionString", "networkUrl", "kill": {"point", "deliveries"}}'
 *
 * With `deliveries: n` n deliveries wait at the point for each other, and die there together; `passing` ones go by before.
 */
import { startEngine } from '../../server/engine/engine.ts'
import type { KillPoint } from '../../server/engine/engine-context.ts'
import { bareContext } from '../bare-context.ts'
import { crashNetwork, protections } from './crash-network.ts'

export interface EngineProcessOptions {
  connectionString: string
  networkUrl: string
  kill?: { point: KillPoint; deliveries: number; passing?: number }
}

const options = JSON.parse(process.argv[2] ?? '') as EngineProcessOptions
const { ctx } = bareContext(
  options.connectionString,
  protections.map((protection) => crashNetwork(protection, options.networkUrl)),
)

let passed = 0
let waiting = 0
async function dieAt(point: KillPoint) {
  const { kill } = options
  if (point !== kill?.point) return
  if (passed++ < (kill.passing ?? 0)) return
  if (++waiting < kill.deliveries) return await new Promise<never>(() => undefined)
  process.kill(process.pid, 'SIGKILL')
  await new Promise<never>(() => undefined)
}

startEngine(ctx, {
  listenUrl: options.connectionString,
  at: dieAt,
  // Production's waits in small: a beat is lost twice before a process counts as dead.
  timing: {
    leaseMs: 2_000,
    beatMs: 200,
    silentMs: 700,
    answerGraceMs: 100,
    lookEveryMs: 200,
    absentTwiceMs: 200,
    looksMax: 2,
    lookAgainMs: 50,
    pollMsMin: 20,
  },
})
process.on('disconnect', () => process.exit())
process.send?.('started')
