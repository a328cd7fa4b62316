// Does a receiver with a foreign JOSE library hear what ends here, by push and by poll, whatever goes down meanwhile?
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose'
import { basic, fetchRaw, postForm } from './lib/http.mjs'
import { Person } from './lib/person.mjs'
import { hold, startReceiver, status } from './lib/receiver.mjs'
import { ALICE, BOB, startConfigured } from './lib/server.mjs'

const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code'
const PUSH = 'urn:ietf:rfc:8935'
const POLL = 'urn:ietf:rfc:8936'
const CAEP = 'https://schemas.openid.net/secevent/caep/event-type/'
const VERIFICATION = 'https://schemas.openid.net/secevent/ssf/event-type/verification'
const SECRET = 'the-secret-of-a-service-client'
const HEADER = 'Bearer what-the-receiver-wants-to-hear'
const EVENTS = ['session-revoked', 'token-claims-change', 'credential-change', 'device-compliance-change'].map((name) => CAEP + name)

const service = (client_id, scope) => ({
  client_id,
  client_name: client_id,
  token_endpoint_auth_method: 'client_secret_basic',
  client_secret: SECRET,
  grant_types: ['client_credentials'],
  scope,
})
const CONFIGURATION = {
  clients: [
    { client_id: 'tv', client_name: 'A television', token_endpoint_auth_method: 'none', grant_types: [DEVICE, 'refresh_token'], scope: 'openid offline_access' },
    service('watcher', 'ssf.read ssf.manage'),
    service('stranger', 'ssf.read ssf.manage'),
    service('reader', 'ssf.read'),
    service('responder', 'incidents.read incidents.manage'),
    { ...service('inspector', 'incidents.read'), tandem_introspection: true },
  ],
  device_authorization: { interval: 1 },
  ssf: { enabled: true, min_verification_interval: 0, default_subjects: 'NONE' },
  outgoing: { allow_private: ['127.0.0.0/8'] },
  rate_limits: { sign_in_account: 'off', sign_in_address: 'off' },
}

let server
let receiver
let metadata
before(async () => {
  receiver = await startReceiver({ reply: status(202) })
  server = await startConfigured(CONFIGURATION)
  metadata = await discovered()
})
after(() => Promise.all([server?.stop(), receiver?.stop()]))

const discovered = async () => (await fetchRaw(`${server.issuer}/.well-known/ssf-configuration`)).json()

async function token(client, scope) {
  const answer = await postForm(`${server.issuer}/token`, { grant_type: 'client_credentials', scope }, basic(client, SECRET))
  assert.equal(answer.status, 200, answer.text)
  return answer.json().access_token
}

/** Calls an endpoint as a client. */
async function call(method, url, body, { client = 'watcher', scope = 'ssf.manage' } = {}) {
  const headers = { Authorization: `Bearer ${await token(client, scope)}`, ...(body && { 'Content-Type': 'application/json' }) }
  return fetchRaw(url, { method, headers, body: body && JSON.stringify(body) })
}

async function stream(delivery, events_requested = EVENTS) {
  const answer = await call('POST', metadata.configuration_endpoint, { delivery, events_requested })
  assert.equal(answer.status, 201, answer.text)
  return answer.json()
}

const pushTo = (path) => stream({ method: PUSH, endpoint_url: `${receiver.url}${path}`, authorization_header: HEADER })
const poll = async ({ delivery }, body) => {
  const answer = await call('POST', delivery.endpoint_url, { returnImmediately: true, ...body }, { scope: 'ssf.read' })
  assert.equal(answer.status, 200, answer.text)
  return answer.json()
}
const verify = (stream_id, state) => call('POST', metadata.verification_endpoint, { stream_id, state })
const aboutPerson = (sub) => ({ format: 'iss_sub', iss: server.issuer, sub })
/** Wants to hear of a person, as a receiver knows them. */
async function follow(streams, subject) {
  for (const { stream_id } of streams) {
    const answer = await call('POST', metadata.add_subject_endpoint, { stream_id, subject })
    assert.deepEqual([answer.status, answer.text], [200, ''])
  }
}
const remove = ({ stream_id }) => call('DELETE', `${metadata.configuration_endpoint}?stream_id=${stream_id}`)

/** Checks a token as a receiver must, and gives its claims and its one event. */
async function check(set, audience) {
  const keys = createLocalJWKSet((await fetchRaw(metadata.jwks_uri)).json())
  const { payload, protectedHeader } = await jwtVerify(`${set}`, keys, {
    issuer: metadata.issuer,
    audience,
    typ: 'secevent+jwt',
    requiredClaims: ['jti', 'iat', 'sub_id', 'events'],
  })
  assert.ok(protectedHeader.kid)
  assert.equal(payload.sub, undefined)
  assert.equal(payload.exp, undefined)
  const events = Object.entries(payload.events)
  assert.equal(events.length, 1)
  const [[type, event]] = events
  if (type.startsWith(CAEP)) {
    assert.ok(Number.isInteger(event.event_timestamp))
    assert.ok(event.reason_admin.en)
    assert.ok(['admin', 'user', 'policy', 'system'].includes(event.initiating_entity))
  }
  return { ...payload, type, event }
}

