// Does openid-client, a certified relying party library, get through CIBA by poll, and do callbacks arrive as specified?
import assert from 'node:assert/strict'
import { createHash, randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { SignJWT, calculateJwkThumbprint, createRemoteJWKSet, decodeJwt, exportJWK, generateKeyPair, jwtVerify } from 'jose'
import * as client from 'openid-client'
import { CIBA, SECRET, answerRequest, ask, asker, bindingMessage, collect, inboxOf, openRequest, settings } from './lib/ciba.mjs'
import { basic, postForm } from './lib/http.mjs'
import { Person } from './lib/person.mjs'
import { hold, redirect, startReceiver, status } from './lib/receiver.mjs'
import { ALICE, BOB, SCOPE, startConfigured } from './lib/server.mjs'

const HINTS = 'https://hints.example.com'
const PAYMENT = [{ type: 'payment', amount: 'EUR 45.00', payee: 'Example Bank' }]
const NOTIFICATION_TOKEN = '8d67dc78-7faa-4d41-aabd-67707b374255'

let server
let receiver
let elsewhere
let trap
let publisher
let keys
let hintKeys

before(async () => {
  // Another host: calls to one host wait for each other.
  const far = startReceiver({ host: '127.0.0.2', reply: hold })
  ;[receiver, elsewhere, trap, publisher, keys, hintKeys] = await Promise.all([
    startReceiver(), far, startReceiver(), startReceiver(), keyPair(), keyPair(),
  ])
  publisher.reply = status(200, { 'Content-Type': 'application/jwk-set+json' }, JSON.stringify({ keys: [keys.jwk] }))
  server = await startConfigured(configuration)
})
after(() => Promise.all([server, receiver, elsewhere, trap, publisher].map((one) => one?.stop())))

async function keyPair() {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
  const jwk = { ...(await exportJWK(publicKey)), alg: 'ES256' }
  return { privateKey, jwk: { ...jwk, kid: await calculateJwkThumbprint(jwk) } }
}

const CALLED = ['shop', 'bank', 'redirected', 'unauthorized', 'wrong', 'failing', 'wordy', 'silent', 'later']

function configuration() {
  const signs = {
    token_endpoint_auth_method: 'private_key_jwt',
    client_secret: undefined,
    jwks: { keys: [keys.jwk] },
  }
  const called = (name, mode) =>
    asker(name, {
      backchannel_token_delivery_mode: mode,
      backchannel_client_notification_endpoint: `${(name === 'silent' ? elsewhere : receiver).url}/${name}`,
      ...(mode === 'push' ? { grant_types: ['refresh_token'] } : {}),
    })
  return settings(
    [
      asker('till', { authorization_details_types: ['payment'] }),
      asker('counter'),
      asker('denied'),
      asker('patient', { tandem_long_polling: 30 }),
      asker('inspector', { tandem_introspection: true }),
      asker('signer', signs),
      asker('publisher', { ...signs, jwks: undefined, jwks_uri: `${publisher.url}/jwks.json` }),
      asker('strict', { ...signs, backchannel_authentication_request_signing_alg: 'ES256' }),
      asker('fapi', { ...signs, tandem_profile: 'fapi_ciba', backchannel_authentication_request_signing_alg: 'ES256', dpop_bound_access_tokens: true }),
      asker('helpdesk', { backchannel_user_code_parameter: true }),
      asker('discreet', { tandem_user_hints: 'conceal' }),
      ...CALLED.map((name) => called(name, name === 'bank' ? 'push' : 'ping')),
      called('pusher', 'push'),
    ],
    {
      authorization_details: { payment: { en: 'Pay {amount} to {payee}', ja: '{payee} に {amount} を支払う' } },
      login_hint_token_issuers: [{ issuer: HINTS, jwks: { keys: [hintKeys.jwk] }, subject: 'username' }],
    },
  )
}

const configure = (id, authentication = client.ClientSecretBasic(SECRET), { issuer } = server) => {
  const execute = [client.allowInsecureRequests, client.enableNonRepudiationChecks]
  return client.discovery(new URL(issuer), id, undefined, authentication, { execute })
}
const withKey = () => client.PrivateKeyJwt({ key: keys.privateKey, kid: keys.jwk.kid })
const person = (who = ALICE, { issuer } = server) => new Person(issuer, who)
const initiate = async (config, fields = {}) => {
  const wish = { scope: SCOPE, login_hint: 'alice', binding_message: bindingMessage(), ...fields }
  const wanted = Object.fromEntries(Object.entries(wish).filter(([, value]) => value !== undefined))
  const asked = await client.initiateBackchannelAuthentication(config, wanted)
  return { ...asked, binding_message: wish.binding_message }
}
/** Longer than any request lives, so that the server says that it is over, and not the library. */
const patience = () => ({ signal: AbortSignal.timeout(60_000) })
const poll = (config, asked, options) => client.pollBackchannelAuthenticationGrant(config, asked, undefined, { ...patience(), ...options })

const refused = (error, code = 400) => (found) => {
  assert.equal(found.error, error, `${found}`)
  assert.equal(found.status, code)
  return true
}

test('discovery says what there is', async () => {
  const metadata = (await configure('till')).serverMetadata()
  assert.equal(metadata.backchannel_authentication_endpoint, `${server.issuer}/backchannel_authentication`)
  assert.deepEqual(metadata.backchannel_token_delivery_modes_supported, ['poll', 'ping', 'push'])
  assert.ok(metadata.backchannel_authentication_request_signing_alg_values_supported.includes('ES256'))
  assert.ok(metadata.grant_types_supported.includes(CIBA))
})

test('poll with client_secret_basic: the person sees what is asked, and the tokens are good', async () => {
  const config = await configure('till')
  const asked = await initiate(config, { authorization_details: JSON.stringify(PAYMENT) })
  assert.equal(asked.interval, 1)
  const alice = person()
  const { page } = await openRequest(alice, asked.binding_message)
  for (const words of ['Pay EUR 45.00 to Example Bank', 'The till']) assert.ok(page.words.includes(words), `${words}: ${page.words}`)
  await answerRequest(alice, asked.binding_message, 'allow')
  const tokens = await poll(config, asked)
  assert.equal(tokens.token_type, 'bearer')
  const claims = tokens.claims()
  assert.equal(claims.iss, server.issuer)
  assert.deepEqual([claims.aud].flat(), ['till'])
  assert.equal((await client.fetchUserInfo(config, tokens.access_token, claims.sub)).preferred_username, 'alice')
  assert.deepEqual(tokens.authorization_details, PAYMENT)
  assert.deepEqual(decodeJwt(tokens.access_token).authorization_details, PAYMENT)
  const live = await client.tokenIntrospection(await configure('inspector'), tokens.access_token)
  assert.deepEqual([live.active, live.client_id, live.sub], [true, 'till', claims.sub])
  const next = await client.refreshTokenGrant(config, tokens.refresh_token)
  assert.notEqual(next.refresh_token, tokens.refresh_token)
  await assert.rejects(poll(config, asked), refused('invalid_grant'), 'the second time')
})

test('poll with private_key_jwt', async () => {
  const config = await configure('signer', withKey())
  const asked = await initiate(config)
  await answerRequest(person(), asked.binding_message, 'allow')
  assert.ok((await poll(config, asked)).claims().sub)
})

test('poll with private_key_jwt and keys that the client publishes', async () => {
  const config = await configure('publisher', withKey())
  const asked = await initiate(config)
  await answerRequest(person(), asked.binding_message, 'allow')
  assert.ok((await poll(config, asked)).claims().sub)
  const looks = await publisher.wait(1)
  assert.deepEqual([looks.length, looks[0].method, looks[0].path], [1, 'GET', '/jwks.json'])
})

test('a poll that waits is answered when the person answers', async () => {
  const config = await configure('patient')
  const asked = await initiate(config)
  const tokens = poll(config, asked)
  await answerRequest(person(), asked.binding_message, 'allow')
  assert.ok((await tokens).access_token)
})

async function signed(claims = {}, { key = keys.privateKey, issuer = 'strict' } = {}) {
  const binding_message = bindingMessage()
  const asks = { scope: SCOPE, login_hint: 'alice', binding_message, jti: randomUUID(), ...claims }
  const jwt = new SignJWT(asks).setProtectedHeader({ alg: 'ES256', kid: keys.jwk.kid, typ: 'oauth-authz-req+jwt' })
  jwt.setIssuer(issuer).setAudience(claims.aud ?? server.issuer).setIssuedAt().setNotBefore('0s').setExpirationTime(claims.exp ?? '5m')
  return { binding_message, request: await jwt.sign(key) }
}

test('a request signed with jose is taken once; unsigned, changed, foreign and old ones are not', async () => {
  const config = await configure('strict', withKey())
  const send = (parameters) => client.initiateBackchannelAuthentication(config, parameters)
  const { request, binding_message } = await signed()
  const asked = await send({ request })
  await assert.rejects(send({ request }), refused('invalid_request'), 'a second time')
  await answerRequest(person(), binding_message, 'allow')
  assert.ok((await poll(config, asked)).access_token)

  await assert.rejects(send({ scope: SCOPE, login_hint: 'alice' }), refused('invalid_request'), 'unsigned')
  const fresh = async (...how) => (await signed(...how)).request
  const beside = { request: await fresh(), binding_message: 'Other words' }
  await assert.rejects(send(beside), refused('invalid_request'), 'a parameter beside it')
  const foreign = await fresh({}, { key: hintKeys.privateKey })
  await assert.rejects(send({ request: foreign }), refused('invalid_request'), 'signed by somebody else')
  await assert.rejects(send({ request: await fresh({ aud: 'https://elsewhere.example' }) }), refused('invalid_request'), 'for somebody else')
  await assert.rejects(send({ request: await fresh({ exp: '-5m' }) }), refused('invalid_request'), 'old')
  const [head, , signature] = (await fresh()).split('.')
  const changed = Buffer.from(JSON.stringify({ ...decodeJwt(await fresh()), login_hint: 'bob' })).toString('base64url')
  await assert.rejects(send({ request: [head, changed, signature].join('.') }), refused('invalid_request'), 'changed')
})

for (const nonce of ['optional', 'required']) {
  test(`DPoP with nonces ${nonce}: bound at the poll, at userinfo and at refresh`, async (t) => {
    const own = await startConfigured(settings([asker('till')], { dpop: { nonce } }))
    t.after(() => own.stop())
    const config = await configure('till', undefined, own)
    const pair = await client.randomDPoPKeyPair('ES256', { extractable: true })
    const DPoP = client.getDPoPHandle(config, pair)
    const asked = await initiate(config)
    await answerRequest(person(ALICE, own), asked.binding_message, 'allow')
    const tokens = await poll(config, asked, { DPoP })
    assert.equal(tokens.token_type, 'dpop')
    const thumbprint = await calculateJwkThumbprint(await exportJWK(pair.publicKey))
    assert.equal(decodeJwt(tokens.access_token).cnf.jkt, thumbprint)
    const { sub } = tokens.claims()
    assert.equal((await client.fetchUserInfo(config, tokens.access_token, sub, { DPoP })).sub, sub)
    await assert.rejects(client.fetchUserInfo(config, tokens.access_token, sub), 'as a bearer token')
    const next = await client.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP })
    assert.equal(decodeJwt(next.access_token).cnf.jkt, thumbprint)
  })
}

