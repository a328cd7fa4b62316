// Do `tandem-device ciba` and `tandem-device phone` meet through the real server, and does the record prove what was decided?
// An app that is written here, with `jose` for its signatures, must get as far.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createPrivateKey, createPublicKey, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, describe, test } from 'node:test'
import { SignJWT, calculateJwkThumbprint, compactVerify, decodeJwt, exportJWK, generateKeyPair } from 'jose'
import { SECRET, ask, asker, bindingMessage, collect, inboxOf, settings } from './lib/ciba.mjs'
import { fetchRaw } from './lib/http.mjs'
import { Person } from './lib/person.mjs'
import { ALICE, BOB, binary, command, startConfigured } from './lib/server.mjs'

const PIN = '480213'
const PAYMENT = [{ type: 'payment', amount: 'EUR 45.00', payee: 'Example Bank' }]

let server
let folder
let clientKey
before(async () => {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
  const jwk = await exportJWK(publicKey)
  clientKey = { ...(await exportJWK(privateKey)), kid: await calculateJwkThumbprint(jwk), alg: 'ES256' }
  const jwks = { keys: [{ ...jwk, kid: clientKey.kid, alg: 'ES256' }] }
  const signing = {
    token_endpoint_auth_method: 'private_key_jwt', client_secret: undefined, jwks,
    backchannel_authentication_request_signing_alg: 'ES256', dpop_bound_access_tokens: true,
  }
  const payments = { authorization_details_types: ['payment'] }
  // Whoever was told no must leave the person alone for a while, so that each no is for a client of its own.
  const refused = ['denied', 'reported', 'watched', 'missed', 'late'].map((name) => asker(name))
  folder = await mkdtemp(join(tmpdir(), 'tandem-phone-'))
  server = await startConfigured(
    settings([asker('till', payments), asker('bank', { ...signing, ...payments }), ...refused], {
      authorization_details: { payment: { en: 'Pay {amount} to {payee}' } },
    }),
  )
})
after(async () => {
  await server?.stop()
  if (folder) await rm(folder, { recursive: true })
})

/** The link with which an app becomes a device of this person. */
async function link(who = ALICE) {
  const person = new Person(server.issuer, who)
  await person.signIn('/account/devices')
  const page = await person.submit(await person.visit('/account/devices'), '/account/devices/app')
  const [address] = /http\S+\/authorization-device\/register\?code=\S+/.exec(page.words) ?? assert.fail(page.words)
  return address
}

