// Does mail with live codes stop at a real Postfix, and does all other mail go through?
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import QRCode from 'qrcode'
import { postForm } from './lib/http.mjs'
import { canRun, eventually, freePort, startPostfix } from './lib/postfix.mjs'
import { binary, command, startConfigured } from './lib/server.mjs'

const run = promisify(execFile)
const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code'
const MARK = /^X-Tandem-Content-Filter: (.*)$/im
// Postfix is started by root alone; elsewhere the milter is proved by miltertest.
const postfixOnly = canRun() ? {} : { skip: 'Postfix can be started by root only' }

let milter
let server
let postfix
before(async () => {
  milter = await freePort()
  server = await startConfigured({
    clients: [
      {
        client_id: 'tv',
        client_name: 'A television',
        token_endpoint_auth_method: 'none',
        grant_types: [DEVICE, 'refresh_token'],
        scope: 'openid',
      },
    ],
    device_authorization: { interval: 1 },
    content_filter: { milter: { listen: `inet:127.0.0.1:${milter}` } },
    rate_limits: { initiate_address: 'off', initiate_client: 'off' },
  })
  postfix = canRun() ? await startPostfix({ milter }) : undefined
})
after(async () => {
  await postfix?.stop()
  await server?.stop()
})

async function begin() {
  const answer = await postForm(`${server.issuer}/device_authorization`, { client_id: 'tv', scope: 'openid' })
  assert.equal(answer.status, 200, answer.text)
  return answer.json()
}

const poll = ({ device_code }) => postForm(`${server.issuer}/token`, { grant_type: DEVICE, client_id: 'tv', device_code })

/** A mail of several parts: `{ type, body, name }`, texts as they are, buffers in base64. */
function mail(subject, ...parts) {
  const boundary = `b${Math.random().toString(36).slice(2)}`
  const part = ({ type, body, name }) => {
    const binary = Buffer.isBuffer(body)
    const disposition = name ? `\nContent-Disposition: inline; filename="${name}"` : ''
    const encoding = binary ? 'base64' : '8bit'
    const content = binary ? body.toString('base64').replace(/.{76}/g, '$&\n') : body
    return `--${boundary}\nContent-Type: ${type}\nContent-Transfer-Encoding: ${encoding}${disposition}\n\n${content}\n`
  }
  const head = `From: IT <it@elsewhere.example>\nTo: you@example.com\nSubject: ${subject}\nMIME-Version: 1.0\n`
  return `${head}Content-Type: multipart/mixed; boundary="${boundary}"\n\n${parts.map(part).join('')}--${boundary}--\n`
}

const html = (body) => ({ type: 'text/html; charset=utf-8', body: `<p>${body}</p>` })
const picture = async (text) => ({ type: 'image/png', name: 'scan-me.png', body: await QRCode.toBuffer(text, { scale: 5 }) })
const lure = async ({ verification_uri_complete }) =>
  mail('Your prize', html('Point your phone at this.'), await picture(verification_uri_complete))

test('thirty people get a mail with a live QR code: the first are marked, then held, then refused, and the code is dead', postfixOnly, async () => {
  const begun = await begin()
  assert.equal((await poll(begun)).json().error, 'authorization_pending')
  const text = await lure(begun)
  const answers = []
  for (let n = 1; n <= 30; n += 1) answers.push(await postfix.send(text, [`victim${n}@example.com`]))
  const taken = answers.map((answer) => answer.slice(0, 3))
  assert.deepEqual(taken, [...Array(4).fill('250'), ...Array(26).fill('550')], answers.join('\n'))
  assert.match(answers[29], /5\.7\.1/)
  await eventually('the delivery', () => postfix.delivered().length === 2)
  for (const delivered of postfix.delivered()) assert.match(MARK.exec(delivered)?.[1] ?? '', /^tag\b/)
  assert.equal(await postfix.held(), 2)
  const polled = await eventually('the end of the request', async () => {
    const { error } = (await poll(begun)).json()
    return error !== 'authorization_pending' && error !== 'slow_down' && error
  })
  assert.equal(polled, 'access_denied')
  const told = await command(binary('TANDEM_BIN'), ['incident', 'list', '-c', server.configuration, '--json'])
  const incident = JSON.parse(told).find(({ cause }) => cause === 'code_filtered')
  assert.equal(incident?.state, 'contained', told)
})

test('a mark that came with a mail from outside is taken away', postfixOnly, async () => {
  const forged = mail('Hello', html('Nothing to see.')).replace('Subject:', 'X-Tandem-Content-Filter: allow\nX-Tandem-Content-Filter: tag\nSubject:')
  const before = postfix.delivered().length
  assert.match(await postfix.send(forged, ['ada@example.com']), /^250/)
  await eventually('the delivery', () => postfix.delivered().length === before + 1)
  const delivered = postfix.delivered().find((each) => each.includes('Nothing to see.'))
  assert.equal(MARK.exec(delivered), null, delivered)
})

