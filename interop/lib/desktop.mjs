// How does Chromium get a desktop on which its notifications appear, and a person who clicks on them?
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'

const PATIENCE = 15_000
const here = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url))

// A bus of its own on which nothing is started by itself.
const bus = (folder) => `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path=${join(folder, 'bus')}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*"/>
    <allow receive_sender="*"/>
    <allow own="*"/>
  </policy>
</busconfig>
`

/** Reads a child's lines; `wait(wanted)` resolves to the first that `wanted` picks and nobody waited for before. */
function listen(child) {
  const lines = []
  const waiting = new Set()
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line)
    for (const look of waiting) look()
  })
  return (wanted) =>
    new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`it did not come; this did: ${lines.join('; ')}`)), PATIENCE)
      const look = () => {
        const found = lines.findIndex(wanted)
        if (found < 0) return
        waiting.delete(look)
        clearTimeout(late)
        resolve(lines.splice(found, 1)[0])
      }
      waiting.add(look)
      look()
    })
}

/**
 * Starts a message bus, a desktop that shows notifications, and what is needed to start a Chromium there:
 * `browser.newContext(options)` is as Playwright's, but for a profile that is kept while the desktop is there: windows
 * that are private open no others from their notifications.
 */
export async function startDesktop() {
  const folder = await mkdtemp(join(tmpdir(), 'tandem-desktop-'))
  const children = []
  const begin = (program, words, options) => {
    const child = spawn(program, words, { stdio: ['pipe', 'pipe', 'ignore'], ...options })
    children.push(child)
    return child
  }
  const kill = () => children.forEach((child) => child.kill('SIGKILL'))
  process.on('exit', kill)
  const stop = async () => {
    process.off('exit', kill)
    for (const child of children.toReversed()) {
      if (!child.pid || child.exitCode !== null || child.signalCode !== null) continue
      const exited = once(child, 'exit')
      child.kill('SIGTERM')
      await exited
    }
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await writeFile(join(folder, 'bus.conf'), bus(folder))
    const daemon = begin('dbus-daemon', [`--config-file=${join(folder, 'bus.conf')}`, '--nofork', '--print-address'])
    const env = { ...process.env, DBUS_SESSION_BUS_ADDRESS: await listen(daemon)((line) => line.startsWith('unix:')) }
    const desktop = begin(here('.venv/bin/python'), [here('notification_server.py')], { env })
    const wait = listen(desktop)
    await wait((line) => line === '{"ready": true}')
    const root = process.getuid?.() === 0
    const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium'
    const newContext = (options) => chromium.launchPersistentContext(join(folder, 'profile'), { executablePath, chromiumSandbox: !root, env, ...options })
    /** The notification with this title, as soon as it is shown. */
    const shown = async (title) => JSON.parse(await wait((line) => JSON.parse(line).title === title))
    /** The person clicks on it. */
    const click = ({ number }) => desktop.stdin.write(`${number}\n`)
    /** It is gone from the desktop. */
    const closed = ({ number }) => wait((line) => JSON.parse(line).closed === number)
    return { browser: { newContext }, shown, click, closed, stop }
  } catch (error) {
    await stop()
    throw error
  }
}
