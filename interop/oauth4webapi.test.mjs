// What happens to requests that are malformed, too early, too often or somebody else's? Judged by oauth4webapi and jose.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose'
import * as oauth from 'oauth4webapi'
import { FORM, basic, fetchRaw, postForm } from './lib/http.mjs'
import { Person } from './lib/person.mjs'
import { ALICE, BOB, KIOSK, KIOSK_SECRET, SCOPE, TV, startServer } from './lib/server.mjs'

const INSECURE = { [oauth.allowInsecureRequests]: true }
const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code'
const tv = { client_id: TV }
const kiosk = basic(KIOSK, KIOSK_SECRET)

let server
let as
before(async () => {
  server = await startServer()
  const issuer = new URL(server.issuer)
  as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...INSECURE }))
})
after(() => server?.stop())

/** An OAuth error of RFC 6749 section 5.2: status, code, form, and never to be cached. */
function assertRefused(answer, error, statuses = [400]) {
  assert.ok([statuses].flat().includes(answer.status), `status ${answer.status}: ${answer.text}`)
  assert.match(answer.headers['content-type'], /^application\/json\b/)
  assert.match(answer.headers['cache-control'], /\bno-store\b/)
  const body = answer.json()
  assert.equal(body.error, error)
  for (const value of [body.error, body.error_description ?? '']) assert.match(value, /^[\x20-\x21\x23-\x5b\x5d-\x7e]*$/)
}

const initiate = async (fields = { ...tv, scope: SCOPE }, headers) => {
  const answer = await postForm(as.device_authorization_endpoint, fields, headers)
  assert.equal(answer.status, 200, answer.text)
  return answer.json()
}
const poll = (codes, fields = tv, headers) =>
  postForm(as.token_endpoint, { grant_type: DEVICE_GRANT, device_code: codes.device_code, ...fields }, headers)
const approve = (codes, who = ALICE) => new Person(server.issuer, who).answer(codes.user_code, 'allow')
const refresh = (token, fields = tv, headers) =>
  postForm(as.token_endpoint, { grant_type: 'refresh_token', refresh_token: token, ...fields }, headers)
const introspect = async (token) => (await postForm(as.introspection_endpoint, { token }, kiosk)).json()

async function tokens(who = ALICE) {
  const codes = await initiate()
  await approve(codes, who)
  const response = await oauth.deviceCodeGrantRequest(as, tv, oauth.None(), codes.device_code, INSECURE)
  return oauth.processDeviceCodeResponse(as, tv, response)
}

test('oauth4webapi accepts the codes of RFC 8628 section 3.2', async () => {
  const response = await oauth.deviceAuthorizationRequest(as, tv, oauth.None(), { scope: SCOPE }, INSECURE)
  assert.match(response.headers.get('cache-control'), /no-store/)
  const codes = await oauth.processDeviceAuthorizationResponse(as, tv, response)
  assert.match(codes.user_code, /^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/)
  assert.equal(new URL(codes.verification_uri_complete).searchParams.get('user_code'), codes.user_code)
  assert.ok(codes.expires_in > 0 && codes.interval === 1)
})

test('malformed device authorization requests are refused in the form of RFC 6749 section 5.2', async () => {
  const url = as.device_authorization_endpoint
  const body = `client_id=${TV}`
  const cases = [
    ['invalid_request', `${body}&${body}`],
    ['invalid_request', `${body}&scope=openid&scope=openid`],
    ['invalid_request', Buffer.from([...Buffer.from(`${body}&scope=`), 0xff, 0xfe])],
    ['invalid_request', `${body}&scope=%ff%fe`],
    ['invalid_scope', `${body}&scope=no-such-scope`],
    ['invalid_scope', `${body}&scope=open%22id`],
  ]
  for (const [error, text] of cases) assertRefused(await postForm(url, text), error)
  for (const text of ['', 'client_id=', 'client_id=nobody', 'scope=openid']) {
    const answer = await postForm(url, text)
    assert.ok(['invalid_client', 'invalid_request'].includes(answer.json().error), `${text}: ${answer.text}`)
    assertRefused(answer, answer.json().error, [400, 401])
  }
  for (const type of ['application/json', 'text/plain', 'multipart/form-data; boundary=x']) {
    assertRefused(await postForm(url, body, { 'Content-Type': type }), 'invalid_request', [400, 415])
  }
  // Unknown and empty parameters are as if they were not there (RFC 6749 section 3.2).
  await initiate(`${body}&scope=&unknown=1&resource_owner=x`)
  for (const method of ['GET', 'PUT', 'DELETE']) assert.equal((await fetchRaw(url, { method })).status, 405, method)
  const huge = await postForm(url, `${body}&scope=${'a'.repeat(2_000_000)}`).catch((error) => error)
  if (!(huge instanceof Error)) assert.ok([400, 413].includes(huge.status), `${huge.status}`)
  await initiate()
})

