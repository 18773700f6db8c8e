import { startEmbedded } from './embedded.ts'

export interface Database {
  url: string
  /** Reaches the server itself, not a transaction pooler: for LISTEN, session locks and migrations. */
  directUrl: string
  stop(): Promise<void>
}

/**
 * The operator's PostgreSQL, or our own in the data directory.
 * @param onGone called when our own ends while it should run and cannot be started again.
 */
export async function startDatabase(
  choice: { kind: 'embedded'; folder: string } | { kind: 'external'; url: string; directUrl: string },
  onGone: (error: Error) => void,
): Promise<Database> {
  if (choice.kind === 'external') return { ...choice, stop: async () => undefined }
  const server = await startEmbedded({ folder: choice.folder, onGone })
  return { url: server.connectionString, directUrl: server.connectionString, stop: server.stop }
}