test('FAPI-CIBA: nothing unsigned, nothing by a shared secret, nothing that is not bound', async () => {
  const config = await configure('fapi', withKey())
  const send = (parameters) => client.initiateBackchannelAuthentication(config, parameters)
  await assert.rejects(send({ scope: SCOPE, login_hint: 'alice', binding_message: bindingMessage() }), refused('invalid_request'), 'unsigned')
  const bare = await signed({ binding_message: undefined }, { issuer: 'fapi' })
  await assert.rejects(send({ request: bare.request }), refused('invalid_request'), 'without a word of its transaction')
  const { request, binding_message } = await signed({}, { issuer: 'fapi' })
  const asked = await send({ request })
  await answerRequest(person(), binding_message, 'allow')
  await assert.rejects(poll(config, asked), (error) => error.status === 400, 'tokens for a bearer')
  const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256'))
  const tokens = await poll(config, asked, { DPoP })
  assert.equal(tokens.token_type, 'dpop')
  const impostor = await configure('fapi')
  await assert.rejects(client.initiateBackchannelAuthentication(impostor, { request }), (error) => (error.status ?? error.response?.status) === 401)
})

test('who has a user code must have given it to the client', async () => {
  const bob = person(BOB)
  await bob.signIn('/account/devices')
  const set = { change: 'save', user_code: 'blue-heron', password: BOB.password }
  await bob.submit(await bob.visit('/account/devices'), '/account/devices/user-code', set)
  const config = await configure('helpdesk')
  const send = (user_code) => initiate(config, { login_hint: 'bob', user_code })
  await assert.rejects(send(undefined), refused('missing_user_code'))
  await assert.rejects(send('red-heron'), refused('invalid_user_code'))
  const asked = await send('blue-heron')
  await answerRequest(bob, asked.binding_message, 'allow')
  assert.ok((await poll(config, asked)).access_token)
})

