/**
 * A real WordPress on a MariaDB of its own, for tests of what sites do. Started in a folder of its own, as a user that may
 * do nothing, on loopback; the database has a socket in that folder and no port.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const installed = join(import.meta.dirname, '.wordpress')

/** Why there is no WordPress to test against; null when there is one. */
export const wordpressMissing: string | null = existsSync(join(installed, 'mariadbd'))
  ? null
  : 'WordPress is not installed (sh test/peers/install-wordpress.sh)'

/** MariaDB refuses to run as root; `nobody` on Debian. */
const nobody = 65_534
/** The database and the site's installation take a few seconds each on a busy machine. */
const startTimeoutMs = 60_000

export interface WordPress {
  /** `http://127.0.0.1:<port>` */
  url: string
  createUser(role?: 'author' | 'administrator' | 'contributor'): Promise<WordPressUser>
  /** Ends all application passwords of a user. */
  revokePasswords(username: string): Promise<void>
  close(): Promise<void>
}

export interface WordPressUser {
  username: string
  applicationPassword: string
}

export async function startWordPress(): Promise<WordPress> {
  const folder = await mkdtemp(join(tmpdir(), 'fanfare-wp-'))
  // Where the programs were unpacked, another user may not look.
  await run('cp', ['-R', `${installed}/.`, folder], {})
  const data = join(folder, 'data')
  await mkdir(data)
  await writeFile(join(folder, 'site', 'wp-config.php'), siteConfig(join(data, 'socket')))
  await writeFile(join(folder, 'act.php'), actions)
  const isRoot = process.getuid?.() === 0
  if (isRoot) await run('chown', ['-R', `${nobody}:${nobody}`, folder], {})
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const options = {
    ...(isRoot && { uid: nobody, gid: nobody }),
    cwd: folder,
    env: {
      LD_LIBRARY_PATH: join(folder, 'lib'),
      // The server that comes with PHP answers one request at a time; a site asks itself things.
      PHP_CLI_SERVER_WORKERS: '4',
      PATH: process.env.PATH,
    },
  }
  const php = join(folder, 'php')
  const asked = [...phpSettings(folder)]
  const act = (...what: string[]) => run(php, [...asked, join(folder, 'act.php'), url, ...what], options)

  const database = spawn(join(folder, 'mariadbd'), databaseSettings(folder, data), {
    ...options,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const complaints = collected(database)
  await until(() => act('create-database').then(() => true), complaints)
  await act('install')
  const site = spawn(php, [...asked, '-S', `127.0.0.1:${port}`, '-t', join(folder, 'site')], {
    ...options,
    // Its workers are children of their own, and end with its group.
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const siteComplaints = collected(site)
  await until(() => fetch(`${url}/?rest_route=/`).then(({ ok }) => ok), siteComplaints)
  let users = 0

  return {
    url,
    async createUser(role = 'author') {
      const username = `baker-${++users}`
      const said = await act('create-user', username, role)
      return { username, applicationPassword: said.trim().split('\n').at(-1) ?? '' }
    },
    async revokePasswords(username) {
      await act('revoke', username)
    },
    async close() {
      if (site.pid !== undefined && site.exitCode === null) process.kill(-site.pid, 'SIGKILL')
      await ended(database)
      await rm(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** What is said over and over goes into the site's folder; nothing is fetched from elsewhere, and nothing runs by itself. */
const siteConfig = (socket: string) => `<?php
define('DB_NAME', 'site'); define('DB_USER', 'root'); define('DB_PASSWORD', '');
define('DB_HOST', 'localhost:${socket}'); define('DB_CHARSET', 'utf8mb4');
define('WP_ENVIRONMENT_TYPE', 'local');
define('WP_HOME', 'http://' . $_SERVER['HTTP_HOST']); define('WP_SITEURL', WP_HOME);
define('WP_HTTP_BLOCK_EXTERNAL', true); define('DISABLE_WP_CRON', true); define('AUTOMATIC_UPDATER_DISABLED', true);
foreach (['AUTH_KEY', 'SECURE_AUTH_KEY', 'LOGGED_IN_KEY', 'NONCE_KEY'] as $key) define($key, 'of the test');
foreach (['AUTH_SALT', 'SECURE_AUTH_SALT', 'LOGGED_IN_SALT', 'NONCE_SALT'] as $key) define($key, 'of the test');
$table_prefix = 'wp_';
if (!defined('ABSPATH')) define('ABSPATH', __DIR__ . '/');
require_once ABSPATH . 'wp-settings.php';
`

/** What a person does on the pages of a site's administration. */
const actions = `<?php
[, $url, $what] = $argv;
$_SERVER['HTTP_HOST'] = parse_url($url, PHP_URL_HOST) . ':' . parse_url($url, PHP_URL_PORT);
$_SERVER['SERVER_PROTOCOL'] = 'HTTP/1.1';
if ($what === 'create-database') {
  (new mysqli('localhost', 'root', '', null, 0, __DIR__ . '/data/socket'))->query('create database if not exists site');
  exit;
}
if ($what === 'install') define('WP_INSTALLING', true);
require __DIR__ . '/site/wp-load.php';
if ($what === 'install') {
  require_once ABSPATH . 'wp-admin/includes/upgrade.php';
  wp_install('Test bakery', 'admin', 'admin@example.com', true, '', 'of no use');
}
if ($what === 'create-user') {
  $id = wp_insert_user(['user_login' => $argv[3], 'user_pass' => wp_generate_password(), 'role' => $argv[4],
    'user_email' => $argv[3] . '@example.com']);
  echo "\\n", WP_Application_Passwords::create_new_application_password($id, ['name' => 'Fanfare'])[0], "\\n";
}
if ($what === 'revoke') {
  WP_Application_Passwords::delete_all_application_passwords(get_user_by('login', $argv[3])->ID);
}
`

const phpSettings = (folder: string) =>
  [
    '-n',
    ...['memory_limit=256M', 'upload_max_filesize=16M', 'post_max_size=20M', 'display_errors=0'],
    ...[`extension_dir=${join(folder, 'extensions')}`, ...extensions.map((name) => `extension=${name}`)],
  ].flatMap((setting) => (setting === '-n' ? [setting] : ['-d', setting]))

/** In the order in which they need each other. */
const extensions = [
  ...['ctype', 'tokenizer', 'mbstring', 'iconv', 'fileinfo', 'posix', 'mysqlnd', 'mysqli'],
  ...['dom', 'xml', 'simplexml', 'xmlreader', 'exif', 'gd'],
]

/** Nothing outlives a test, so nothing need reach the disk; without grant tables there is nothing to set up either. */
const databaseSettings = (folder: string, data: string) => [
  '--no-defaults',
  `--datadir=${data}`,
  `--socket=${join(data, 'socket')}`,
  `--lc-messages-dir=${join(folder, 'mysql')}`,
  `--character-sets-dir=${join(folder, 'mysql', 'charsets')}`,
  ...['--skip-networking', '--skip-grant-tables', '--skip-log-bin', '--innodb-use-native-aio=0'],
  ...['--innodb-flush-log-at-trx-commit=0', '--innodb-buffer-pool-size=32M', '--innodb-log-file-size=8M'],
]

async function run(program: string, args: string[], options: object): Promise<string> {
  return await new Promise((resolve, reject) => {
    execFile(program, args, { ...options, timeout: startTimeoutMs }, (error, out, complaints) =>
      error ? reject(new Error(`${args.at(-1)}: ${complaints || error.message}`)) : resolve(out),
    )
  })
}

function collected(child: ChildProcess): () => string {
  let complaints = ''
  child.stderr?.on('data', (chunk) => {
    complaints = `${complaints}${chunk}`.slice(-2000)
  })
  return () => complaints
}

async function until(isReady: () => Promise<boolean>, complaints: () => string): Promise<void> {
  const deadline = Date.now() + startTimeoutMs
  while (Date.now() < deadline) {
    const ready = await isReady().catch(() => false)
    if (ready) return
    await new Promise((again) => setTimeout(again, 100))
  }
  throw new Error(`WordPress did not start: ${complaints()}`)
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}

async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((listening) => probe.listen(0, '127.0.0.1', listening))
  const address = probe.address()
  await new Promise((closed) => probe.close(closed))
  if (address === null || typeof address === 'string') throw new Error('No port')
  return address.port
}
