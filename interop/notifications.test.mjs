// Do people hear of a request: by mail through a real mail server, and by the operator's webhook?
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createHmac, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { answerRequest, ask, asker, collect, openRequest, SECRET, settings } from './lib/ciba.mjs'
import { basic, postForm } from './lib/http.mjs'
import { Person } from './lib/person.mjs'
import { hold, startReceiver, status } from './lib/receiver.mjs'
import { ALICE, BOB, startConfigured } from './lib/server.mjs'

const here = (name) => fileURLToPath(new URL(name, import.meta.url))
const WEBHOOK_SECRET = 'b3b7f0d6c1a24a5f9e8d7c6b5a493827'
const CHIYO = { username: 'chiyo', password: 'chiyo-demo-password', locale: 'ja' }
const PATIENCE = 20_000

let mails
let webhook
let server
before(async () => {
  ;[mails, webhook] = await Promise.all([startMailServer(), startReceiver()])
  const notifications = {
    email: { host: '127.0.0.1', port: mails.port, tls: 'none', from: 'The operator <no-reply@example.com>' },
    webhook: { url: `${webhook.url}/texts`, secret: WEBHOOK_SECRET },
  }
  server = await startConfigured(settings([asker('till'), asker('sly', { client_name: 'Sly <b>Ltd</b>' })], { notifications }), { people: [ALICE, BOB, CHIYO] })
})
after(() => Promise.all([server?.stop(), mails?.stop(), webhook?.stop()]))

/** Starts a mail server that refuses the first `refusals` mails for the moment. */
async function startMailServer(refusals = 0) {
  const child = spawn(here('.venv/bin/python'), [here('mail_server.py'), `${refusals}`], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })
  const closed = once(child, 'close')
  const told = []
  const waiting = new Set()
  lines.on('line', (line) => {
    told.push(JSON.parse(line))
    for (const look of waiting) look()
  })
  const wait = (wanted) =>
    new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`the mail did not come; these did: ${JSON.stringify(told)}`)), PATIENCE)
      const look = () => {
        const found = told.find(wanted)
        if (!found) return
        waiting.delete(look)
        clearTimeout(late)
        resolve(found)
      }
      waiting.add(look)
      look()
    })
  const stop = async () => {
    child.stdin.end()
    await closed
  }
  const { port } = await wait((line) => line.port)
  return { port, told, stop, mail: (words) => wait((line) => line.text?.includes(words)), refusal: () => wait((line) => line.refused) }
}

const header = ({ headers }, name) => headers.filter(([key]) => key.toLowerCase() === name).map(([, value]) => value)

async function switchOn(who, form, fields, { issuer } = server) {
  const person = new Person(issuer, who)
  await person.signIn('/account/devices')
  const done = await person.submit(await person.visit('/account/devices'), form, fields)
  assert.equal(done.status, 200, done.words)
  return person
}

test('who switches mail on gets one with the link for each request, and none any more once it is off', async () => {
  const alice = await switchOn(ALICE, '/account/devices/email', { change: 'on' })
  const asked = await ask(server, 'till')
  const mail = await mails.mail(asked.binding_message)
  assert.equal(mail.sender, 'no-reply@example.com')
  assert.deepEqual(mail.recipients, ['alice@example.com'])
  assert.deepEqual(header(mail, 'to'), ['alice@example.com'])
  assert.deepEqual(header(mail, 'from'), ['The operator <no-reply@example.com>'])
  assert.deepEqual(header(mail, 'auto-submitted'), ['auto-generated'])
  for (const name of ['date', 'message-id', 'subject', 'mime-version']) assert.equal(header(mail, name).length, 1, name)
  assert.deepEqual(mail.parts, ['text/plain'])
  assert.match(mail.text, /The till/)
  const links = mail.text.match(/https?:\/\/\S+/g)
  assert.equal(links.length, 1)
  const { path } = await openRequest(alice, asked.binding_message)
  assert.equal(links[0], `${server.issuer}${path}`)
  // Secrets of the client are in no mail.
  assert.ok(!JSON.stringify(mail).includes(asked.auth_req_id))

  // The link leads somebody who is not signed in to the question, by way of signing in.
  const elsewhere = new Person(server.issuer, ALICE)
  const page = await elsewhere.signIn(links[0])
  assert.ok(page.form(path), page.words)
  await answerRequest(elsewhere, asked.binding_message, 'allow')
  assert.equal((await collect(server, 'till', asked)).status, 200)

  await alice.submit(await alice.visit('/account/devices'), '/account/devices/email', { change: 'off' })
  await switchOn(BOB, '/account/devices/email', { change: 'on' })
  const silent = await ask(server, 'till')
  // Somebody else's mail, later, shows that hers would have come.
  const loud = await ask(server, 'till', { person: 'bob' })
  await mails.mail(loud.binding_message)
  assert.ok(!mails.told.some((line) => line.text?.includes(silent.binding_message)))
})

