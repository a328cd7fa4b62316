// Does openid-client, a certified relying party library, get through the device grant, and does it like what it gets?
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { calculateJwkThumbprint, decodeJwt, exportJWK } from 'jose'
import * as client from 'openid-client'
import { Person } from './lib/person.mjs'
import { ALICE, BOB, KIOSK, KIOSK_SECRET, SCOPE, TV, startServer } from './lib/server.mjs'

let server
before(async () => {
  server = await startServer()
})
after(() => server?.stop())

async function configure(id, authentication, { issuer = server.issuer, algorithm = 'oidc' } = {}) {
  const options = { algorithm, execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks] }
  return client.discovery(new URL(issuer), id, undefined, authentication, options)
}
const tv = (options) => configure(TV, client.None(), options)
const kiosk = () => configure(KIOSK, client.ClientSecretBasic(KIOSK_SECRET))

const refused = (error, status = 400) => (found) => {
  assert.equal(found.error, error)
  assert.equal(found.status, status)
  return true
}

async function signIn(config, { person = ALICE, decision = 'allow', scope = SCOPE, start, options } = {}) {
  const codes = await client.initiateDeviceAuthorization(config, { scope })
  const issuer = config.serverMetadata().issuer
  await new Person(issuer, person).answer(codes.user_code, decision, start?.(codes))
  return client.pollDeviceAuthorizationGrant(config, codes, undefined, options)
}

test('both discovery documents are accepted and say the same', async () => {
  const [openid, oauth] = [await tv(), await tv({ algorithm: 'oauth2' })].map((config) => config.serverMetadata())
  assert.deepEqual({ ...openid }, { ...oauth })
  assert.equal(openid.issuer, server.issuer)
})

test('a public client: ID token, userinfo, rotation, introspection by another client, revocation', async () => {
  const config = await tv()
  const tokens = await signIn(config)
  assert.equal(tokens.token_type, 'bearer')
  const claims = tokens.claims()
  assert.equal(claims.iss, server.issuer)
  assert.deepEqual([claims.aud].flat(), [TV])
  const person = await client.fetchUserInfo(config, tokens.access_token, claims.sub)
  assert.equal(person.preferred_username, 'alice')
  assert.ok(person.email)

  const next = await client.refreshTokenGrant(config, tokens.refresh_token)
  assert.notEqual(next.refresh_token, tokens.refresh_token)
  assert.notEqual(next.access_token, tokens.access_token)
  if (next.id_token) assert.equal(next.claims().sub, claims.sub)

  const inspector = await kiosk()
  const live = await client.tokenIntrospection(inspector, next.access_token)
  assert.equal(live.active, true)
  assert.equal(live.client_id, TV)
  assert.equal(live.sub, claims.sub)
  assert.deepEqual(live.scope.split(' ').sort(), SCOPE.split(' ').sort())

  await client.tokenRevocation(config, next.refresh_token)
  assert.deepEqual({ ...(await client.tokenIntrospection(inspector, next.access_token)) }, { active: false })
  await assert.rejects(client.refreshTokenGrant(config, next.refresh_token), refused('invalid_grant'))
  // A second time and for nonsense, it is as good as done (RFC 7009 section 2.2).
  await client.tokenRevocation(config, next.refresh_token)
  await client.tokenRevocation(config, 'nonsense')
})

test('two people are two subjects, the same at each sign-in', async () => {
  const config = await tv()
  const subjects = []
  for (const person of [ALICE, BOB, ALICE]) subjects.push((await signIn(config, { person })).claims().sub)
  assert.equal(subjects[0], subjects[2])
  assert.notEqual(subjects[0], subjects[1])
})

test('fewer scopes: no ID token, no refresh token, no e-mail address unless asked for', async () => {
  const config = await tv()
  const profile = await signIn(config, { scope: 'openid profile' })
  assert.equal(profile.refresh_token, undefined)
  const person = await client.fetchUserInfo(config, profile.access_token, profile.claims().sub)
  assert.equal(person.email, undefined)
  const bare = await signIn(config, { scope: 'offline_access' })
  assert.equal(bare.id_token, undefined)
  await assert.rejects(client.fetchUserInfo(config, bare.access_token, client.skipSubjectCheck))
})

test('arriving with the complete address leads to the same tokens', async () => {
  const tokens = await signIn(await tv(), { start: (codes) => codes.verification_uri_complete })
  assert.ok(tokens.claims().sub)
})

test('a confidential client signs in too, and a wrong secret is 401', async () => {
  const tokens = await signIn(await kiosk(), { person: BOB, scope: 'openid' })
  assert.deepEqual([tokens.claims().aud].flat(), [KIOSK])
  const impostor = await configure(KIOSK, client.ClientSecretBasic('wrong'))
  const challenged = (error) => {
    assert.equal(error.status ?? error.response?.status, 401)
    return true
  }
  await assert.rejects(client.initiateDeviceAuthorization(impostor, {}), challenged)
  await assert.rejects(client.tokenIntrospection(impostor, tokens.access_token), challenged)
  const nobody = await configure(KIOSK, client.None())
  await assert.rejects(client.initiateDeviceAuthorization(nobody, {}), refused('invalid_client', 401))
})

test('a person who says no, or did not start it, ends the polling', async () => {
  const config = await tv()
  for (const decision of ['deny', 'report']) {
    await assert.rejects(signIn(config, { decision }), refused('access_denied'))
  }
})

for (const nonce of ['optional', 'required']) {
  test(`DPoP with nonces ${nonce}: bound at the poll, at userinfo and at refresh`, async () => {
    const own = await startServer({ TANDEM_DPOP__NONCE: nonce })
    try {
      await proveDpop(own)
    } finally {
      await own.stop()
    }
  })
}

async function proveDpop({ issuer }) {
  const config = await tv({ issuer })
  const keys = await client.randomDPoPKeyPair('ES256', { extractable: true })
  const DPoP = client.getDPoPHandle(config, keys)
  const tokens = await signIn(config, { options: { DPoP } })
  assert.equal(tokens.token_type, 'dpop')
  const thumbprint = await calculateJwkThumbprint(await exportJWK(keys.publicKey))
  assert.equal(decodeJwt(tokens.access_token).cnf.jkt, thumbprint)
  const { sub } = tokens.claims()
  assert.equal((await client.fetchUserInfo(config, tokens.access_token, sub, { DPoP })).sub, sub)

  const other = client.getDPoPHandle(config, await client.randomDPoPKeyPair())
  await assert.rejects(client.fetchUserInfo(config, tokens.access_token, sub, { DPoP: other }), 'another key')
  await assert.rejects(client.fetchUserInfo(config, tokens.access_token, sub), 'as a bearer token')
  await assert.rejects(client.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP: other }), 'refresh, another key')
  await assert.rejects(client.refreshTokenGrant(config, tokens.refresh_token), 'refresh without a proof')

  const next = await client.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP })
  assert.equal(next.token_type, 'dpop')
  assert.equal(decodeJwt(next.access_token).cnf.jkt, thumbprint)
  assert.equal((await client.fetchUserInfo(config, next.access_token, sub, { DPoP })).sub, sub)
}
