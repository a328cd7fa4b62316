// Do the operators' pages work in a real browser: by phone and at a desk, in two languages, without JavaScript? And is the
// description of the admin API one that foreign validators take, for what it really answers?
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Validator } from '@seriousme/openapi-schema-validator'
import Ajv from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { assertFits, heading, inspect, openWindow, startBrowser } from './lib/browser.mjs'
import { SECRET } from './lib/ciba.mjs'
import { basic, fetchRaw, postForm } from './lib/http.mjs'
import { Person } from './lib/person.mjs'
import { ALICE, SCOPE, binary, command, startConfigured } from './lib/server.mjs'

const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code'
const JAPANESE = /[\u3040-\u30ff\u4e00-\u9fff]/
const DESK = { width: 1280, height: 800 }
/** A finger's width (WCAG 2.2, 2.5.5). */
const FINGER = 44
const person = (username) => ({ username, password: `${username}-demo-password` })
// Who looks in which way; each stops what a person of their own let in.
const LOOKS = [
  { tag: 'en', locale: 'en-US', operator: person('oscar'), victim: person('erin') },
  { tag: 'ja', locale: 'ja-JP', operator: person('olga'), victim: person('finn') },
  { tag: 'without JavaScript', locale: 'en-US', operator: person('otto'), victim: person('gail'), javaScriptEnabled: false },
]

let browser
let server
before(async () => {
  const people = [ALICE, ...LOOKS.flatMap(({ operator, victim }) => [operator, victim])]
  const clients = [
    { client_id: 'tv', client_name: 'Cellar', token_endpoint_auth_method: 'none', grant_types: [DEVICE_CODE, 'refresh_token'], scope: SCOPE },
    { client_id: 'soc', client_secret: SECRET, grant_types: ['client_credentials'], scope: 'incidents.read incidents.manage' },
  ]
  const rate_limits = { sign_in_account: 'off', sign_in_address: 'off', initiate_address: 'off' }
  server = await startConfigured({ clients, rate_limits, device_authorization: { interval: 1 } }, { people })
  for (const { operator } of LOOKS) {
    await command(binary('TANDEM_BIN'), ['user', 'operator', 'add', operator.username, '-c', server.configuration])
  }
  browser = await startBrowser()
})
after(() => Promise.all([browser?.close(), server?.stop()]))

const at = (path) => new URL(path, server.issuer).href
const form = (page, action) => page.locator(`form[action="${action}"]`)

/** Runs `story` in a window of its own; afterwards nothing must have been wrong in it. */
async function inWindow(options, story) {
  const window = await openWindow(browser, server.issuer, options)
  try {
    await story(window.page, window)
    window.assertQuiet()
  } finally {
    await window.close()
  }
}

async function signIn(page, { username, password }, path) {
  await page.goto(at(path))
  await page.locator('input[name="username"]').fill(username)
  await page.locator('input[name="password"]').fill(password)
  await Promise.all([page.waitForNavigation(), form(page, '/sign-in').locator('button[type="submit"]').first().click()])
}

/** Lets a TV in as `victim`, then reports it to the API; the incident's number, and the TV's refresh token. */
async function misused(victim) {
  const codes = (await postForm(at('/device_authorization'), { client_id: 'tv', scope: SCOPE })).json()
  await new Person(server.issuer, victim).answer(codes.user_code, 'allow')
  const poll = { client_id: 'tv', grant_type: DEVICE_CODE, device_code: codes.device_code }
  const tokens = (await postForm(at('/token'), poll)).json()
  const sub = JSON.parse(Buffer.from(tokens.id_token.split('.')[1], 'base64url').toString()).sub
  const incident = await api('POST', '/admin/v1/incidents', { target: { kind: 'person', id: sub }, reason: 'Their laptop was stolen.' })
  assert.equal(incident.status, 201, incident.text)
  return { id: incident.json().id, tokens }
}

const isIn = async ({ tokens }) => {
  const answer = await fetchRaw(at('/userinfo'), { headers: { Authorization: `Bearer ${tokens.access_token}` } })
  return answer.status === 200
}

let token
/** A call of the admin API. */
async function api(method, path, body) {
  token ??= (await postForm(at('/token'), { grant_type: 'client_credentials' }, basic('soc', SECRET))).json().access_token
  const headers = { Authorization: `Bearer ${token}`, ...(body && { 'Content-Type': 'application/json' }) }
  return fetchRaw(at(path), { method, headers, body: body && JSON.stringify(body) })
}

/** Whatever can be pressed is large enough for a finger; links within a sentence or a table's row may be lower. */
async function assertFingers(page, name) {
  const small = await page.evaluate((least) => {
    const pressed = [...document.querySelectorAll('main button, main a.button, main input:not([type="hidden"]), main select, main textarea')]
    return pressed.filter((one) => one.getBoundingClientRect().height < least).map((one) => one.outerHTML)
  }, FINGER)
  assert.deepEqual(small, [], name)
}

