// How is a real nginx started on loopback, with a configuration from the documentation, and surely stopped again?
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const READY_WITHIN = 10_000
const STOPPED_WITHIN = 5_000
// Not on everybody's path.
const PATH = `${process.env.PATH}:/usr/sbin`

/** The one block of this language in a document of the project. */
export async function blockOf(document, language) {
  const text = await readFile(fileURLToPath(new URL(`../../${document}`, import.meta.url)), 'utf8')
  const blocks = [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].filter(([, of]) => of === language)
  assert.equal(blocks.length, 1, `${blocks.length} blocks of ${language} in ${document}`)
  return blocks[0][2]
}

/** `text` with each of these pieces replaced; each must be there. */
export function replaced(text, pieces) {
  return Object.entries(pieces).reduce((left, [piece, by]) => {
    assert.ok(left.includes(piece), `${piece} is not in the example any more`)
    return left.replaceAll(piece, by)
  }, text)
}

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address()
  probe.close()
  await once(probe, 'close')
  return port
}

const answers = (port) =>
  new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port }, () => resolve(true))
    socket.on('error', () => resolve(false))
    socket.on('connect', () => socket.destroy())
  })

/**
 * Starts nginx with `configuration({ port, file })` inside its `http` block: `file(name, text)` writes a file and resolves
 * to its path.
 */
export async function startNginx(configuration) {
  const folder = await mkdtemp(join(tmpdir(), 'tandem-nginx-'))
  const at = (name) => join(folder, name)
  const file = async (name, text) => {
    await writeFile(at(name), text, { mode: 0o600 })
    return at(name)
  }
  const port = await freePort()
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  for (const kind of temporary) await mkdir(at(kind))
  await file('site.conf', await configuration({ port, file }))
  await file(
    'nginx.conf',
    [
      // Workers must be able to write into the folder. Without being root, this line says nothing new.
      `user ${userInfo().username};`,
      'daemon off;',
      'worker_processes 1;',
      `pid ${at('pid')};`,
      'error_log stderr notice;',
      'events { worker_connections 64; }',
      'http {',
      'access_log off;',
      ...temporary.map((kind) => `${kind}_temp_path ${at(kind)};`),
      `include ${at('site.conf')};`,
      '}',
    ].join('\n'),
  )
  const child = spawn('nginx', ['-e', 'stderr', '-p', folder, '-c', at('nginx.conf')], { env: { PATH }, stdio: ['ignore', 'ignore', 'pipe'] })
  let log = ''
  child.stderr.on('data', (chunk) => (log = (log + chunk).slice(-20_000)))
  const exited = once(child, 'exit').catch((error) => (log += error))
  const kill = () => child.kill('SIGKILL')
  process.on('exit', kill)
  const runs = () => child.pid && child.exitCode === null && child.signalCode === null
  const stop = async () => {
    process.off('exit', kill)
    if (runs()) {
      // The master ends its workers, and does not wait for streams that are open.
      child.kill('SIGTERM')
      const late = new AbortController()
      await Promise.race([exited, pause(STOPPED_WITHIN, null, { signal: late.signal }).then(kill, () => {})])
      late.abort()
      await exited
    }
    await rm(folder, { recursive: true, force: true })
  }
  const deadline = Date.now() + READY_WITHIN
  while (!(await answers(port))) {
    if (!runs() || Date.now() > deadline) {
      await stop()
      throw new Error(`nginx did not become ready:\n${log}`)
    }
    await pause(50)
  }
  return { port, stop, log: () => log }
}
