// How is the real server started for a test, and surely stopped again?
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
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
  const program = binary('TANDEM_BIN')
  const port = before?.port ?? (await freePort())
  const folder = before?.folder ?? (await mkdtemp(join(tmpdir(), 'tandem-interop-')))
  const child = spawn(program, ['demo', '--listen', `127.0.0.1:${port}`, '--data-dir', folder], {
    env: { PATH: process.env.PATH, TANDEM_DEVICE_AUTHORIZATION__INTERVAL: '1', ...settings },
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