for (const { tag, locale, operator, victim, javaScriptEnabled = true } of LOOKS) {
  describe(tag, () => {
    const look = async (page, name) => {
      assert.equal(await page.locator('html').getAttribute('lang'), locale.slice(0, 2))
      assert.equal(JAPANESE.test(await heading(page)), locale === 'ja-JP')
      if (!javaScriptEnabled) return
      await inspect(page, `${tag}-${name}`)
      await assertFingers(page, name)
    }

    test('an incident is found, looked at, closed, opened again, and stopped', () =>
      inWindow({ locale, javaScriptEnabled }, async (page) => {
        const found = await misused(victim)
        const place = `/operator/incidents/${found.id}`
        // From the account page, by the menu.
        await signIn(page, operator, '/account')
        await page.locator('a[href="/operator/incidents"]').click()
        await look(page, 'incidents')
        await page.locator('input[name="q"]').fill(victim.username)
        await form(page, '/operator/incidents').locator('button').click()
        assert.equal(await page.locator('table tbody tr').count(), 1)
        await look(page, 'incidents-found')
        await page.locator(`a[href="${place}"]`).click()
        await look(page, 'incident-open')
        assert.ok((await page.locator('main').innerText()).includes(victim.username))

        // Closed, and undone on the page that follows.
        await page.locator('textarea[name="note"]').fill('A false alarm, it seems.')
        await form(page, `${place}/close`).locator('button').click()
        await page.locator('.notice.done').waitFor()
        await look(page, 'incident-closed')
        await page.locator('.notice.done button').click()
        await page.locator('.notice.done').waitFor()
        await look(page, 'incident-reopened')
        assert.equal(await isIn(found), true, 'so far nothing was ended')

        // What ends stands there before it does; going back changes nothing.
        await page.locator(`a[href="${place}/contain"]`).click()
        await look(page, 'incident-contain')
        assert.ok((await page.locator('.ending li').count()) >= 2)
        await page.locator(`main a[href="${place}"]`).click()
        assert.equal(await isIn(found), true)
        await page.locator(`a[href="${place}/contain"]`).click()
        await form(page, `${place}/contain`).locator('button').click()
        await page.locator('.notice.done').waitFor()
        await look(page, 'incident-contained')
        assert.equal(await isIn(found), false, 'everything has ended')
        const incident = (await api('GET', `/admin/v1/incidents/${found.id}`)).json()
        assert.equal(incident.state, 'contained')
        assert.deepEqual(incident.steps.map(({ step }) => step), ['opened', 'closed', 'reopened', 'containing', 'contained'])
        // Back, and once more: it stays as it is.
        await page.goto(at(`${place}/contain`))
        assert.equal(new URL(page.url()).pathname, place)
      }))

    test('at a desk the list is a table', () =>
      inWindow({ locale, javaScriptEnabled, viewport: DESK }, async (page) => {
        await misused(victim)
        await signIn(page, operator, '/operator/incidents')
        assert.equal(await page.locator('table thead th:visible').count(), 4)
        if (javaScriptEnabled) await inspect(page, `${tag}-incidents-desk`)
        await page.locator('table tbody a').first().click()
        if (javaScriptEnabled) await inspect(page, `${tag}-incident-desk`)
        await assertFits(page, 'an incident at a desk')
      }))
  })
}

test('nobody else finds the pages', () =>
  inWindow({}, async (page) => {
    await signIn(page, ALICE, '/operator/incidents')
    assert.equal(new URL(page.url()).pathname, '/operator/incidents')
    const unseen = await heading(page)
    assert.equal(await page.locator('table, form').count(), 0)
    const unknown = await page.goto(at('/no-such-page'))
    assert.equal(unknown.status(), 404)
    assert.equal(await heading(page), unseen)
    await page.goto(at('/account'))
    assert.equal(await page.locator('a[href^="/operator"]').count(), 0)
  }))

describe('the description of the admin API', () => {
  test('is OpenAPI 3.1 to a foreign validator', async () => {
    const document = (await fetchRaw(at('/admin/v1/openapi.json'))).json()
    const { valid, errors } = await new Validator().validate(document)
    assert.ok(valid, JSON.stringify(errors))
    assert.match(document.openapi, /^3\.1\./)
  })

  test('holds for what really comes', async () => {
    const document = (await fetchRaw(at('/admin/v1/openapi.json'))).json()
    const ajv = addFormats(new Ajv({ strict: false, allErrors: true, formats: { int64: true, uint64: true } }))
    ajv.addSchema({ $id: 'https://tandem.example/api', ...document }, 'api')
    const holds = (name, value) => {
      const validate = ajv.compile({ $ref: `https://tandem.example/api#/components/schemas/${name}` })
      assert.ok(validate(value), `${name}: ${JSON.stringify(validate.errors)}`)
    }
    const { id } = await misused(LOOKS[0].victim)
    holds('IncidentList', (await api('GET', '/admin/v1/incidents?limit=1')).json())
    holds('IncidentDetail', (await api('GET', `/admin/v1/incidents/${id}`)).json())
    holds('IncidentDetail', (await api('POST', `/admin/v1/incidents/${id}/contain`)).json())
    holds('Refusal', (await api('GET', '/admin/v1/incidents/nothing')).json())
    holds('NewIncident', { target: { kind: 'person', id: 'x' }, reason: 'y' })
    assert.throws(() => holds('NewIncident', { target: { kind: 'person', id: 'x' }, reason: 'y', more: 1 }))
    assert.throws(() => holds('IncidentDetail', {}))
  })
})
