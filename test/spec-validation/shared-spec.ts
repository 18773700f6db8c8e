import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * The official descriptions of the networks' APIs are not part of this repository (their licences differ). They are
 * looked for beside it, in ../shared/specs; SOURCES.md there says where each came from.
 */
const folder = fileURLToPath(new URL('../../../shared/specs', import.meta.url))

/** What a test says when it cannot hold anything against a specification: `context.skip(specIsAbsent)`. */
export const specIsAbsent = 'skipped: ../shared/specs is absent'

/** A saved specification, parsed, or null when it is absent. @param path e.g. `mastodon/openapi.json` */
export function sharedSpec(path: string): unknown {
  const text = sharedText(path)
  return text === null ? null : (JSON.parse(text) as unknown)
}

/** A saved specification that is no JSON, as it stands, or null when it is absent. */
export function sharedText(path: string): string | null {
  const file = join(folder, path)
  return existsSync(file) ? readFileSync(file, 'utf8') : null
}
