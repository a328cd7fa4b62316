// A browser's end of Web Push, for tests: keys of a subscription, and what a push says, opened by a library that
// Tandem's authors did not write.
import assert from 'node:assert/strict'
import { createECDH, createPublicKey, randomBytes, verify } from 'node:crypto'
import { decrypt } from 'http_ece'

const CURVE = 'prime256v1'
const RECORD_SIZE = 4096

/** A browser that subscribed at `endpoint`: `subscription` is what it posts to Tandem, `open` reads what comes. */
export function subscribe(endpoint) {
  const privateKey = createECDH(CURVE)
  privateKey.generateKeys()
  const authSecret = randomBytes(16)
  const keys = { p256dh: privateKey.getPublicKey('base64url'), auth: authSecret.toString('base64url') }
  return {
    subscription: { endpoint, keys },
    open: (body) => openPush(body, { privateKey, authSecret }),
  }
}

/** The message in the body of a push request (RFC 8291). Throws if it is not for this browser, or was changed. */
export function openPush(body, { privateKey, authSecret }) {
  assert.equal(body.readUInt32BE(16), RECORD_SIZE)
  assert.equal(body[20], 65, 'the key id is the sender’s public key')
  const text = decrypt(body, { version: 'aes128gcm', privateKey, authSecret })
  return JSON.parse(text.toString('utf8'))
}

/** The claims of an `Authorization: vapid` (RFC 8292), whose signature is good for the key beside it. */
export function verifyVapid(authorization) {
  const [, token, k] = /^vapid t=([\w.-]+), k=([\w-]+)$/.exec(authorization) ?? assert.fail(authorization)
  const [header, claims, signature] = token.split('.')
  assert.deepEqual(parse(header), { typ: 'JWT', alg: 'ES256' })
  const point = Buffer.from(k, 'base64url')
  assert.equal(point.length, 65)
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((half) => half.toString('base64url'))
  const key = createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' })
  const signed = Buffer.from(`${header}.${claims}`)
  const good = verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'))
  assert.ok(good, 'the signature of the VAPID token')
  return { key: k, claims: parse(claims) }
}

const parse = (part) => JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