test('a client that may not learn who exists learns nothing: nobody looks like somebody who does not answer', async () => {
  const config = await configure('discreet')
  const [nobody, somebody] = [await initiate(config, { login_hint: 'nobody-of-this-name', requested_expiry: '5' }), await initiate(config, { requested_expiry: '5' })]
  const shape = ({ auth_req_id, binding_message, ...rest }) => [auth_req_id.length, binding_message.length, rest]
  assert.deepEqual(shape(nobody), shape(somebody))
  const ends = await Promise.allSettled([poll(config, nobody), poll(config, somebody)])
  assert.deepEqual(ends.map(({ reason }) => reason.error), ['expired_token', 'expired_token'])
})

test('a no, a report and silence surface as the errors that they are', async () => {
  const config = await configure('denied')
  for (const decision of ['deny', 'report']) {
    const asked = await initiate(config, { login_hint: decision === 'deny' ? 'alice' : 'bob' })
    await answerRequest(person(decision === 'deny' ? ALICE : BOB), asked.binding_message, decision)
    await assert.rejects(poll(config, asked), refused('access_denied'))
    await assert.rejects(poll(config, asked), refused('access_denied'), 'still')
  }
  const counter = await configure('counter')
  const asked = await initiate(counter, { requested_expiry: '5' })
  assert.equal(asked.expires_in, 5)
  const { path, page } = await openRequest(person(), asked.binding_message)
  await assert.rejects(poll(counter, asked), refused('expired_token'))
  const alice = person()
  assert.deepEqual(await inboxOf(alice, asked.binding_message), [])
  const { csrf, crossing } = page.form(path).fields
  const late = await alice.visit(path, { csrf, crossing, decision: 'allow' })
  assert.notEqual(late.status, 200, 'a late yes')
  await assert.rejects(poll(counter, asked), refused('expired_token'))
})