test('a mail is in the language of the person', async () => {
  await switchOn(CHIYO, '/account/devices/email', { change: 'on' })
  const asked = await ask(server, 'till', { person: 'chiyo', binding_message: 'レジ四番 注文書' })
  const mail = await mails.mail(asked.binding_message)
  assert.match(mail.text, /[\u3040-\u30ff]/)
  assert.match(header(mail, 'subject')[0], /[\u3040-\u30ff]/)
})

test('in quiet hours a request waits in the inbox and nothing is sent', async () => {
  const bob = new Person(server.issuer, BOB)
  await bob.signIn('/account/devices')
  const set = async (fields) => bob.submit(await bob.visit('/account/devices'), '/account/devices/quiet-hours', fields)
  const clock = (hours) => new Date(Date.now() + hours * 3_600_000).toISOString().slice(11, 16)
  await set({ change: 'save', from: clock(-1), until: clock(2), zone: 'UTC' })
  const silent = await ask(server, 'till', { person: 'bob' })
  await set({ change: 'remove' })
  const loud = await ask(server, 'till', { person: 'bob' })
  await mails.mail(loud.binding_message)
  assert.ok(!mails.told.some((line) => line.text?.includes(silent.binding_message)))
  await answerRequest(bob, silent.binding_message, 'allow')
  assert.equal((await collect(server, 'till', silent)).status, 200)
})

test('nobody writes headers or links into a mail', async () => {
  const attempt = (fields) =>
    postForm(`${server.issuer}/backchannel_authentication`, { scope: 'openid', login_hint: 'bob', ...fields }, basic('sly', SECRET))
  for (const binding_message of ['Pay\r\nBcc: victim@example.com', 'Pay\nBcc: victim@example.com', 'Pay\r\n.\r\nMAIL FROM:<x@example.com>', 'Pay\u2028now', 'Pay\u0000']) {
    const answer = await attempt({ binding_message })
    assert.equal(answer.status, 400, JSON.stringify(binding_message))
    // A control character makes the form itself unfit, or the message in it.
    assert.match(answer.json().error, /^(invalid_binding_message|invalid_request)$/)
  }
  const asked = await ask(server, 'sly', { person: 'bob', binding_message: 'Now at evil.example/login please' })
  const mail = await mails.mail('Sly <b>Ltd</b>')
  assert.ok(!mail.text.includes('evil.example'), 'what looks like a link is not passed on')
  assert.equal(mail.text.match(/https?:\/\/\S+/g).length, 1)
  assert.deepEqual(mail.recipients, ['bob@example.com'])
  assert.ok(asked.auth_req_id)
})

test('a mail server that is busy is asked again', async (t) => {
  const busy = await startMailServer(1)
  t.after(() => busy.stop())
  const notifications = { email: { host: '127.0.0.1', port: busy.port, tls: 'none', from: 'no-reply@example.com' } }
  const own = await startConfigured(settings([asker('till')], { notifications }))
  t.after(() => own.stop())
  await switchOn(ALICE, '/account/devices/email', { change: 'on' }, own)
  const asked = await ask(own, 'till')
  await busy.refusal()
  assert.deepEqual((await busy.mail(asked.binding_message)).recipients, ['alice@example.com'])
})

/** What a service of the operator would check. */
function verifyWebhook({ headers, body }) {
  const timestamp = headers['tandem-timestamp']
  assert.ok(Math.abs(Date.now() / 1000 - Number(timestamp)) < 60, 'the timestamp is of now')
  const expected = createHmac('sha256', WEBHOOK_SECRET).update(`${timestamp}.`).update(body).digest()
  const [, given] = /^v1=([0-9a-f]{64})$/.exec(headers['tandem-signature']) ?? assert.fail(headers['tandem-signature'])
  return timingSafeEqual(expected, Buffer.from(given, 'hex'))
}

