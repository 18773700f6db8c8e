/** The containers in which Instagram and Threads take posts before they are published. */
import type { World } from './simulator.ts'

export interface Container<Content> {
  id: string
  owner: string
  content: Content
  createdAt: number
  /** When its files are processed. */
  readyAt: number
  /** Why it never will be. */
  error: string | null
  /** The id of the post it became. */
  publishedAs: string | null
}

export type ContainerStatus = 'IN_PROGRESS' | 'FINISHED' | 'ERROR' | 'EXPIRED' | 'PUBLISHED'

/** "Containers expire after 24 hours" (both networks' publishing guides). */
const lifeMs = 24 * 3_600_000

export const containersOf = <Content>(world: World) => world.table<Container<Content>>('containers')

/** Nothing was awaited since the caller looked at the world: the row reaches the disk with the answer. */
export function addContainer<Content>(
  world: World,
  owner: string,
  content: Content,
  { hasFiles, error }: { hasFiles: boolean; error: string | null },
): Container<Content> {
  const now = world.now().getTime()
  const id = String(world.nextNumber('object', 17_900_000_000_001))
  return containersOf<Content>(world).put(id, {
    id,
    owner,
    content,
    createdAt: now,
    readyAt: now + (hasFiles ? world.processingMs() : 0),
    error,
    publishedAs: null,
  })
}

export function statusOf(world: World, container: Container<unknown>): ContainerStatus {
  const now = world.now().getTime()
  if (container.publishedAs !== null) return 'PUBLISHED'
  if (now > container.createdAt + lifeMs) return 'EXPIRED'
  if (now < container.readyAt) return 'IN_PROGRESS'
  return container.error === null ? 'FINISHED' : 'ERROR'
}