test('people are named by an earlier ID token, or by whom the server trusts', async () => {
  const config = await configure('till')
  const first = await initiate(config, { login_hint: 'bob' })
  await answerRequest(person(BOB), first.binding_message, 'allow')
  const tokens = await poll(config, first)
  const again = await initiate(config, { login_hint: undefined, id_token_hint: tokens.id_token })
  await answerRequest(person(BOB), again.binding_message, 'allow')
  assert.equal((await poll(config, again)).claims().sub, tokens.claims().sub)

  const note = (issuer, subject) =>
    new SignJWT({ sub_id: { format: 'opaque', id: subject } })
      .setProtectedHeader({ alg: 'ES256', kid: hintKeys.jwk.kid })
      .setIssuer(issuer).setAudience(server.issuer).setIssuedAt().setExpirationTime('2m').sign(hintKeys.privateKey)
  const named = await initiate(config, { login_hint: undefined, login_hint_token: await note(HINTS, 'alice') })
  assert.equal((await inboxOf(person(), named.binding_message)).length, 1)
  const stranger = { login_hint: undefined, login_hint_token: await note('https://stranger.example', 'alice') }
  await assert.rejects(initiate(config, stranger), refused('invalid_request'))
})

test('what must be refused is refused, in the words of the specification', async () => {
  const config = await configure('till')
  await assert.rejects(initiate(config, { login_hint: 'nobody-of-this-name' }), refused('unknown_user_id'))
  await assert.rejects(initiate(config, { login_hint: undefined }), refused('invalid_request'))
  await assert.rejects(initiate(config, { id_token_hint: 'a.b.c' }), refused('invalid_request'), 'two hints')
  await assert.rejects(initiate(config, { scope: 'profile' }), refused('invalid_scope'))
  for (const binding_message of ['x'.repeat(200), 'a\r\nBcc: victim@example.com', 'a\u202eb', '\u{1f600}']) {
    await assert.rejects(initiate(config, { binding_message }), refused('invalid_binding_message'), binding_message)
  }
  const impostor = await configure('till', client.ClientSecretBasic('wrong'))
  await assert.rejects(initiate(impostor), (error) => (error.status ?? error.response?.status) === 401)
  await assert.rejects(initiate(await configure('till', client.None())), refused('invalid_client', 401))
  // Whoever finds out another client's auth_req_id gets nothing, and takes nothing away.
  const asked = await initiate(config)
  await answerRequest(person(), asked.binding_message, 'allow')
  await assert.rejects(poll(await configure('counter'), asked), refused('invalid_grant'))
  assert.ok((await poll(config, asked)).access_token)
})