test('malformed token requests are refused, and cost the waiting device nothing', async () => {
  const codes = await initiate()
  const base = new URLSearchParams({ grant_type: DEVICE_GRANT, device_code: codes.device_code, client_id: TV }).toString()
  const cases = [
    ['invalid_request', `${base}&device_code=${codes.device_code}`],
    ['invalid_request', `${base}&grant_type=${encodeURIComponent(DEVICE_GRANT)}`],
    ['invalid_request', `${base}&client_id=${TV}`],
    ['invalid_request', `grant_type=${encodeURIComponent(DEVICE_GRANT)}&client_id=${TV}`],
    ['invalid_request', `client_id=${TV}&device_code=x`],
    ['unsupported_grant_type', `grant_type=password&username=a&password=b&client_id=${TV}`],
    ['invalid_grant', new URLSearchParams({ grant_type: DEVICE_GRANT, device_code: 'unknown', client_id: TV }).toString()],
    ['invalid_grant', new URLSearchParams({ grant_type: DEVICE_GRANT, device_code: `${codes.device_code}A`, client_id: TV }).toString()],
    ['invalid_grant', new URLSearchParams({ grant_type: DEVICE_GRANT, device_code: codes.user_code, client_id: TV }).toString()],
  ]
  for (const [error, text] of cases) assertRefused(await postForm(as.token_endpoint, text), error)
  assertRefused(await postForm(as.token_endpoint, base, { 'Content-Type': 'application/json' }), 'invalid_request', [400, 415])
  assert.equal((await fetchRaw(`${as.token_endpoint}?${base}`)).status, 405)
  assertRefused(await fetchRaw(`${as.token_endpoint}?${base}`, { method: 'POST', headers: { 'Content-Type': FORM }, body: '' }), 'invalid_request', [400, 401])
  assertRefused(await poll(codes), 'authorization_pending')
})

test('two ways of authenticating at once, or half a way, are refused', async () => {
  const codes = await initiate({ scope: 'openid' }, kiosk)
  assertRefused(await poll(codes, { client_secret: KIOSK_SECRET, client_id: KIOSK }, kiosk), 'invalid_request', [400, 401])
  assertRefused(await poll(codes, { client_id: TV }, kiosk), 'invalid_client', [400, 401])
  assertRefused(await poll(codes, { client_id: KIOSK }), 'invalid_client', 401)
  const wrong = await poll(codes, {}, basic(KIOSK, 'wrong'))
  assertRefused(wrong, 'invalid_client', 401)
  assert.match(wrong.headers['www-authenticate'], /^Basic\b/i)
  for (const header of ['Basic', 'Basic !!!', 'Basic a2lvc2s=', 'Bearer x']) {
    assertRefused(await poll(codes, {}, { Authorization: header }), 'invalid_client', [400, 401])
  }
})

test('polling too fast is answered with slow_down, and the pause is longer for good', async () => {
  const codes = await initiate()
  assertRefused(await poll(codes), 'authorization_pending')
  assertRefused(await poll(codes), 'slow_down')
  // More than the first interval of a second, less than the raised one of six.
  await new Promise((resolve) => setTimeout(resolve, 1_200))
  assertRefused(await poll(codes), 'slow_down')
})

test("another client's device code is unknown to this one, and keeps its worth for its owner", async () => {
  const codes = await initiate()
  assertRefused(await poll(codes, {}, kiosk), 'invalid_grant')
  await approve(codes)
  assertRefused(await poll(codes, {}, kiosk), 'invalid_grant')
  assert.equal((await poll(codes)).status, 200)
  const foreign = await initiate({ scope: 'openid' }, kiosk)
  assertRefused(await poll(foreign, tv), 'invalid_grant')
})

test('fifty redemptions at once have one winner, and a redeemed code is spent', async () => {
  const codes = await initiate()
  await approve(codes)
  const answers = await Promise.all(Array.from({ length: 50 }, () => poll(codes)))
  const winners = answers.filter((answer) => answer.status === 200)
  assert.equal(winners.length, 1)
  for (const answer of answers) {
    if (answer !== winners[0]) assert.ok(['invalid_grant', 'slow_down'].includes(answer.json().error), answer.text)
  }
  assertRefused(await poll(codes), 'invalid_grant')
})