const pushed = (path, type) => ({ path: called, headers, body }) =>
  called === path && headers['content-type'] === 'application/secevent+jwt' && Boolean(decodeJwt(`${body}`).events[type])

/** Signs a person in on the television. */
async function signIn(person) {
  const begun = await postForm(`${server.issuer}/device_authorization`, { client_id: 'tv', scope: 'openid offline_access' })
  const { device_code, user_code } = begun.json()
  await new Person(server.issuer, person).answer(user_code, 'allow')
  const tokens = await postForm(`${server.issuer}/token`, { grant_type: DEVICE, client_id: 'tv', device_code })
  assert.equal(tokens.status, 200, tokens.text)
  return tokens.json()
}

const introspect = async (presented) =>
  (await postForm(`${server.issuer}/introspect`, { token: presented }, basic('inspector', SECRET))).json()
const refresh = (refresh_token) => postForm(`${server.issuer}/token`, { grant_type: 'refresh_token', client_id: 'tv', refresh_token })
const contain = async (sub) => {
  const body = { target: { kind: 'person', id: sub }, reason: 'Found by the security team.', contain: true }
  const answer = await call('POST', `${server.issuer}/admin/v1/incidents`, body, { client: 'responder', scope: 'incidents.manage' })
  assert.equal(answer.status, 201, answer.text)
  return answer.json()
}

test('the metadata say what CAEP Interop wants', () => {
  assert.equal(metadata.issuer, server.issuer)
  assert.equal(metadata.spec_version, '1_0')
  assert.deepEqual([...metadata.delivery_methods_supported].sort(), [PUSH, POLL])
  assert.ok(metadata.authorization_schemes.some(({ spec_urn }) => spec_urn === 'urn:ietf:rfc:6749'))
  for (const name of ['jwks_uri', 'configuration_endpoint', 'status_endpoint', 'verification_endpoint', 'add_subject_endpoint', 'remove_subject_endpoint']) {
    assert.ok(metadata[name].startsWith(server.issuer), name)
  }
})

test('a stream is its receiver’s alone', async () => {
  const { stream_id } = await pushTo('/mine')
  const address = `${metadata.configuration_endpoint}?stream_id=${stream_id}`
  assert.equal((await call('GET', address)).status, 200)
  assert.equal((await call('GET', address, undefined, { client: 'stranger' })).status, 404)
  assert.equal((await call('DELETE', address, undefined, { client: 'stranger' })).status, 404)
  assert.equal((await call('DELETE', address, undefined, { client: 'reader', scope: 'ssf.read' })).status, 403)
  assert.equal((await fetchRaw(address)).status, 401)
  assert.equal((await call('DELETE', address)).status, 204)
})

test('a stream is verified by push and by poll', async () => {
  const [push, pull] = [await pushTo('/verified'), await stream({ method: POLL })]
  for (const { stream_id } of [push, pull]) assert.equal((await verify(stream_id, `state of ${stream_id}`)).status, 204)
  const [heard] = await receiver.wait(1, pushed('/verified', VERIFICATION))
  assert.equal(heard.headers.authorization, HEADER)
  const { sets } = await poll(pull, {})
  for (const [set, { stream_id, aud }] of [[heard.body, push], [Object.values(sets)[0], pull]]) {
    const { sub_id, event, iss } = await check(set, aud)
    assert.equal(iss, server.issuer)
    assert.deepEqual(sub_id, { format: 'opaque', id: stream_id })
    assert.equal(event.state, `state of ${stream_id}`)
  }
  await Promise.all([push, pull].map(remove))
})

test('containment ends everything at once, and both streams hear of it', async () => {
  const [push, pull] = [await pushTo('/contained'), await stream({ method: POLL })]
  const { access_token, refresh_token, id_token } = await signIn(ALICE)
  const { sub } = decodeJwt(id_token)
  await follow([push, pull], aboutPerson(sub))
  assert.equal((await introspect(access_token)).active, true)
  const incident = await contain(sub)
  assert.equal(incident.state, 'contained', JSON.stringify(incident))
  assert.deepEqual(await introspect(access_token), { active: false })
  assert.equal((await refresh(refresh_token)).json().error, 'invalid_grant')

  const type = `${CAEP}session-revoked`
  // The sign-in on the television has ended, and those of the person on the server's own pages.
  const heard = await receiver.wait(2, pushed('/contained', type))
  const { sets, moreAvailable } = await poll(pull, { maxEvents: 100 })
  assert.equal(moreAvailable, false)
  const polled = await Promise.all(Object.values(sets).map((set) => check(set, pull.aud)))
  const session = decodeJwt(access_token).jti
  const byPush = await Promise.all(heard.map(({ body }) => check(body, push.aud)))
  for (const revoked of [byPush, polled.filter((each) => each.type === type)]) {
    assert.equal(revoked.length, 2)
    for (const { sub_id } of revoked) assert.deepEqual(sub_id.user ?? sub_id, aboutPerson(sub))
    const sessions = revoked.map(({ sub_id }) => sub_id.session?.id)
    assert.ok(sessions.includes(session.split('.')[0]), `${sessions} and ${session}`)
    assert.equal(new Set(revoked.map(({ txn }) => txn)).size, 1, 'one incident, one transaction')
  }
  assert.ok(polled.some((each) => each.type === `${CAEP}token-claims-change` && each.event.claims.scope === ''))
  // What is not acknowledged comes again, the same; what is, does not.
  const again = await poll(pull, { maxEvents: 100 })
  assert.deepEqual(Object.keys(again.sets), Object.keys(sets))
  const ack = Object.keys(sets)
  assert.deepEqual((await poll(pull, { ack })).sets, {})
  assert.deepEqual((await poll(pull, { ack })).sets, {}, 'to acknowledge twice is no mistake')
  await Promise.all([push, pull].map(remove))
})

