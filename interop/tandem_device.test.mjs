// Does `tandem-device login` complete against the real server, keep its files private and end with the right codes?
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import { createPrivateKey } from 'node:crypto'
import { calculateJwkThumbprint, decodeJwt, exportJWK } from 'jose'
import jsQR from 'jsqr'
import * as client from 'openid-client'
import { Person } from './lib/person.mjs'
import { ALICE, KIOSK, KIOSK_SECRET, SCOPE, TV, binary, startServer } from './lib/server.mjs'

let server
let folder
before(async () => {
  server = await startServer({ TANDEM_DPOP__NONCE: 'required' })
  folder = await mkdtemp(join(tmpdir(), 'tandem-device-'))
})
after(async () => {
  await server?.stop()
  if (folder) await rm(folder, { recursive: true })
})

/** Runs a login; `decide` is called with the codes as soon as they are shown. */
async function login(options, decide, { environment = {}, issuer = server.issuer } = {}) {
  const child = spawn(binary('TANDEM_DEVICE_BIN'), ['login', '--issuer', issuer, '--json', ...options], {
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  try {
    let stdout = ''
    child.stdout.on('data', (chunk) => (stdout += chunk))
    const closed = once(child, 'close')
    const events = []
    for await (const line of createInterface({ input: child.stderr })) {
      const event = JSON.parse(line)
      events.push(event)
      if (event.event === 'codes') await decide(event, child)
    }
    const [code] = await closed
    return { code, stdout, events }
  } finally {
    child.kill('SIGKILL')
  }
}

const answer = (decision) => (codes) => new Person(server.issuer, ALICE).answer(codes.user_code, decision)
const mode = async (file) => (await stat(file)).mode & 0o777

test('tokens go to standard output as JSON, and only they', async () => {
  let page
  const decide = async (codes) => {
    const person = new Person(server.issuer, ALICE)
    page = await person.toDecision(codes.user_code)
    await person.submit(page, '/device/decision', { decision: 'allow' })
  }
  const { code, stdout, events } = await login(['--client', TV, '--scope', SCOPE, '--name', 'Büild <b>box</b>'], decide)
  assert.equal(code, 0)
  const tokens = JSON.parse(stdout)
  assert.equal(tokens.token_type.toLowerCase(), 'bearer')
  for (const name of ['access_token', 'refresh_token', 'id_token']) assert.ok(tokens[name], name)
  assert.deepEqual(events.map((event) => event.event), ['codes', 'granted'])
  assert.ok(page.words.includes('Büild <b>box</b>'), 'the page shows the name of the device as text')
  const config = await client.discovery(new URL(server.issuer), TV, undefined, client.None(), { execute: [client.allowInsecureRequests] })
  const person = await client.fetchUserInfo(config, tokens.access_token, decodeJwt(tokens.id_token).sub)
  assert.equal(person.preferred_username, 'alice')
})

test('with --dpop and a file: both files are private, and the tokens are for that key', async () => {
  const output = join(folder, 'tokens.json')
  const { code, stdout } = await login(['--client-id', TV, '--scope', SCOPE, '--dpop', '--output', output], answer('allow'))
  assert.equal(code, 0)
  assert.equal(stdout, '')
  const key = `${output}.dpop-key.pem`
  assert.deepEqual([await mode(output), await mode(key)], [0o600, 0o600])
  const tokens = JSON.parse(await readFile(output, 'utf8'))
  assert.equal(tokens.token_type, 'DPoP')
  const { d, ...jwk } = await exportJWK(createPrivateKey(await readFile(key)))
  assert.ok(d)
  assert.equal(decodeJwt(tokens.access_token).cnf.jkt, await calculateJwkThumbprint(jwk))
  assert.deepEqual((await readdir(folder)).sort(), ['tokens.json', 'tokens.json.dpop-key.pem'])
})

test('a confidential client takes its secret from the environment', async () => {
  const environment = { TANDEM_DEVICE_CLIENT_SECRET: KIOSK_SECRET }
  const { code, stdout } = await login(['--client', KIOSK, '--scope', 'openid'], answer('allow'), { environment })
  assert.equal(code, 0)
  assert.ok(JSON.parse(stdout).access_token)
  const wrong = await login(['--client', KIOSK], assert.fail, { environment: { TANDEM_DEVICE_CLIENT_SECRET: 'wrong' } })
  assert.equal(wrong.code, 1)
  assert.match(wrong.events.at(-1).message, /invalid_client/)
})

test('a denial and a report end it with 3, a timeout with 4, a wrong issuer with 1', async () => {
  for (const decision of ['deny', 'report']) {
    const { code, stdout, events } = await login(['--client', TV], answer(decision))
    assert.deepEqual([code, stdout, events.at(-1).reason], [3, '', 'access_denied'])
  }
  assert.equal((await login(['--client', TV, '--timeout', '1'], () => {})).code, 4)
  const alias = server.issuer.replace('localhost', '127.0.0.1')
  assert.equal((await login(['--client', TV], assert.fail, { issuer: alias })).code, 1)
})

test('Ctrl-C ends it with 130 and leaves no file', async () => {
  const output = join(folder, 'never.json')
  const { code } = await login(['--client', TV, '--dpop', '--output', output], (_, child) => child.kill('SIGINT'))
  assert.equal(code, 130)
  assert.ok((await readdir(folder)).every((name) => !name.includes('never')))
})

const SCRIPT = spawnSync('script', ['--version']).status === 0

test('the QR code on a terminal says what the server said', { skip: SCRIPT ? false : 'there is no `script` to make a terminal' }, async () => {
  const program = [binary('TANDEM_DEVICE_BIN'), 'login', '--issuer', server.issuer, '--client', TV, '--timeout', '2']
  const terminal = spawn('script', ['-qec', `stty cols 80 rows 40; ${program.map((word) => `'${word}'`).join(' ')}`, '/dev/null'], {
    env: { PATH: process.env.PATH, TERM: 'xterm-256color' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let shown = ''
  terminal.stdout.setEncoding('utf8').on('data', (chunk) => (shown += chunk))
  await once(terminal, 'close')
  const lines = [...shown.matchAll(/\x1b\[38;5;16;48;5;231m([ ▀▄█]+)\x1b\[0m/g)].map(([, cells]) => [...cells])
  const rows = lines.flatMap((cells) => [cells.map((cell) => '▀█'.includes(cell)), cells.map((cell) => '▄█'.includes(cell))])
  const scale = 4
  const [width, height] = [rows[0].length * scale, rows.length * scale]
  const pixels = new Uint8ClampedArray(width * height * 4)
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const shade = rows[Math.floor(y / scale)][Math.floor(x / scale)] ? 0 : 255
      pixels.set([shade, shade, shade, 255], (y * width + x) * 4)
    }
  }
  const code = shown.match(/\x1b\[1m([A-Z-]+)\x1b\[0m/)[1]
  const address = new URL(jsQR(pixels, width, height).data)
  assert.equal(address.origin, server.issuer)
  assert.equal(address.searchParams.get('user_code'), code)
  assert.ok(shown.includes('\x1b[?25l') && shown.lastIndexOf('\x1b[?25h') > shown.lastIndexOf('\x1b[?25l'), 'the cursor is back')
})