test('nobody answers for somebody else', async () => {
  const asked = await ask(server, 'till', { person: 'alice' })
  const { path, page } = await openRequest(person(), asked.binding_message)
  const bob = person(BOB)
  assert.deepEqual(await inboxOf(bob, asked.binding_message), [])
  const seen = await bob.visit(path)
  assert.ok(!seen.words.includes(asked.binding_message))
  assert.equal(seen.form(path), null)
  const { csrf, crossing } = page.form(path).fields
  assert.notEqual((await bob.visit(path, { csrf, crossing, decision: 'allow' })).status, 200)
  assert.equal((await collect(server, 'till', asked)).json().error, 'authorization_pending')
})

const callsOf = (name, { auth_req_id }) => (call) => call.path === `/${name}` && call.json().auth_req_id === auth_req_id
const called = async (name, asked, count = 1) => receiver.wait(count, callsOf(name, asked))
const askWithToken = (name, fields = {}) => ask(server, name, { client_notification_token: NOTIFICATION_TOKEN, ...fields })

function assertCall({ method, headers }) {
  assert.equal(method, 'POST')
  assert.equal(headers.authorization, `Bearer ${NOTIFICATION_TOKEN}`)
  assert.match(headers['content-type'], /^application\/json\b/)
}

test('ping: the client is told of a yes and of a no with the same words, and collects', async () => {
  const config = await configure('shop')
  for (const [who, decision] of [[ALICE, 'allow'], [BOB, 'deny']]) {
    const asked = await initiate(config, { login_hint: who.username, client_notification_token: NOTIFICATION_TOKEN })
    await answerRequest(person(who), asked.binding_message, decision)
    const [call] = await called('shop', asked)
    assertCall(call)
    assert.deepEqual(call.json(), { auth_req_id: asked.auth_req_id })
    if (decision === 'allow') assert.ok((await poll(config, asked)).access_token)
    else await assert.rejects(poll(config, asked), refused('access_denied'))
  }
  await assert.rejects(initiate(config), refused('invalid_request'), 'without a notification token')
})

test('push: tokens and an ID token that binds them to the request', async () => {
  const asked = await askWithToken('bank')
  assert.equal(asked.interval, undefined)
  await answerRequest(person(), asked.binding_message, 'allow')
  const [call] = await called('bank', asked)
  assertCall(call)
  const pushed = call.json()
  const config = await configure('bank')
  const found = await jwtVerify(pushed.id_token, createRemoteJWKSet(new URL(config.serverMetadata().jwks_uri)), {
    issuer: server.issuer,
    audience: 'bank',
    requiredClaims: ['sub', 'iat', 'exp', 'at_hash'],
  })
  const half = (text) => createHash('sha256').update(text).digest().subarray(0, 16).toString('base64url')
  assert.equal(found.protectedHeader.alg, 'ES256')
  assert.equal(found.payload['urn:openid:params:jwt:claim:auth_req_id'], asked.auth_req_id)
  assert.equal(found.payload.at_hash, half(pushed.access_token))
  assert.equal(found.payload['urn:openid:params:jwt:claim:rt_hash'], half(pushed.refresh_token))
  assert.equal((await client.fetchUserInfo(config, pushed.access_token, found.payload.sub)).preferred_username, 'alice')
  assert.ok((await client.refreshTokenGrant(config, pushed.refresh_token)).access_token)
  const collected = await collect(server, 'bank', asked)
  assert.equal(collected.json().error, 'unauthorized_client', 'whoever is pushed to does not poll')
})

test('push: a no is an error in the body, without tokens', async () => {
  const asked = await askWithToken('bank', { person: 'bob' })
  await answerRequest(person(BOB), asked.binding_message, 'deny')
  const [call] = await called('bank', asked)
  assertCall(call)
  const { error_description: _, ...rest } = call.json()
  assert.deepEqual(rest, { auth_req_id: asked.auth_req_id, error: 'access_denied' })
})

/** Asks, makes the receiver behave so, and has the person say yes. */
async function misbehave(name, reply) {
  behaviours.set(name, reply)
  receiver.reply = (answer, call) => (behaviours.get(call.path.slice(1)) ?? status(204))(answer, call)
  const asked = await askWithToken(name)
  await answerRequest(person(), asked.binding_message, 'allow')
  return asked
}
const behaviours = new Map()