test('a refresh token that is used twice kills its family at once', async () => {
  // Somebody who signs in nowhere else here: the incident that this opens ends their sessions, a moment later.
  const first = await tokens(BOB)
  const second = await oauth.processRefreshTokenResponse(
    as, tv, await oauth.refreshTokenGrantRequest(as, tv, oauth.None(), first.refresh_token, INSECURE))
  assert.equal((await introspect(second.access_token)).active, true)
  assertRefused(await refresh(first.refresh_token), 'invalid_grant')
  assertRefused(await refresh(second.refresh_token), 'invalid_grant')
  for (const token of [first.access_token, second.access_token, second.refresh_token]) {
    assert.deepEqual(await introspect(token), { active: false })
  }
})

test('refresh tokens work for their own client and never for more scopes', async () => {
  const own = await tokens()
  assertRefused(await refresh(own.refresh_token, {}, kiosk), 'invalid_grant')
  assertRefused(await refresh(own.refresh_token, { ...tv, scope: `${SCOPE} phone` }), 'invalid_scope')
  assertRefused(await refresh(own.access_token), 'invalid_grant')
  assertRefused(await refresh('nonsense'), 'invalid_grant')
  const narrowed = await refresh(own.refresh_token, { ...tv, scope: 'openid' })
  assert.equal(narrowed.status, 200, narrowed.text)
  assert.equal((await introspect(narrowed.json().access_token)).scope, 'openid')
})

test('access tokens are the JWTs of RFC 9068, for everybody who has the keys', async () => {
  const { access_token } = await tokens()
  const { aud } = decodeJwt(access_token)
  assert.ok(typeof aud === 'string' && URL.canParse(aud))
  const request = new Request('https://resource.example/', { headers: { Authorization: `Bearer ${access_token}` } })
  const claims = await oauth.validateJwtAccessToken(as, request, aud, INSECURE)
  assert.equal(claims.client_id, TV)
  await assert.rejects(oauth.validateJwtAccessToken(as, request, 'https://another.example', INSECURE))

  const keys = createRemoteJWKSet(new URL(as.jwks_uri))
  const expected = { issuer: server.issuer, audience: aud, typ: 'at+jwt', algorithms: ['ES256', 'RS256', 'PS256', 'EdDSA'] }
  const { protectedHeader } = await jwtVerify(access_token, keys, expected)
  assert.ok(protectedHeader.kid)
  const [head, body, signature] = access_token.split('.')
  const forged = Buffer.from(JSON.stringify({ ...claims, sub: 'somebody-else' })).toString('base64url')
  await assert.rejects(jwtVerify(`${head}.${forged}.${signature}`, keys, expected))
  const none = Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')
  for (const token of [`${head}.${forged}.${signature}`, `${none}.${body}.`, `${head}.${body}.`, 'nonsense']) {
    const answer = await fetchRaw(as.userinfo_endpoint, { headers: { Authorization: `Bearer ${token}` } })
    assert.equal(answer.status, 401)
    assert.match(answer.headers['www-authenticate'], /error="invalid_token"/)
    assert.deepEqual(await introspect(token), { active: false })
  }
})

test('the published keys hold nothing private and name their use', async () => {
  const { keys } = (await fetchRaw(as.jwks_uri)).json()
  assert.ok(keys.length > 0)
  assert.equal(new Set(keys.map((key) => key.kid)).size, keys.length)
  for (const key of keys) {
    assert.equal(key.use, 'sig')
    assert.ok(key.kid && key.alg)
    for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) assert.equal(key[secret], undefined)
  }
})

test('only authenticated clients may introspect', async () => {
  const { access_token: token } = await tokens()
  const url = as.introspection_endpoint
  assertRefused(await postForm(url, { token }), 'invalid_client', 401)
  assertRefused(await postForm(url, { token }, basic(KIOSK, 'wrong')), 'invalid_client', 401)
  const open = await postForm(url, { token, client_id: TV })
  assert.ok([400, 401, 403].includes(open.status), `a public client may not: ${open.text}`)
  assertRefused(await postForm(url, {}, kiosk), 'invalid_request')
  assertRefused(await postForm(url, `token=${token}&token=${token}`, kiosk), 'invalid_request')
})

test("one client's revocation leaves another's tokens alone", async () => {
  const { access_token, refresh_token } = await tokens()
  const answer = await postForm(as.revocation_endpoint, { token: refresh_token }, kiosk)
  assert.ok([200, 400].includes(answer.status))
  assert.equal((await introspect(access_token)).active, true)
  assert.equal((await refresh(refresh_token)).status, 200)
})