/** Runs `tandem-device phone …` to its end. */
async function phone(words, { input = '', pin = PIN, file = 'phone.json' } = {}) {
  const child = spawn(binary('TANDEM_DEVICE_BIN'), ['phone', ...words, '--json', '--file', join(folder, file)], {
    env: { PATH: process.env.PATH, TANDEM_DEVICE_PIN: pin },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (chunk) => (stdout += chunk))
  child.stderr.on('data', (chunk) => (stderr += chunk))
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  const [code] = await once(child, 'close')
  return { code, stdout, stderr, json: () => JSON.parse(stdout) }
}

async function requests(file) {
  const { code, stdout, stderr } = await phone(['list'], { file })
  assert.equal(code, 0, stderr)
  return JSON.parse(stdout).requests
}
const requestWith = async (message) => {
  const found = (await requests()).filter(({ shown }) => shown.binding_message === message)
  assert.equal(found.length, 1, message)
  return found[0]
}

/** Runs `tandem-device ciba …`; `decide` is called as soon as somebody is asked. */
async function ciba(words, decide, { client = 'till', environment = { TANDEM_DEVICE_CLIENT_SECRET: SECRET } } = {}) {
  const message = bindingMessage()
  const all = ['ciba', '--issuer', server.issuer, '--client', client, '--json', '--login-hint', 'alice', '--binding-message', message, ...words]
  const child = spawn(binary('TANDEM_DEVICE_BIN'), all, { env: { PATH: process.env.PATH, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] })
  try {
    let stdout = ''
    child.stdout.on('data', (chunk) => (stdout += chunk))
    const closed = once(child, 'close')
    const events = []
    for await (const line of createInterface({ input: child.stderr })) {
      const event = JSON.parse(line)
      events.push(event)
      if (event.event === 'asked') await decide({ ...event, message, child })
    }
    const [code] = await closed
    return { code, stdout, events, message }
  } finally {
    child.kill('SIGKILL')
  }
}

const recorded = async (kind) => {
  const all = JSON.parse(await command(binary('TANDEM_BIN'), ['events', '-c', server.configuration, '--json', '--limit', '500']))
  return all.filter((event) => event.kind === kind)
}

/** The key of the device in `file`, as `jose` reads it. */
async function deviceKey(file = 'phone.json') {
  const { key, device_id } = JSON.parse(await readFile(join(folder, file), 'utf8'))
  const publicKey = createPublicKey(createPrivateKey(key))
  assert.equal(await calculateJwkThumbprint(await exportJWK(publicKey)), device_id)
  return { publicKey, device_id }
}

async function verified(jws, { publicKey, device_id }) {
  const { payload, protectedHeader } = await compactVerify(jws, publicKey)
  assert.deepEqual(protectedHeader, { alg: 'ES256', kid: device_id, typ: 'tandem-decision+jwt' })
  const claims = JSON.parse(Buffer.from(payload).toString())
  assert.deepEqual([claims.iss, claims.aud], [device_id, server.issuer])
  return claims
}

describe('tandem-device', () => {
  test('register: the key is private, the code is good once', async () => {
    const address = await link()
    const { code, stdout, stderr } = await phone(['register', '-', '--name', 'Büro <b>laptop</b>'], { input: `${address}\n` })
    assert.equal(code, 0, stderr)
    const { username, device_id, issuer } = JSON.parse(stdout)
    assert.deepEqual([username, issuer], ['alice', server.issuer])
    assert.equal((await stat(join(folder, 'phone.json'))).mode & 0o777, 0o600)
    assert.equal((await deviceKey()).device_id, device_id)
    const again = await phone(['register', address], { file: 'other.json' })
    assert.equal(again.code, 1)
    assert.ok(!(await readdir(folder)).includes('other.json'))
    const person = new Person(server.issuer, ALICE)
    const page = await person.signIn('/account/devices')
    assert.ok(page.words.includes('Büro <b>laptop</b>'), 'the page shows the name as text')
    assert.equal((await recorded('authorization_device_added')).length, 1)
  })

  test('ciba asks, list shows it, approve signs it, and the record proves it', async () => {
    let seen
    const details = ['--authorization-details', JSON.stringify(PAYMENT), '--scope', 'openid profile']
    const { code, stdout, message } = await ciba(details, async ({ message }) => {
      seen = await requestWith(message)
      for (const [words, options] of [[['approve', seen.id], { input: 'no\n' }], [['approve', seen.id], { input: 'yes\n', pin: '999999' }], [['approve', seen.id], {}]]) {
        assert.equal((await phone(words, options)).code, 3, JSON.stringify(options))
      }
      const { code, stdout, stderr } = await phone(['approve', seen.id], { input: 'yes\n' })
      assert.equal(code, 0, stderr)
      assert.equal(JSON.parse(stdout).outcome, 'approved')
    })
    assert.equal(code, 0)
    const tokens = JSON.parse(stdout)
    assert.ok(tokens.access_token && tokens.id_token)
    const { amr, acr } = decodeJwt(tokens.id_token)
    assert.ok(amr.length > 0 && !amr.includes('pwd'), `${amr} ${acr}`)
    assert.deepEqual(seen.details, ['Pay EUR 45.00 to Example Bank'])

    const [event, ...more] = await recorded('approved_by_app')
    assert.deepEqual(more, [])
    const claims = await verified(event.detail, await deviceKey())
    assert.deepEqual([claims.decision, claims.user_verification], ['approve', 'pin'])
    assert.deepEqual(claims.shown, {
      crossing: seen.id, client_id: 'till', client_name: 'The till', binding_message: message,
      authorization_details: PAYMENT, scope: 'openid profile',
    })
    assert.deepEqual(claims.shown, seen.shown)
    assert.equal(event.client_id, 'till')
    assert.equal(event.sub, decodeJwt(tokens.id_token).sub)
    assert.equal((await phone(['approve', seen.id], { input: 'yes\n' })).code, 4, 'it was answered')
  })

  test('a signed request with tokens bound to a key, in a private file', async () => {
    const [keyFile, output] = [join(folder, 'client.jwk'), join(folder, 'tokens.json')]
    await writeFile(keyFile, JSON.stringify(clientKey), { mode: 0o600 })
    const words = ['--client-key-file', keyFile, '--sign-request', '--dpop', '--output', output]
    const { code, stdout, events } = await ciba(words, async ({ message }) => {
      const { id } = await requestWith(message)
      assert.equal((await phone(['approve', id], { input: 'yes\n' })).code, 0)
    }, { client: 'bank', environment: {} })
    assert.equal(code, 0, JSON.stringify(events))
    assert.equal(stdout, '')
    assert.equal((await stat(output)).mode & 0o777, 0o600)
    const tokens = JSON.parse(await readFile(output, 'utf8'))
    assert.equal(tokens.token_type, 'DPoP')
    const { d: _, ...jwk } = await exportJWK(createPrivateKey(await readFile(`${output}.dpop-key.pem`)))
    assert.equal(decodeJwt(tokens.access_token).cnf.jkt, await calculateJwkThumbprint(jwk))
  })

  test('the number that one screen shows is the one that the other must give', async () => {
    const { code, events } = await ciba(['--number-matching'], async ({ message, number }) => {
      assert.match(number, /^\d\d$/)
      const { id, number: { choices } } = await requestWith(message)
      assert.ok(choices.includes(number))
      const beyond = ['10', '11', '12', '13'].find((choice) => !choices.includes(choice))
      assert.equal((await phone(['approve', id, '--number', beyond], { input: 'yes\n' })).code, 3)
      assert.equal((await phone(['approve', id], { input: '\nyes\n' })).code, 3, 'without a number')
      assert.equal((await phone(['approve', id, '--number', number], { input: 'yes\n' })).code, 0)
    })
    assert.equal(code, 0, JSON.stringify(events))
    // Where one may be picked of three, a wrong pick ends it.
    const missed = await ciba(['--number-matching'], async ({ message, number }) => {
      const { id, number: { choices } } = await requestWith(message)
      const wrong = choices.find((choice) => choice !== number)
      assert.notEqual((await phone(['approve', id, '--number', wrong], { input: 'yes\n' })).code, 0)
    }, { client: 'missed' })
    assert.equal(missed.code, 3, JSON.stringify(missed.events))
  })

  test('deny, report and no answer end `ciba` with 3, 3 and 4', async () => {
    for (const [decision, client, kind] of [['deny', 'denied', 'denied'], ['report', 'reported', 'reported']]) {
      const { code, stdout } = await ciba([], async ({ message }) => {
        const { id } = await requestWith(message)
        assert.equal((await phone([decision, id])).code, 0)
      }, { client })
      assert.deepEqual([code, stdout], [3, ''])
      const [event] = await recorded(kind)
      assert.equal(event.client_id, client)
    }
    const late = await ciba(['--requested-expiry', '5'], () => {}, { client: 'late' })
    assert.equal(late.code, 4, JSON.stringify(late.events))
  })

  test('watch hears of a request when it comes and when it is gone', async () => {
    const child = spawn(binary('TANDEM_DEVICE_BIN'), ['phone', 'watch', '--json', '--file', join(folder, 'phone.json')], {
      env: { PATH: process.env.PATH },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    try {
      let asked
      const told = []
      for await (const line of createInterface({ input: child.stdout })) {
        const event = JSON.parse(line)
        told.push(event.event)
        if (event.event === 'connected') asked = await ask(server, 'watched')
        if (event.event === 'request' && event.request.shown.binding_message === asked.binding_message) {
          asked.id = event.request.id
          assert.equal((await phone(['deny', asked.id])).code, 0)
        }
        if (event.event === 'gone' && event.id === asked.id) break
      }
      assert.deepEqual(told.filter((event) => event !== 'gone'), ['connected', 'request'])
      assert.equal((await collect(server, 'watched', asked)).json().error, 'access_denied')
    } finally {
      child.kill('SIGKILL')
    }
  })

  test('forget: the server knows the device no more, and a removed device can do nothing', async () => {
    assert.equal((await phone(['register', await link(), '--name', 'Second'], { file: 'second.json' })).code, 0)
    const kept = await readFile(join(folder, 'second.json'))
    assert.equal((await phone(['forget'], { file: 'second.json' })).code, 0)
    assert.ok(!(await readdir(folder)).includes('second.json'))
    await writeFile(join(folder, 'second.json'), kept, { mode: 0o600 })
    assert.equal((await phone(['list'], { file: 'second.json' })).code, 1, 'the key alone is worth nothing')

    // The person removes the other one on the page: it counts at once.
    const asked = await ask(server, 'till')
    const { id } = await requestWith(asked.binding_message)
    const person = new Person(server.issuer, ALICE)
    const page = await person.signIn('/account/devices')
    await person.submit(page, '/account/devices/remove')
    assert.equal((await phone(['approve', id], { input: 'yes\n' })).code, 1)
    assert.equal((await collect(server, 'till', asked)).json().error, 'authorization_pending')
    assert.equal((await recorded('authorization_device_removed')).length, 2)
  })
})

describe('an app whose signatures are made by jose', () => {
  /** An app with a key of its own. */
  async function makeApp(algorithm = 'EdDSA') {
    const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true })
    const jwk = await exportJWK(publicKey)
    const id = await calculateJwkThumbprint(jwk)
    const proof = (htm, path) =>
      new SignJWT({ htm, htu: `${server.issuer}${path}`, jti: randomUUID() }).setIssuedAt().setProtectedHeader({ alg: algorithm, typ: 'dpop+jwt', jwk }).sign(privateKey)
    const call = async (method, path, json) => {
      const headers = { DPoP: await proof(method, path), ...(json ? { 'Content-Type': 'application/json' } : {}) }
      const answer = await fetchRaw(`${server.issuer}${path}`, { method, headers, body: json && JSON.stringify(json) })
      return { status: answer.status, body: answer.text ? answer.json() : undefined }
    }
    const decide = async (request, claims = {}, { key = privateKey, kid = id, life = '2m' } = {}) => {
      const all = { jti: randomUUID(), decision: 'approve', shown: request.shown, user_verification: 'biometric', ...claims }
      const jws = await new SignJWT(all)
        .setProtectedHeader({ alg: algorithm, typ: 'tandem-decision+jwt', kid })
        .setIssuer(claims.iss ?? id).setAudience(claims.aud ?? server.issuer).setIssuedAt().setExpirationTime(life).sign(key)
      return { jws, ...(await call('POST', `/authorization-device/requests/${request.id}/decision`, { decision: jws })) }
    }
    const register = async (address) =>
      call('POST', '/authorization-device/register', { registration_code: new URL(address).searchParams.get('code'), name: 'An app' })
    return { id, publicKey, privateKey, call, decide, register, proof }
  }
  const find = async (app, asked) => {
    const { body } = await app.call('GET', '/authorization-device/requests')
    return body.requests.find(({ shown }) => shown.binding_message === asked.binding_message)
  }

  for (const algorithm of ['ES256', 'EdDSA', 'RS256', 'PS256']) {
    test(`${algorithm}: registers, reads, decides once`, async () => {
      const app = await makeApp(algorithm)
      assert.equal((await app.call('GET', '/authorization-device/requests')).status, 401, 'nobody knows it yet')
      const registered = await app.register(await link())
      assert.equal(registered.status, 201, JSON.stringify(registered.body))
      assert.equal(registered.body.device_id, app.id)
      const asked = await ask(server, 'till')
      const request = await find(app, asked)
      assert.equal(request.shown.client_name, 'The till')
      const decided = await app.decide(request)
      assert.deepEqual([decided.status, decided.body.outcome], [200, 'approved'])
      const again = await app.call('POST', `/authorization-device/requests/${request.id}/decision`, { decision: decided.jws })
      assert.equal(again.status, 400)
      assert.notEqual((await app.decide(request, { decision: 'deny' })).status, 200, 'it was answered')
      assert.equal((await collect(server, 'till', asked)).status, 200)
      assert.ok((await recorded('approved_by_app')).some(({ detail }) => detail === decided.jws), 'what was signed is on record, as it was signed')
    })
  }

  test('no yes by another key, for other words, for another server, too old, unverified, or by somebody else', async () => {
    const [app, other, bobs] = [await makeApp(), await makeApp(), await makeApp()]
    assert.equal((await app.register(await link())).status, 201)
    assert.equal((await bobs.register(await link(BOB))).status, 201)
    const asked = await ask(server, 'till')
    const request = await find(app, asked)
    const { shown } = request
    const tries = [
      [{ decision: 'approve' }, { key: other.privateKey }],
      [{}, { kid: other.id }],
      [{ shown: { ...shown, binding_message: 'Other words' } }],
      [{ shown: { ...shown, scope: 'openid' } }],
      [{ shown: { ...shown, extra: true } }],
      [{ shown: undefined }],
      [{ aud: 'https://elsewhere.example' }],
      [{ iss: other.id }],
      [{}, { life: '-5m' }],
      [{}, { life: '2h' }],
      [{ user_verification: 'none' }],
      [{ user_verification: undefined }],
      [{ decision: 'perhaps' }],
    ]
    for (const [claims, how] of tries) {
      const { status, body } = await app.decide(request, claims, how)
      assert.equal(status, 400, `${JSON.stringify([claims, Object.keys(how ?? {})])}: ${JSON.stringify(body)}`)
    }
    const theirs = await bobs.decide(request)
    assert.equal(theirs.status, 404, "somebody else's request is not there")
    assert.equal((await bobs.call('GET', `/authorization-device/requests/${request.id}`)).status, 404)
    assert.equal((await other.decide(request)).status, 401)
    assert.equal((await collect(server, 'till', asked)).json().error, 'authorization_pending')
    // A proof for another address, or one that was used, opens nothing.
    const path = '/authorization-device/requests'
    const proof = await app.proof('GET', path)
    const get = (DPoP) => fetchRaw(`${server.issuer}${path}`, { headers: { DPoP } })
    assert.equal((await get(proof)).status, 200)
    assert.notEqual((await get(proof)).status, 200, 'a proof that was used')
    assert.notEqual((await get(await app.proof('POST', path))).status, 200)
    assert.notEqual((await get(await app.proof('GET', '/elsewhere'))).status, 200)

    // Beside all that the request still stands, in the browser too, and a yes is a yes.
    assert.equal((await inboxOf(new Person(server.issuer, ALICE), asked.binding_message)).length, 1)
    assert.equal((await app.decide(request)).status, 200)
    assert.equal((await app.call('DELETE', '/authorization-device')).status, 204)
    assert.equal((await app.call('GET', path)).status, 401)
  })
})