test('a stream hears of those who were added, by whatever name they are known, and of nobody else', async () => {
  const [added, byMail, removed, other] = [await stream({ method: POLL }), await stream({ method: POLL }), await stream({ method: POLL }), await stream({ method: POLL })]
  const { id_token } = await signIn(ALICE)
  const { sub } = decodeJwt(id_token)
  await follow([added, removed], aboutPerson(sub))
  await follow([byMail], { format: 'email', email: 'alice@example.com' })
  // Whether there is such a person is nobody's business.
  await follow([other], aboutPerson('nobody'))
  await follow([other], { format: 'email', email: 'nobody@example.com' })
  const gone = await call('POST', metadata.remove_subject_endpoint, { stream_id: removed.stream_id, subject: aboutPerson(sub) })
  assert.equal(gone.status, 204)
  await contain(sub)
  const heard = async (pull) => Object.values((await poll(pull, { maxEvents: 100 })).sets).map((set) => decodeJwt(set))
  assert.ok((await heard(added)).length > 0)
  const named = await heard(byMail)
  assert.ok(named.length > 0)
  for (const { sub_id } of named) assert.deepEqual(sub_id.user ?? sub_id, { format: 'email', email: 'alice@example.com' })
  assert.deepEqual(await heard(removed), [])
  assert.deepEqual(await heard(other), [])
  await Promise.all([added, byMail, removed, other].map(remove))
})

test('nothing is lost while the receiver is down and the server is killed, and nothing comes twice', async () => {
  const [push, pull] = [await pushTo('/troubled'), await stream({ method: POLL })]
  const { id_token } = await signIn(BOB)
  const { sub } = decodeJwt(id_token)
  await follow([push, pull], aboutPerson(sub))
  await receiver.stop()
  await contain(sub)
  await server.crash()
  receiver.reply = hold
  await receiver.start()
  server = await startConfigured(CONFIGURATION, { before: server })
  metadata = await discovered()
  // Taken, and not yet answered, when the server is killed again.
  await receiver.wait(1, pushed('/troubled', `${CAEP}session-revoked`))
  await server.crash()
  receiver.reply = status(202)
  const before = receiver.calls.length
  server = await startConfigured(CONFIGURATION, { before: server })
  const accepted = () => receiver.calls.slice(before).filter(({ path }) => path === '/troubled')
  await receiver.wait(1, (heard) => accepted().includes(heard) && pushed('/troubled', `${CAEP}session-revoked`)(heard))
  // A verification comes behind everything else of the stream.
  assert.equal((await verify(push.stream_id, 'fence')).status, 204)
  await receiver.wait(1, (heard) => accepted().includes(heard) && pushed('/troubled', VERIFICATION)(heard))
  const { sets } = await poll(pull, { maxEvents: 100 })
  const jtis = accepted().map(({ body }) => decodeJwt(`${body}`).jti)
  assert.equal(new Set(jtis).size, jtis.length, 'each was accepted once')
  const types = (claims) => claims.map(({ events }) => Object.keys(events)[0]).filter((type) => type !== VERIFICATION).sort()
  assert.deepEqual(types(accepted().map(({ body }) => decodeJwt(`${body}`))), types(Object.values(sets).map((set) => decodeJwt(set))))
  // And after another kill nothing of it comes back.
  await server.crash()
  const quiet = receiver.calls.length
  server = await startConfigured(CONFIGURATION, { before: server })
  assert.equal((await verify(push.stream_id, 'second fence')).status, 204)
  await receiver.wait(1, (heard) => receiver.calls.indexOf(heard) >= quiet && pushed('/troubled', VERIFICATION)(heard))
  const late = receiver.calls.slice(quiet).filter(({ path }) => path === '/troubled').map(({ body }) => decodeJwt(`${body}`))
  assert.deepEqual(late.map(({ events }) => Object.keys(events)[0]), [VERIFICATION])
})

test('every token is signed with RS256 where there is such a key', async () => {
  const signed = receiver.calls.filter(({ headers }) => headers['content-type'] === 'application/secevent+jwt')
  const algorithms = new Set(signed.map(({ body }) => decodeProtectedHeader(`${body}`).alg))
  assert.deepEqual([...algorithms], ['RS256'])
})
