// Does the nginx of docs/operating.md do what the document says, with the configuration that stands there?
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHash, createPublicKey, generateKeyPairSync, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { decodeJwt, SignJWT } from 'jose'
import { answerRequest, CIBA, bindingMessage, openRequest, settings } from './lib/ciba.mjs'
import { fetchRaw, postForm } from './lib/http.mjs'
import { blockOf, replaced, startNginx } from './lib/nginx.mjs'
import { Person } from './lib/person.mjs'
import { ALICE, BOB, command, SCOPE, startConfigured } from './lib/server.mjs'

const DOCUMENT = 'docs/operating.md'
const ISSUER = 'https://id.example.com'
const MTLS = 'https://mtls.id.example.com'
const ASK = '/backchannel_authentication'
const here = (name) => fileURLToPath(new URL(name, import.meta.url))

let certificates
let nginx
let server
before(async () => {
  certificates = JSON.parse(await command(here('.venv/bin/python'), [here('make_client_certificates.py'), 'id.example.com', 'mtls.id.example.com']))
  server = await startConfigured({ ...settings(clients()), ...sections() })
  const block = await blockOf(DOCUMENT, 'nginx')
  nginx = await startNginx(async ({ port, file }) =>
    replaced(block, {
      'listen 443 ssl;': `listen 127.0.0.1:${port} ssl;`,
      'http://10.0.0.7:8080': `http://127.0.0.1:${server.port}`,
      '/etc/nginx/tls/fullchain.pem': await file('fullchain.pem', certificates.server.cert),
      '/etc/nginx/tls/key.pem': await file('key.pem', certificates.server.key),
      '/etc/nginx/client-ca.pem': await file('client-ca.pem', certificates.authority),
    }),
  )
})
after(async () => {
  await nginx?.stop()
  await server?.stop()
})