/** Has messages sent to a number, with the code that comes there. */
async function switchTextsOn(who, address, { service = webhook, on = server } = {}) {
  const person = new Person(on.issuer, who)
  await person.signIn('/account/devices')
  const form = '/account/devices/webhook'
  const page = await person.submit(await person.visit('/account/devices'), form, { change: 'save', address })
  assert.equal(page.status, 200, page.words)
  const [call] = await service.wait(1, (call) => call.json().type === 'address_verification')
  assert.ok(verifyWebhook(call), 'the signature holds')
  const { to, code, text } = call.json()
  assert.equal(to, address)
  assert.match(code, /^[0-9]{6}$/)
  assert.ok(text.includes(code), text)
  const type = (typed) => person.submit(page, `${form}/code`, { code: typed })
  const wrong = await type(`${(Number(code) + 1) % 1e6}`.padStart(6, '0'))
  assert.equal(wrong.status, 403, wrong.words)
  assert.match(wrong.words, /4 tries left/)
  const done = await type(`${code.slice(0, 3)} ${code.slice(3)}`)
  assert.equal(done.status, 200, done.words)
  assert.match(done.words, /Text messages are switched on/)
}

test('the webhook gets a signed message, again if it fails for a moment, and once it took it never again', async () => {
  await switchTextsOn(ALICE, '+44 20 7946 0000')
  const of = (asked) => (call) => call.json().binding_message === asked.binding_message
  webhook.reply = (answer) => {
    webhook.reply = status(204)
    status(503)(answer)
  }
  const asked = await ask(server, 'till')
  const [first, second] = await webhook.wait(2, of(asked))
  for (const call of [first, second]) {
    assert.deepEqual([call.method, call.path], ['POST', '/texts'])
    assert.ok(verifyWebhook(call), 'the signature holds')
    assert.ok(!verifyWebhook({ ...call, body: Buffer.concat([call.body, Buffer.from(' ')]) }), 'and not for a changed body')
  }
  const message = first.json()
  assert.equal(message.type, 'authorization_request')
  assert.equal(message.to, '+44 20 7946 0000')
  assert.equal(message.asker, 'The till')
  assert.equal(message.advice, 'Answer no to anything that you didn’t start yourself.')
  const { path } = await openRequest(new Person(server.issuer, ALICE), asked.binding_message)
  assert.equal(message.url, `${server.issuer}${path}`)
  assert.ok(message.expires_at > Date.now() / 1000)
  assert.ok(!JSON.stringify(message).includes(asked.auth_req_id))
  const next = await ask(server, 'till')
  await webhook.wait(1, of(next))
  assert.equal(webhook.calls.filter(of(asked)).length, 2)
})

test('who was not reached before a kill is told after it, and who was not again', async (t) => {
  const service = await startReceiver()
  t.after(() => service.stop())
  const configuration = settings([asker('till')], { notifications: { webhook: { url: `${service.url}/texts`, secret: WEBHOOK_SECRET } } })
  let own = await startConfigured(configuration)
  t.after(() => own.stop())
  const of = (asked) => (call) => call.json().binding_message === asked.binding_message
  /** What was written down before this is on the disk after it. */
  const settle = async () => {
    const asked = await ask(own, 'till', { person: 'bob' })
    await answerRequest(new Person(own.issuer, BOB), asked.binding_message, 'allow')
  }
  const restart = async () => {
    await settle()
    await own.crash()
    own = await startConfigured(configuration, { before: own })
  }
  await switchTextsOn(ALICE, '+44 20 7946 0001', { service, on: own })
  service.reply = hold
  const asked = await ask(own, 'till')
  await service.wait(1, of(asked))
  service.reply = status(204)
  await restart()
  await service.wait(2, of(asked))
  await restart()
  // A later one, of the same device, shows that it would have come again.
  const next = await ask(own, 'till')
  await service.wait(1, of(next))
  assert.equal(service.calls.filter(of(asked)).length, 2)
})
