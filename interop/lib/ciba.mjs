// What do a client that asks people, and a person who is asked, do?
import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { basic, postForm } from './http.mjs'
import { SCOPE } from './server.mjs'

export const CIBA = 'urn:openid:params:grant-type:ciba'
export const SECRET = 'the-secret-of-an-asking-client'

/** A client in the configuration, for poll mode with a secret unless `more` says otherwise. */
export const asker = (client_id, more = {}) => ({
  client_id,
  client_name: `The ${client_id}`,
  token_endpoint_auth_method: 'client_secret_basic',
  client_secret: SECRET,
  grant_types: [CIBA, 'refresh_token'],
  scope: SCOPE,
  backchannel_token_delivery_mode: 'poll',
  ...more,
})

/** The settings that all tests share: polls each second, loopback may be called, and nobody is asked too often. */
export const settings = (clients, more = {}) => ({
  clients,
  ciba: { interval: 1, shortest_lifetime: 5 },
  policy: { rate_limits: { open_requests: 50, cool_down: 1, longest_cool_down: 1 } },
  outgoing: { allow_private: ['127.0.0.0/8'] },
  rate_limits: { ask_client: 'off', ask_person: 'off', sign_in_account: 'off', sign_in_address: 'off' },
  ...more,
})

const CONSONANTS = 'BCDFGHJKLMNPQRSTVWXZ'
/** A message that no other request has. */
export const bindingMessage = () => `Till 4, ${Array.from({ length: 8 }, () => CONSONANTS[randomInt(CONSONANTS.length)]).join('')}`

/** Asks with `client_secret_basic`, without a client library. */
export async function ask(server, client, { person = 'alice', ...fields } = {}) {
  const binding_message = bindingMessage()
  const wish = { scope: SCOPE, login_hint: person, binding_message, ...fields }
  const answer = await postForm(`${server.issuer}/backchannel_authentication`, wish, basic(client, SECRET))
  assert.equal(answer.status, 200, answer.text)
  return { binding_message: wish.binding_message, ...answer.json() }
}

/** Polls once. */
export const collect = (server, client, { auth_req_id }) =>
  postForm(`${server.issuer}/token`, { grant_type: CIBA, auth_req_id }, basic(client, SECRET))

/** The addresses of the open requests in a person's inbox that show `message`. */
export async function inboxOf(person, message) {
  const page = await person.signIn('/inbox')
  const cards = page.text.split('<li class="card request">').slice(1)
  return cards.filter((card) => card.includes(message)).map((card) => /href="(\/inbox\/[\w-]+)"/.exec(card)[1])
}

/** Opens the one request that shows `message`. */
export async function openRequest(person, message) {
  const found = await inboxOf(person, message)
  assert.equal(found.length, 1, `${found.length} requests with “${message}”`)
  const page = await person.visit(found[0])
  assert.ok(page.form(found[0]), page.words)
  assert.ok(page.words.includes(message), page.words)
  return { path: found[0], page }
}

/** Answers the request that shows `message`: allow, deny or report. */
export async function answerRequest(person, message, decision, fields = {}) {
  const { path, page } = await openRequest(person, message)
  const { csrf, crossing } = page.form(path).fields
  const outcome = await person.visit(path, { csrf, crossing, decision, ...fields })
  assert.equal(outcome.status, 200, outcome.words)
  assert.equal(outcome.form(path), null, 'the answer was taken')
  return outcome
}
