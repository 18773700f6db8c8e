/** The embedded PostgreSQL in a process of its own, for tests that kill it: `node server.ts <folder>`. */
import { startEmbedded } from '../../server/storage/embedded.ts'

const folder = process.argv[2] as string
try {
  const server = await startEmbedded({
    folder,
    onGone: (error) => {
      console.log(JSON.stringify({ gone: error.message }))
      process.exit(3)
    },
  })
  process.on('SIGTERM', () => void server.stop().then(() => process.exit(0)))
  console.log(JSON.stringify({ connectionString: server.connectionString }))
} catch (error) {
  console.log(JSON.stringify({ refused: (error as Error).message }))
  process.exit(2)
}