/** The settings of the document for Tandem behind nginx; but nginx is on this machine. */
function sections() {
  const text = readFileSync(here(`../${DOCUMENT}`), 'utf8')
  const [block] = [...text.matchAll(/^```toml\n([\s\S]*?)^```$/gm)].map(([, inner]) => inner).filter((inner) => inner.includes('[proxy]'))
  const found = { '': {} }
  let section = ''
  for (const line of block.split('\n').map((each) => each.replace(/\s+#.*$/, '').trim()).filter(Boolean)) {
    const [, name] = /^\[(\w+)\]$/.exec(line) ?? []
    if (name) found[(section = name)] = {}
    else {
      const [, key, value] = /^(\w+) = (.+)$/.exec(line)
      found[section][key] = JSON.parse(value)
    }
  }
  assert.equal(found[''].issuer, ISSUER)
  assert.equal(found.tls.mtls_base_url, MTLS)
  assert.deepEqual(found.proxy.trusted_proxies, ['10.0.0.5'])
  return { issuer: ISSUER, tls: found.tls, proxy: { ...found.proxy, trusted_proxies: ['127.0.0.1'] } }
}

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const jwkOf = (key) => key.export({ format: 'jwk' })

function clients() {
  const fapi = (client_id, more) => ({
    client_id,
    client_name: `The ${client_id}`,
    grant_types: [CIBA, 'refresh_token'],
    scope: SCOPE,
    backchannel_token_delivery_mode: 'poll',
    backchannel_authentication_request_signing_alg: 'ES256',
    tls_client_certificate_bound_access_tokens: true,
    tandem_profile: 'fapi_ciba',
    ...more,
  })
  const alone = jwkOf(createPublicKey(certificates.alone.cert))
  return [
    fapi('bank', { token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_subject_dn: 'CN=bank,O=Acme', jwks: { keys: [jwkOf(publicKey)] } }),
    fapi('branch', { token_endpoint_auth_method: 'self_signed_tls_client_auth', jwks: { keys: [jwkOf(publicKey), alone] } }),
  ]
}

const lookup = (_, options, done) => (options.all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4))
/** A connection to nginx under the name of the address, with this certificate. */
const through = (shown, more = {}) => ({ port: nginx.port, lookup, ca: certificates.authority, ...shown, ...more })
const post = (url, fields, { shown, headers, ...more } = {}) => postForm(url, fields, headers, through(shown, more))

const thumbprint = ({ cert }) => createHash('sha256').update(new X509Certificate(cert).raw).digest('base64url')
/** What nginx would write of this certificate. */
const claimed = ({ cert }) => ({ 'client-cert': encodeURIComponent(cert), 'client-verify': 'SUCCESS' })

async function wish(client_id, more = {}) {
  const binding_message = bindingMessage()
  const claims = { scope: SCOPE, login_hint: 'alice', binding_message, ...more }
  const signed = new SignJWT(claims).setProtectedHeader({ alg: 'ES256' }).setIssuer(client_id).setAudience(ISSUER)
  const jwt = signed.setIssuedAt().setNotBefore('0s').setExpirationTime('5m').setJti(binding_message)
  return { binding_message, form: { client_id, request: await jwt.sign(privateKey) } }
}

async function ask(client_id, shown, options = {}) {
  const { binding_message, form } = await wish(client_id)
  const answer = await post(`${MTLS}${ASK}`, form, { shown, ...options })
  return { binding_message, answer }
}

const refused = (answer, status, error) => assert.deepEqual([answer.status, answer.json().error], [status, error], answer.text)
const poll = (client_id, auth_req_id, shown) => post(`${MTLS}/token`, { client_id, grant_type: CIBA, auth_req_id }, { shown })
const userinfo = (token, { shown, base = MTLS, headers = {} } = {}) =>
  fetchRaw(`${base}/userinfo`, { headers: { Authorization: `Bearer ${token}`, ...headers }, over: through(shown) })
const somebody = (person) => new Person(ISSUER, person, 'en', through())

/** The messages of a handshake under this name, as Node writes them to its standard error. */
function handshake(servername) {
  const options = { host: '127.0.0.1', port: nginx.port, servername, ca: certificates.authority, enableTrace: true }
  const script = `require('node:tls').connect(${JSON.stringify(options)}, function () { this.end() })`
  const { status, stderr } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8', timeout: 15_000 })
  assert.equal(status, 0, stderr)
  assert.match(stderr, /ServerHello/)
  return stderr
}

describe('the certificate of the handshake', () => {
  for (const [client_id, mine] of [['bank', 'client'], ['branch', 'alone']]) {
    test(`reaches Tandem and binds the tokens of ${client_id}`, async () => {
      const own = certificates[mine]
      const { binding_message, answer } = await ask(client_id, own)
      assert.equal(answer.status, 200, answer.text)
      const { auth_req_id } = answer.json()
      await answerRequest(somebody(ALICE), binding_message, 'allow')
      for (const shown of [undefined, certificates.other, certificates.foreign]) {
        refused(await poll(client_id, auth_req_id, shown), 401, 'invalid_client')
      }
      const polled = await poll(client_id, auth_req_id, own)
      assert.equal(polled.status, 200, polled.text)
      const { access_token } = polled.json()
      assert.deepEqual(decodeJwt(access_token).cnf, { 'x5t#S256': thumbprint(own) })
      assert.equal((await userinfo(access_token, { shown: own })).status, 200)
      // Another one, none, and one that is only claimed, on either name.
      const elsewhere = [{}, { shown: certificates.renewed }, { headers: claimed(own) }, { base: ISSUER }]
      for (const wrong of [...elsewhere, { shown: own, base: ISSUER }, { base: ISSUER, headers: claimed(own) }]) {
        assert.equal((await userinfo(access_token, wrong)).status, 401, JSON.stringify(Object.keys(wrong)))
      }
    })
  }

  test('of another authority, or of none, is nothing where an authority must vouch', async () => {
    for (const name of ['foreign', 'alone', 'other']) refused((await ask('bank', certificates[name])).answer, 401, 'invalid_client')
    for (const name of ['client', 'foreign', 'other']) refused((await ask('branch', certificates[name])).answer, 401, 'invalid_client')
    for (const client_id of ['bank', 'branch']) {
      refused((await ask(client_id, undefined)).answer, 401, 'invalid_client')
      // With the name of the right authority and another signature it does not get past nginx.
      const { answer } = await ask(client_id, certificates.impostor)
      assert.deepEqual([answer.status, /SSL certificate error/.test(answer.text)], [400, true], answer.text)
    }
  })

  test('is not what a caller writes into the headers', async () => {
    const headers = claimed(certificates.client)
    // Tandem does believe these very headers from nginx's address, and from no other.
    const { form } = await wish('bank')
    const direct = (localAddress, fields) => postForm(`http://127.0.0.1:${server.port}${ASK}`, fields, headers, { localAddress })
    refused(await direct('127.0.0.2', form), 401, 'invalid_client')
    assert.equal((await direct('127.0.0.1', form)).status, 200)
    const spellings = [
      headers,
      { 'Client-Cert': headers['client-cert'], 'CLIENT-VERIFY': 'SUCCESS' },
      { client_cert: headers['client-cert'], client_verify: 'SUCCESS' },
      { 'client-cert': [headers['client-cert'], headers['client-cert']], 'client-verify': ['SUCCESS', 'SUCCESS'] },
    ]
    for (const forged of spellings) {
      for (const shown of [undefined, certificates.other, certificates.foreign]) {
        refused((await ask('bank', shown, { headers: forged })).answer, 401, 'invalid_client')
      }
      const { form: wanted } = await wish('bank')
      refused(await post(`${ISSUER}${ASK}`, wanted, { headers: forged }), 401, 'invalid_client')
      // Whoever has the right one is not disturbed by what else they write.
      assert.equal((await ask('bank', certificates.client, { headers: forged })).answer.status, 200)
    }
  })

  test('is not asked for under the name of people, and one name is not reached through the other', async () => {
    const asked = (servername) => handshake(servername).includes('CertificateRequest')
    assert.deepEqual([asked('id.example.com'), asked('mtls.id.example.com')], [false, true])
    const over = through(certificates.client, { servername: 'id.example.com' })
    const { form } = await wish('bank')
    const crossed = await postForm(`${MTLS}${ASK}`, form, {}, over)
    assert.equal(crossed.status, 421, crossed.text)
  })

  test('has addresses of its own in the metadata', async () => {
    const metadata = (await fetchRaw(`${ISSUER}/.well-known/openid-configuration`, { over: through() })).json()
    assert.equal(metadata.mtls_endpoint_aliases.backchannel_authentication_endpoint, `${MTLS}${ASK}`)
    assert.equal(metadata.mtls_endpoint_aliases.token_endpoint, `${MTLS}/token`)
    assert.equal(metadata.token_endpoint, `${ISSUER}/token`)
  })
})

describe('people behind nginx', () => {
  test('hear of a request at once: the stream of the inbox is not held back', async () => {
    const person = somebody(BOB)
    await person.signIn('/inbox')
    const cookie = [...person.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const call = request(`${ISSUER}/inbox/events`, { ...through(), agent: false, headers: { Accept: 'text/event-stream', Cookie: cookie } })
    const ended = new Promise((resolve) => call.on('close', resolve))
    let heard = ''
    let look = () => {}
    const says = (words) =>
      new Promise((resolve, reject) => {
        const late = setTimeout(() => reject(new Error(`${words} did not come; heard: ${heard}`)), 5_000)
        look = () => heard.includes(words) && (clearTimeout(late), resolve())
        look()
      })
    let answer
    call.on('error', (error) => (heard += error))
    call.on('response', (begun) => {
      answer = begun
      begun.setEncoding('utf8').on('error', () => {}).on('data', (chunk) => {
        heard += chunk
        look()
      })
    })
    call.end()
    try {
      await says('{"open":0}')
      assert.deepEqual([answer.statusCode, answer.headers['content-type']], [200, 'text/event-stream'])
      const { form } = await wish('bank', { login_hint: 'bob' })
      assert.equal((await post(`${MTLS}${ASK}`, form, { shown: certificates.client })).status, 200)
      await says('{"open":1}')
      assert.equal(answer.complete, false, 'the stream goes on')
    } finally {
      call.destroy()
      await ended
    }
  })

  test('see the address that nginx saw, not one that the client made up', async () => {
    const { binding_message, form } = await wish('bank')
    const forged = { 'X-Forwarded-For': '203.0.113.7', Forwarded: 'for=203.0.113.8', 'X-Real-IP': '203.0.113.9' }
    const answer = await post(`${MTLS}${ASK}`, form, { shown: certificates.client, headers: forged, localAddress: '127.0.0.77' })
    assert.equal(answer.status, 200, answer.text)
    const { page } = await openRequest(somebody(ALICE), binding_message)
    assert.ok(page.words.includes('127.0.0.77'), page.words)
    assert.ok(!/203\.0\.113/.test(page.text), page.words)
  })

  test('are told once that this name is for TLS only', async () => {
    for (const path of ['/', '/sign-in']) {
      const { headers } = await fetchRaw(`${ISSUER}${path}`, { over: through() })
      // Node joins what comes twice with a comma.
      assert.match(headers['strict-transport-security'], /^max-age=\d+$/, path)
    }
  })
})