test('a receiver that redirects, refuses, babbles, fails or is silent is not followed, flooded or waited for', async () => {
  const redirected = await misbehave('redirected', redirect(301, `${trap.url}/elsewhere`))
  const unauthorized = await misbehave('unauthorized', status(401))
  const wrong = await misbehave('wrong', status(400, { 'Content-Type': 'application/json' }, '{"error":"invalid_request"}'))
  const wordy = await misbehave('wordy', status(200, {}, 'x'.repeat(4 * 1024 * 1024)))
  const later = await misbehave('later', status(503, { 'Retry-After': '4' }))
  const failing = await misbehave('failing', status(500))
  const once = { redirected, unauthorized, wrong, wordy }
  for (const [name, asked] of Object.entries(once)) await called(name, asked)

  // Those that may pass are tried again, ever more slowly, with the same words.
  const tries = await called('failing', failing, 4)
  const gaps = tries.slice(1).map(({ at }, index) => at - tries[index].at)
  for (const [index, gap] of gaps.entries()) assert.ok(gap >= 900 * 2 ** index, `tried again after ${gap} ms`)
  for (const { body, headers } of tries) {
    assert.deepEqual(body, tries[0].body)
    assert.equal(headers.authorization, `Bearer ${NOTIFICATION_TOKEN}`)
  }
  const [first, second] = await called('later', later, 2)
  assert.ok(second.at - first.at >= 3_900, `Retry-After was 4 s, it waited for ${second.at - first.at} ms`)
  behaviours.set('failing', status(204))
  behaviours.set('later', status(204))
  await called('failing', failing, 5)

  // That took many seconds. Whoever accepted or refused was not called again, and nobody was led elsewhere.
  for (const [name, asked] of Object.entries(once)) assert.equal(receiver.calls.filter(callsOf(name, asked)).length, 1, name)
  assert.equal(trap.calls.length, 0, 'a redirect was followed')
  // A client that was not told can still ask.
  for (const [name, asked] of Object.entries({ redirected, unauthorized, wrong, failing })) {
    assert.equal((await collect(server, name, asked)).status, 200, name)
  }
})

test('a receiver that never answers holds up nobody else', async () => {
  const yes = async (name) => {
    const asked = await askWithToken(name)
    await answerRequest(person(), asked.binding_message, 'allow')
    return asked
  }
  const silent = await yes('silent')
  const [held] = await elsewhere.wait(1, callsOf('silent', silent))
  // More than one client may keep waiting.
  for (let more = 0; more < 12; more += 1) await yes('silent')
  const asked = await yes('shop')
  const answered = Date.now()
  const [call] = await called('shop', asked)
  assert.ok(call.at - answered < 3_000, `somebody else's callback left ${call.at - answered} ms after the answer`)
  const [, again] = await elsewhere.wait(2, callsOf('silent', silent))
  assert.ok(again.at - held.at >= 9_000, 'it was given time')
})

test('a pushed answer is tried again with the same tokens, and ends when it is accepted', async () => {
  const asked = await misbehave('pusher', status(500))
  await called('pusher', asked, 2)
  behaviours.delete('pusher')
  const calls = await called('pusher', asked, 3)
  const subjects = calls.map((call) => decodeJwt(call.json().id_token))
  for (const claims of subjects) assert.equal(claims['urn:openid:params:jwt:claim:auth_req_id'], asked.auth_req_id)
  const last = calls.at(-1).json()
  const config = await configure('pusher')
  assert.ok((await client.refreshTokenGrant(config, last.refresh_token)).access_token, 'what was accepted last is good')
  const settled = await askWithToken('shop')
  await answerRequest(person(), settled.binding_message, 'allow')
  await called('shop', settled)
  assert.equal(receiver.calls.filter(callsOf('pusher', asked)).length, 3)
})

test('the ask endpoint takes POST alone, and no secrets come back', async () => {
  const wrong = await fetch(`${server.issuer}/backchannel_authentication`)
  assert.equal(wrong.status, 405)
  const answer = await postForm(`${server.issuer}/backchannel_authentication`, { scope: 'openid', login_hint: 'alice' }, basic('till', SECRET))
  assert.match(answer.headers['cache-control'], /no-store/)
  assert.deepEqual(Object.keys(answer.json()).sort(), ['auth_req_id', 'expires_in', 'interval'])
})