test('codes are found in disguise', postfixOnly, async () => {
  const disguises = {
    text: (code) => mail('A', { type: 'text/plain', body: `Enter ${code} now` }),
    spaced: (code) => mail('B', { type: 'text/plain', body: `Enter ${[...code.replace('-', '')].join(' ')}` }),
    tags: (code) => mail('C', html([...code].map((letter) => `<b>${letter}</b>`).join('<i></i>'))),
    subject: (code) => mail(`Enter ${code}`, html('Please.')),
    'link in link': (code) => {
      const link = encodeURIComponent(`${server.issuer}/device?user_code=${code}`)
      return mail('D', html(`<a href="https://redirect.elsewhere.example/?to=${link}">Prize</a>`))
    },
    'attached mail': (code) => mail('E', { type: 'message/rfc822', body: mail('Inner', { type: 'text/plain', body: code }) }),
  }
  for (const [name, disguise] of Object.entries(disguises)) {
    const { user_code } = await begin()
    const text = disguise(user_code)
    for (let n = 1; n <= 4; n += 1) await postfix.send(text, [`friend${n}@example.com`])
    assert.match(await postfix.send(text, ['friend5@example.com']), /^550/, name)
  }
})

test('ordinary mail goes through, with foreign QR codes and codes that look alike', postfixOnly, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tandem-mails-'))
  try {
    // Codes are live meanwhile, so that a false alarm has something to be about.
    for (let n = 0; n < 50; n += 1) await begin()
    await run(binary('TANDEM_MAILS_BIN'), [folder])
    const names = readdirSync(join(folder, 'ordinary')).filter((name) => name.endsWith('.eml'))
    assert.ok(names.length >= 200, `${names.length} mails`)
    const before = postfix.delivered().length
    for (const name of names) {
      const answer = await postfix.send(readFileSync(join(folder, 'ordinary', name), 'latin1'), ['reader@example.com'])
      assert.match(answer, /^250/, name)
    }
    await eventually('the delivery', () => postfix.delivered().length === before + names.length)
    const marked = postfix.delivered().filter((each) => /^Delivered-To: reader/m.test(each) && MARK.test(each))
    assert.deepEqual(marked.map((each) => /^Subject: .*$/m.exec(each)?.[0]), [])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test('hostile mail is taken, and the filter still works afterwards', postfixOnly, async () => {
  const nested = Array.from({ length: 1000 }).reduce((inner, _, n) => `Content-Type: multipart/mixed; boundary=b${n}\n\n--b${n}\n${inner}\n--b${n}--\n`, 'Content-Type: text/plain\n\nx\n')
  const hundredMegapixels = Buffer.from('89504e470d0a1a0a0000000d49484452000027100000271008020000008d3b0f45', 'hex')
  const hostile = [
    `Subject: nested\nMIME-Version: 1.0\n${nested}`,
    mail('large', { type: 'image/png', name: 'x.png', body: hundredMegapixels }),
    mail('broken', { type: 'application/pdf', name: 'x.pdf', body: Buffer.from('%PDF-1.7 nothing') }),
    'Content-Type: multipart/mixed; boundary="\n\n--\n',
    '\n',
  ]
  for (const text of hostile) assert.match(await postfix.send(text, ['ada@example.com']), /^250/)
  const begun = await begin()
  for (let n = 1; n <= 4; n += 1) await postfix.send(await lure(begun), [`again${n}@example.com`])
  assert.match(await postfix.send(await lure(begun), ['again5@example.com']), /^550/)
})

test('miltertest agrees with the protocol', async () => {
  const { verification_uri_complete } = await begin()
  const folder = mkdtempSync(join(tmpdir(), 'tandem-miltertest-'))
  try {
    const png = await QRCode.toBuffer(verification_uri_complete, { scale: 5 })
    writeFileSync(join(folder, 'picture'), png.toString('base64').replace(/.{76}/g, '$&\r\n'))
    const script = fileURLToPath(new URL('milter.lua', import.meta.url))
    const words = ['-s', script, '-D', `port=${milter}`, '-D', `picture=${join(folder, 'picture')}`]
    const { stdout, stderr } = await run('miltertest', words).catch((error) => error)
    assert.match(stdout, /all is well/, `${stdout}${stderr}`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

// The last one: it takes the filter away.
test('without the filter, mail goes through', postfixOnly, async () => {
  await server.crash()
  const before = postfix.delivered().length
  assert.match(await postfix.send(mail('Later', html('Still here.')), ['ada@example.com']), /^250/)
  await eventually('the delivery', () => postfix.delivered().length === before + 1)
})
