// Does the real server keep its word when many ask at once, and when it is killed in the middle of it?
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { basic, postForm } from './lib/http.mjs'
import { Person } from './lib/person.mjs'
import { ALICE, KIOSK, KIOSK_SECRET, SCOPE, TV, startServer } from './lib/server.mjs'

const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code'
const LIFTED = {
  TANDEM_RATE_LIMITS__INITIATE_ADDRESS: 'off',
  TANDEM_RATE_LIMITS__INITIATE_CLIENT: 'off',
}

const at = (server, path) => `${server.issuer}${path}`
const poll = (server, codes) =>
  postForm(at(server, '/token'), { grant_type: DEVICE_GRANT, client_id: TV, device_code: codes.device_code })
const refresh = (server, token) =>
  postForm(at(server, '/token'), { grant_type: 'refresh_token', client_id: TV, refresh_token: token })
const isActive = async (server, token) =>
  (await postForm(at(server, '/introspect'), { token }, basic(KIOSK, KIOSK_SECRET))).json().active

async function initiate(server) {
  const answer = await postForm(at(server, '/device_authorization'), { client_id: TV, scope: SCOPE })
  assert.equal(answer.status, 200, answer.text)
  return answer.json()
}

test('of fifty concurrent redemptions one wins', async (t) => {
  const server = await startServer(LIFTED)
  t.after(() => server.stop())
  const person = new Person(server.issuer, ALICE)
  for (let round = 0; round < 3; round += 1) {
    const codes = await initiate(server)
    await person.answer(codes.user_code, 'allow')
    const answers = await Promise.all(Array.from({ length: 50 }, () => poll(server, codes)))
    assert.equal(answers.filter((answer) => answer.status === 200).length, 1)
    for (const loser of answers.filter((answer) => answer.status !== 200)) {
      assert.equal(loser.status, 400)
      assert.match(loser.json().error, /^(invalid_grant|slow_down)$/)
    }
  }
})

test('a killed server knows every approval, grant and revocation that it acknowledged', async (t) => {
  let server = await startServer(LIFTED)
  t.after(() => server.stop())
  const person = new Person(server.issuer, ALICE)
  const approved = []
  const redeemed = []
  const revoked = []
  // Load beside the flows, so that the kill meets a busy writer.
  let going = true
  const load = Array.from({ length: 8 }, async () => {
    while (going) await initiate(server).catch(() => {})
  })
  for (let flow = 0; flow < 12; flow += 1) {
    const codes = await initiate(server)
    await person.answer(codes.user_code, 'allow')
    if (flow % 3 === 0) {
      approved.push(codes)
      continue
    }
    const answer = await poll(server, codes)
    assert.equal(answer.status, 200, answer.text)
    redeemed.push({ codes, tokens: answer.json() })
    if (flow % 3 === 1) {
      const { refresh_token: token } = answer.json()
      assert.equal((await postForm(at(server, '/revoke'), { client_id: TV, token })).status, 200)
      revoked.push(redeemed.pop())
    }
  }
  await server.crash()
  going = false
  await Promise.all(load)

  server = await startServer(LIFTED, server)
  for (const codes of approved) {
    const answer = await poll(server, codes)
    assert.equal(answer.status, 200, `an acknowledged approval is lost: ${answer.text}`)
    assert.equal((await poll(server, codes)).json().error, 'invalid_grant')
  }
  for (const { codes, tokens } of redeemed) {
    assert.equal((await poll(server, codes)).json().error, 'invalid_grant', 'redeemed a second time')
    assert.equal(await isActive(server, tokens.access_token), true, 'an acknowledged grant is lost')
    assert.equal((await refresh(server, tokens.refresh_token)).status, 200)
  }
  for (const { tokens } of revoked) {
    assert.equal(await isActive(server, tokens.access_token), false, 'an acknowledged revocation is lost')
    assert.equal((await refresh(server, tokens.refresh_token)).json().error, 'invalid_grant')
  }
})
