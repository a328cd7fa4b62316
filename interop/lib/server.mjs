// How is the real server started for a test, and surely stopped again?
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fetchRaw } from './http.mjs'

const READY_WITHIN = 20_000
const STOPPED_WITHIN = 5_000

/** The people and clients of `tandem demo`. */
export const ALICE = { username: 'alice', password: 'alice-demo-password' }
export const BOB = { username: 'bob', password: 'bob-demo-password' }
export const TV = 'tv'
export const KIOSK = 'kiosk'
export const KIOSK_SECRET = 'kiosk-demo-secret'
export const SCOPE = 'openid profile email offline_access'

/** The path of a program under test, from the environment. */
export function binary(variable) {
  const path = process.env[variable]
  if (!path) throw new Error(`set ${variable} to the program under test; \`cargo xtask test\` does`)
  return path
}

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address()
  probe.close()
  await once(probe, 'close')
  return port
}

/**
 * Starts `tandem demo` with a data directory of its own; resolves when it answers. `settings` are configuration keys
 * as environment variables; `before` names a port to take, and the folder of a crashed server to take over. Device
 * polling is once a second, so that no test waits for longer.
 */
export async function startServer(settings = {}, before = undefined) {
  const place = await takePlace(before)
  const words = ['demo', '--listen', `127.0.0.1:${place.port}`, '--data-dir', place.folder]
  return launch(words, place, { TANDEM_DEVICE_AUTHORIZATION__INTERVAL: '1', ...settings })
}

/**
 * Starts `tandem serve` with a configuration file: `sections` are its keys, as `issuer => sections` if they must know
 * it. `people` can sign in; they are added before the start. `before` is as for `startServer`.
 */
export async function startConfigured(sections, { people = [ALICE, BOB], before = undefined } = {}) {
  const program = binary('TANDEM_BIN')
  const place = await takePlace(before)
  const issuer = `http://localhost:${place.port}`
  const own = typeof sections === 'function' ? sections(issuer) : sections
  const configuration = join(place.folder, 'tandem.toml')
  const all = {
    issuer,
    data_dir: join(place.folder, 'data'),
    listeners: { public: `127.0.0.1:${place.port}`, admin: '' },
    keys: { encryption_key_file: join(place.folder, 'encryption.key') },
    pages: { operator_name: 'The operator' },
    log: { level: 'warn' },
    ...own,
  }
  try {
    await writeFile(configuration, Object.entries(all).map(([key, value]) => `${key} = ${toml(value)}\n`).join(''))
    if (!before) {
      const options = { env: { PATH: process.env.PATH } }
      const key = await command(program, ['keys', 'generate-encryption-key'], options)
      await writeFile(all.keys.encryption_key_file, key, { mode: 0o600 })
      for (const { username, password, locale } of people) {
        const mail = ['--email', `${username}@example.com`, '--email-verified']
        const words = ['user', 'add', username, '-c', configuration, '--name', username, ...mail, '--password-stdin']
        await command(program, locale ? [...words, '--locale', locale] : words, { ...options, input: password })
      }
    }
  } catch (error) {
    await rm(place.folder, { recursive: true, force: true })
    throw error
  }
  return { ...(await launch(['serve', '-c', configuration], place)), configuration }
}

/** A value as TOML: JSON but for tables, and what is `undefined` is left out. */
function toml(value) {
  if (Array.isArray(value)) return `[${value.map(toml).join(', ')}]`
  if (typeof value !== 'object') return JSON.stringify(value)
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  return `{ ${members.map(([key, member]) => `${JSON.stringify(key)} = ${toml(member)}`).join(', ')} }`
}

/** Runs a program to its end; resolves to what it wrote, rejects if it failed. */
export async function command(program, words, { input = '', env = { PATH: process.env.PATH } } = {}) {
  const child = spawn(program, words, { env, stdio: ['pipe', 'pipe', 'pipe'] })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (chunk) => (stdout += chunk))
  child.stderr.on('data', (chunk) => (stderr += chunk))
  // A program that does not read its input is no failure.
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`${words.slice(0, 2).join(' ')} ended with ${code}: ${stderr}`)
  return stdout
}

async function takePlace(before) {
  return {
    port: before?.port ?? (await freePort()),
    folder: before?.folder ?? (await mkdtemp(join(tmpdir(), 'tandem-interop-'))),
  }
}

async function launch(words, { port, folder }, settings = {}) {
  const child = spawn(binary('TANDEM_BIN'), words, {
    env: { PATH: process.env.PATH, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let log = ''
  const keep = (chunk) => {
    log = (log + chunk).slice(-20_000)
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  const exited = once(child, 'exit').catch((error) => keep(`${error}`))
  const kill = () => child.kill('SIGKILL')
  process.on('exit', kill)

  const stop = async () => {
    process.off('exit', kill)
    if (child.exitCode === null && child.signalCode === null && child.pid) {
      child.kill('SIGTERM')
      const late = new AbortController()
      await Promise.race([exited, pause(STOPPED_WITHIN, null, { signal: late.signal }).then(kill, () => {})])
      late.abort()
      await exited
    }
    await rm(folder, { recursive: true, force: true })
  }

  const issuer = `http://localhost:${port}`
  /** Ends it as a power cut would; its folder stays, for a server that is started with this one as `before`. */
  const crash = async () => {
    process.off('exit', kill)
    kill()
    await exited
  }
  const server = { issuer, port, folder, stop, crash, log: () => log }
  const deadline = Date.now() + READY_WITHIN
  for (;;) {
    const ready = await fetchRaw(`${issuer}/.well-known/oauth-authorization-server`).catch(() => null)
    if (ready?.status === 200) return server
    if (!child.pid || child.exitCode !== null || child.signalCode !== null || Date.now() > deadline) {
      await stop()
      throw new Error(`the server did not become ready:\n${log}`)
    }
    await pause(50)
  }
}
