import type { Log } from './net/log.ts'

/** Past this the process ends whatever still hangs; the next start recovers. Longer than any part's own bound. */
const stopMsMax = 40_000

const sameRequestMs = 1_000

/**
 * Starts the server and lives until it is told to stop: SIGTERM or SIGINT take the parts down in order and end with
 * code 0; a second one ends at once. A mistake of ours that reaches the top stops it too, with code 1, because what
 * state it left behind is unknown, and a restart recovers.
 * @param start answers the parts, which are disposed of in the reverse order of their start.
 */
export async function live(
  log: Log,
  start: (fail: (what: string, error: unknown) => void) => Promise<AsyncDisposableStack>,
): Promise<void> {
  let parts: AsyncDisposableStack | null = null
  let stoppingSince: number | null = null

  async function stop(why: string, exitCode: number) {
    if (parts === null) process.exit(1)
    if (stoppingSince !== null) {
      // The console sends Ctrl-C to every process, and whoever started us passes it on: that is one request.
      if (performance.now() - stoppingSince < sameRequestMs) return
      process.exit(1)
    }
    stoppingSince = performance.now()
    log.info({ why }, 'stopping')
    setTimeout(() => {
      log.error(`stopping took more than ${stopMsMax} ms; ending at once`)
      process.exit(1)
    }, stopMsMax).unref()
    try {
      await parts.disposeAsync()
      log.info('stopped')
      process.exit(exitCode)
    } catch (error) {
      log.error({ err: error }, 'stopping did not go well')
      process.exit(1)
    }
  }

  function fail(what: string, error: unknown) {
    log.error({ err: error }, what)
    void stop(what, 1)
  }

  process.on('SIGTERM', () => void stop('SIGTERM', 0))
  process.on('SIGINT', () => void stop('SIGINT', 0))
  process.on('SIGHUP', () => void stop('SIGHUP', 0))
  if (process.channel) process.once('disconnect', () => void stop('whoever started this is gone', 0))
  process.on('uncaughtException', (error) => fail('a mistake of ours reached the top', error))

  try {
    parts = await start(fail)
  } catch (error) {
    log.debug({ err: error }, 'start failed')
    console.error(`Fanfare cannot start: ${(error as Error).message}`)
    process.exit(1)
  }
}
