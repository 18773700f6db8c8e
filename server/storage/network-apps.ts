import type { Db } from './database.ts'

/** An app that this server registered by itself at one server of a network; `credentials` is sealed. */
export interface NetworkApp {
  id: string
  credentials: Buffer
}

/** Uses the unique key (network, origin, redirect_uri). */
export async function networkApp(
  tx: Db,
  network: string,
  origin: string,
  redirectUri: string,
): Promise<NetworkApp | null> {
  const row = await tx
    .selectFrom('networkApps')
    .select(['id', 'credentials'])
    .where('network', '=', network)
    .where('origin', '=', origin)
    .where('redirectUri', '=', redirectUri)
    .executeTakeFirst()
  return row ?? null
}

export async function networkAppById(tx: Db, id: string): Promise<NetworkApp | null> {
  const row = await tx
    .selectFrom('networkApps')
    .select(['id', 'credentials'])
    .where('id', '=', id)
    .executeTakeFirst()
  return row ?? null
}

/** Keeps a registration; when two registered at the same time the first one stays. @returns the one that is kept. */
export async function keepNetworkApp(
  tx: Db,
  row: { id: string; network: string; origin: string; redirectUri: string; credentials: Buffer },
  now: Date,
): Promise<NetworkApp> {
  await tx
    .insertInto('networkApps')
    .values({ ...row, createdAt: now })
    .onConflict((conflict) => conflict.columns(['network', 'origin', 'redirectUri']).doNothing())
    .execute()
  const kept = await networkApp(tx, row.network, row.origin, row.redirectUri)
  if (!kept) throw new Error(`The app at ${row.origin} vanished while it was kept`)
  return kept
}

/** The server no longer knows our app: the next consent registers a new one. Accounts keep working with their tokens. */
export async function forgetNetworkApp(tx: Db, id: string): Promise<void> {
  await tx.deleteFrom('networkApps').where('id', '=', id).execute()
}
