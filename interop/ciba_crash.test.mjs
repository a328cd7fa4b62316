// Does a callback survive a killed server, and does a client that accepted one ever hear it again?
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { answerRequest, ask, asker, collect, openRequest, SECRET, settings } from './lib/ciba.mjs'
import { basic, postForm } from './lib/http.mjs'
import { Person } from './lib/person.mjs'
import { hold, startReceiver, status } from './lib/receiver.mjs'
import { ALICE, startConfigured } from './lib/server.mjs'

const TROUBLES = ['down', 'holding', 'down-again']
// Whoever was told no must leave the person alone for a while, so that each no is for a client of its own.
const RACES = ['race-1', 'race-2', 'race-3']
const client_notification_token = 'f4oirNBUlM-of-at-least-128-bits'

let receiver
let configuration
before(async () => {
  receiver = await startReceiver()
  const told = (name, mode) =>
    asker(name, {
      backchannel_token_delivery_mode: mode,
      backchannel_client_notification_endpoint: `${receiver.url}/${name}`,
      ...(mode === 'push' ? { grant_types: ['refresh_token'] } : {}),
    })
  const others = ['bank', ...TROUBLES.map((trouble) => `refused-${trouble}`)].map((name) => told(name, 'push'))
  const races = RACES.map((name) => asker(name))
  configuration = settings([asker('till'), told('shop', 'ping'), ...others, ...races, asker('inspector', { tandem_introspection: true })])
})
after(() => receiver?.stop())

/** The ids that were accepted, each as often as it was. */
const accepted = []
/** Answers 204; what got as far as that counts as accepted. */
const accept = (answer, call) => {
  accepted.push(call.json().auth_req_id)
  status(204)(answer)
}
const times = (asked) => accepted.filter((id) => id === asked.auth_req_id).length
const named = (asked) => (call) => call.json().auth_req_id === asked.auth_req_id
const send = (server, name) => ask(server, name, name === 'till' ? {} : { client_notification_token })

async function approve(server, asked, decision = 'allow') {
  await answerRequest(new Person(server.issuer, ALICE), asked.binding_message, decision)
  return asked
}

/**
 * A request whose callback was accepted after those before it. The note of those is written by then: the answer to this
 * one was, later, by the same writer.
 */
async function settle(server) {
  const asked = await approve(server, await send(server, 'shop'))
  await receiver.wait(1, named(asked))
  return asked
}

test('callbacks of answers that were acknowledged leave after a kill, and once accepted never again', async (t) => {
  let server = await startConfigured(configuration)
  t.after(() => server.stop())
  const done = []
  const settled = []
  for (const trouble of TROUBLES) {
    const asked = []
    for (const name of ['shop', 'bank', 'shop', 'bank', 'till']) asked.push(await send(server, name))
    const denied = await send(server, `refused-${trouble}`)
    // Those that are accepted before the trouble.
    receiver.reply = accept
    const early = []
    for (const name of ['shop', 'bank']) early.push(await approve(server, await send(server, name)))
    for (const one of early) await receiver.wait(1, named(one))
    settled.push(await settle(server))

    if (trouble === 'holding') receiver.reply = hold
    else await receiver.stop()
    for (const one of asked) await approve(server, one)
    await approve(server, denied, 'deny')
    const pending = await send(server, 'till')
    if (trouble === 'holding') await receiver.wait(1, named(asked[0]))
    await server.crash()
    await receiver.start()
    receiver.reply = accept
    const called = receiver.calls.length

    server = await startConfigured(configuration, { before: server })
    const [one, two, three, four, polled] = asked
    for (const late of [one, two, three, four, denied]) {
      const calls = await receiver.wait(1, (call) => named(late)(call) && receiver.calls.indexOf(call) >= called)
      late.call = calls[0].json()
    }
    settled.push(await settle(server))
    assert.equal((await collect(server, 'till', polled)).status, 200, 'an acknowledged approval is lost')
    assert.equal((await collect(server, 'till', polled)).json().error, 'invalid_grant', 'it is redeemed a second time')
    for (const ping of [one, three]) {
      assert.deepEqual(ping.call, { auth_req_id: ping.auth_req_id })
      assert.equal((await collect(server, 'shop', ping)).status, 200, 'an acknowledged approval is lost')
      assert.equal((await collect(server, 'shop', ping)).json().error, 'invalid_grant', 'it is redeemed a second time')
    }
    for (const push of [two, four]) {
      const { active, client_id } = (await postForm(`${server.issuer}/introspect`, { token: push.call.access_token }, basic('inspector', SECRET))).json()
      assert.deepEqual([active, client_id], [true, 'bank'])
    }
    assert.equal(denied.call.error, 'access_denied')
    // It may have been written down or not: but it is not answered, and nobody heard of it.
    const unanswered = (await collect(server, 'till', pending)).json().error
    assert.match(unanswered, /^(authorization_pending|invalid_grant)$/)
    done.push(...early, one, two, three, four, denied)
  }
  await server.crash()
  server = await startConfigured(configuration, { before: server })
  await settle(server)
  for (const asked of done) assert.equal(times(asked), 1, 'a callback was accepted more or less than once')
  // The kill may have come between acceptance and the note of it.
  for (const asked of settled) assert.ok([1, 2].includes(times(asked)))
})

test('a kill between trying and trying again loses nothing, and pushes the same grant', async (t) => {
  receiver.reply = status(503)
  let server = await startConfigured(configuration)
  t.after(() => server.stop())
  const asked = await approve(server, await send(server, 'bank'))
  for (let kills = 1; kills <= 2; kills += 1) {
    await receiver.wait(kills, named(asked))
    await server.crash()
    server = await startConfigured(configuration, { before: server })
  }
  await receiver.wait(3, named(asked))
  receiver.reply = accept
  const calls = await receiver.wait(4, named(asked))
  await settle(server)
  assert.equal(times(asked), 1)
  const { refresh_token } = calls.at(-1).json()
  const refreshed = await postForm(`${server.issuer}/token`, { grant_type: 'refresh_token', refresh_token }, basic('bank', SECRET))
  assert.equal(refreshed.status, 200, refreshed.text)
})

test('a kill before the end loses no end: who waits for a push hears of it once, and who was answered does not', async (t) => {
  receiver.reply = accept
  let server = await startConfigured(configuration)
  t.after(() => server.stop())
  const brief = { client_notification_token, requested_expiry: '5' }
  const unanswered = await ask(server, 'bank', brief)
  const denied = await approve(server, await ask(server, 'refused-down', brief), 'deny')
  await receiver.wait(1, named(denied))
  await settle(server)
  await server.crash()
  server = await startConfigured(configuration, { before: server })
  const [call] = await receiver.wait(1, named(unanswered))
  const { error_description, ...told } = call.json()
  assert.deepEqual(told, { auth_req_id: unanswered.auth_req_id, error: 'expired_token' })
  assert.ok(error_description)
  await settle(server)
  await server.crash()
  server = await startConfigured(configuration, { before: server })
  await settle(server)
  assert.deepEqual([times(unanswered), times(denied)], [1, 1])
})

test('of two answers and of fifty polls one counts', async (t) => {
  const server = await startConfigured(configuration)
  t.after(() => server.stop())
  receiver.reply = accept
  for (const name of RACES) {
    const asked = await ask(server, name)
    const phones = [new Person(server.issuer, ALICE), new Person(server.issuer, ALICE)]
    const posts = []
    for (const phone of phones) {
      const { path, page } = await openRequest(phone, asked.binding_message)
      const { csrf, crossing } = page.form(path).fields
      posts.push(() => phone.visit(path, { csrf, crossing, decision: phone === phones[0] ? 'allow' : 'deny' }))
    }
    const outcomes = await Promise.all(posts.map((post) => post()))
    assert.equal(outcomes.filter(({ status: code }) => code === 200).length, 1, 'two answers were taken')
  }
  const asked = await approve(server, await send(server, 'till'))
  const answers = await Promise.all(Array.from({ length: 50 }, () => collect(server, 'till', asked)))
  assert.equal(answers.filter((answer) => answer.status === 200).length, 1)
  for (const loser of answers.filter((answer) => answer.status !== 200)) {
    assert.equal(loser.status, 400)
    assert.match(loser.json().error, /^(invalid_grant|slow_down)$/)
  }
})
