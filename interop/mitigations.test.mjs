// Do the steps that policy puts before and after a yes work for people, in a real browser on a phone: number, passkey,
// warning, PIN, bound data, living QR code, refusals; in both flows, in both languages, and without JavaScript?
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { addAuthenticator, heading, inspect, openWindow, startBrowser } from './lib/browser.mjs'
import { CIBA, SECRET, asker, bindingMessage, settings } from './lib/ciba.mjs'
import { basic, postForm } from './lib/http.mjs'
import { SCOPE, startConfigured } from './lib/server.mjs'

const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code'
const MOST_STEPS = 6
/** A finger's width (WCAG 2.2, 2.5.5). */
const FINGER = 44
const JAPANESE = /[\u3040-\u30ff\u4e00-\u9fff]/

// Who was told no must leave a person alone for a while: each way of looking has a person of its own.
const person = (username) => ({ username, password: `${username}-demo-password` })
const LOOKS = [
  { tag: 'en', locale: 'en-US', person: person('erin'), pictures: true },
  { tag: 'ja', locale: 'ja-JP', person: person('finn'), pictures: true },
  { tag: 'without JavaScript', locale: 'en-US', person: person('gail'), javaScriptEnabled: false },
]

/** What each client's policy has beyond the server's. */
const POLICIES = {
  sensitive: { profile: 'sensitive' },
  typing: { request_initiation_verification: { number: 'type' } },
  passkey: { user_experience: { verification: 'phishing_resistant', verification_at_risk: 'phishing_resistant' } },
  risky: { establish_proximity: { network: 'show' } },
  pin: { request_initiation_verification: { pin: 'always' } },
  bound: { request_binding: { answer: 'type' } },
  confirmed: { request_binding: { answer: 'confirm' } },
  apart: { establish_proximity: { network: 'refuse' } },
  living: { establish_proximity: { living_qr: 'require' } },
}

let browser
let server
before(async () => {
  const clients = Object.entries(POLICIES).map(([client_id, tandem_policy]) =>
    asker(client_id, { client_name: 'Cellar', tandem_verified: true, grant_types: [DEVICE_CODE, CIBA, 'refresh_token'], tandem_policy }),
  )
  const off = Object.fromEntries(['present_address', 'present_person', 'initiate_address'].map((name) => [name, 'off']))
  const shared = settings(clients)
  const configuration = {
    ...shared,
    rate_limits: { ...shared.rate_limits, ...off },
    device_authorization: { interval: 1 },
    proxy: { trusted_proxies: ['127.0.0.0/8', '::1/128'] },
  }
  server = await startConfigured(configuration, { people: LOOKS.map(({ person }) => person) })
  browser = await startBrowser()
})
after(() => Promise.all([browser?.close(), server?.stop()]))

const at = (path) => new URL(path, server.issuer).href
// Where devices are, as the proxy in front says. What goes wrong in one story must not raise the risk of another's.
let stories = 0
const address = (network) => ({ 'X-Forwarded-For': `${network}.${stories}` })
const beside = () => address('203.0.113')
const elsewhere = () => address('198.51.100')

/** Each flow: how a client begins it, and how a person comes to it. */
const FLOWS = {
  device: {
    async begin(client, fields, headers) {
      const device = { tandem_device_type: 'tv', tandem_device_name: 'Living-room TV' }
      const asked = await send('/device_authorization', client, { scope: SCOPE, ...device, ...fields }, headers)
      return { ...asked, client, collects: { grant_type: DEVICE_CODE, device_code: asked.device_code } }
    },
    open: (page, person, asked) => arrive(page, asked.verification_uri_complete, person, asked.user_code),
    path: () => '/device/decision',
  },
  inbox: {
    async begin(client, fields, headers, { username }) {
      const binding_message = bindingMessage()
      const asked = await send('/backchannel_authentication', client, { scope: SCOPE, login_hint: username, binding_message, ...fields }, headers)
      return { ...asked, binding_message, client, collects: { grant_type: CIBA, auth_req_id: asked.auth_req_id } }
    },
    async open(page, person, asked) {
      await arrive(page, at('/inbox'), person)
      const card = page.locator('.card.request', { hasText: asked.binding_message })
      asked.path = await card.locator('a').getAttribute('href')
      await follow(page, card.locator('a'))
    },
    path: (asked) => asked.path,
  },
}

async function send(path, client, fields, headers = {}) {
  const answer = await postForm(at(path), fields, { ...basic(client, SECRET), ...headers })
  assert.equal(answer.status, 200, answer.text)
  return answer.json()
}

/** Collects at the pace that the server asked for. */
async function collect(asked, fields = {}) {
  if (asked.polled) await pause(Math.max(0, asked.polled + asked.interval * 1000 + 50 - Date.now()))
  asked.polled = Date.now()
  const answer = await postForm(at('/token'), { ...asked.collects, ...fields }, basic(asked.client, SECRET))
  return { status: answer.status, ...answer.json() }
}

async function assertGranted(asked, fields) {
  const answer = await collect(asked, fields)
  assert.equal(answer.status, 200, JSON.stringify(answer))
  assert.ok(answer.access_token)
  return answer
}

async function assertRefused(asked, error = 'access_denied') {
  assert.equal((await collect(asked)).error, error)
}

const follow = (page, locator) => Promise.all([page.waitForNavigation(), locator.click()])
const press = (page, value) => follow(page, page.locator(`button[name="decision"][value="${value}"]`))
const count = (page, selector) => page.locator(selector).count()

/** Signs in and brings the code where that is wanted, until there is something to read about the request. */
async function arrive(page, url, { username, password }, userCode) {
  await page.goto(url)
  for (let step = 0; step < MOST_STEPS; step += 1) {
    if (await count(page, 'input[name="username"]')) {
      await page.locator('input[name="username"]').fill(username)
      await page.locator('input[name="password"]').fill(password)
      await follow(page, page.locator('form[action="/sign-in"] button[type="submit"]').first())
    } else if (userCode && (await count(page, 'input[name="user_code"]'))) {
      await page.locator('input[name="user_code"]').fill(userCode)
      await follow(page, page.locator('form[action="/device"] button[type="submit"]'))
    } else return
  }
  assert.fail(`never arrived: ${await heading(page)}`)
}

/** Each question with a yes: facts come first, then the answers, No before Yes and as large, and the report below. */
async function assertFair(page) {
  const deny = page.locator('button[value="deny"]')
  const yes = page.locator('.answers .answer').last()
  const [no, allow, report, facts] = await Promise.all(
    [deny, yes, page.locator('button[value="report"]'), page.locator('.facts, .advice').first()].map((part) => part.boundingBox()),
  )
  assert.deepEqual([no.width, no.height], [allow.width, allow.height], 'both answers have one size')
  assert.ok(no.y < allow.y || (no.y === allow.y && no.x < allow.x), 'No comes first')
  assert.ok(facts.y + facts.height <= no.y, 'what is asked stands before the answers')
  assert.ok(report.y > allow.y, 'the report stands below')
  const looks = (part) => part.evaluate((node) => ['backgroundColor', 'color', 'fontSize', 'fontWeight', 'borderTopColor'].map((name) => getComputedStyle(node)[name]))
  assert.deepEqual(await looks(deny), await looks(yes), 'both answers have one look')
}

/** Whatever is pressed is as large as a finger. Links within a sentence are not meant. */
async function assertTargets(page, name) {
  const small = await page.evaluate((least) => {
    const parts = document.querySelectorAll('button, a.button, .answer, input[type="text"], label.pick, label.tick, summary, nav a, .after a, header a, .help a')
    const visible = [...parts].filter((part) => part.checkVisibility() && part.offsetParent !== null)
    const found = visible.map((part) => ({ text: part.textContent.trim() || part.name, ...part.getBoundingClientRect().toJSON() }))
    return found.filter(({ height, width }) => height < least - 0.5 || width < least - 0.5).map(({ text, width, height }) => `${text}: ${width} × ${height}`)
  }, FINGER)
  assert.deepEqual(small, [], `${name}: too small to hit`)
}

/** The same story in each flow and for each way of looking; afterwards nothing must have been wrong in the window. */
function story(title, tell, { flows = Object.keys(FLOWS), looks = LOOKS } = {}) {
  for (const name of flows) {
    for (const look of looks) {
      test(`${title} (${name}, ${look.tag})`, async () => {
        const { locale, javaScriptEnabled = true } = look
        stories += 1
        const window = await openWindow(browser, server.issuer, { locale, javaScriptEnabled, extraHTTPHeaders: beside() })
        const { page } = window
        const seen = async (what) => {
          const japanese = JAPANESE.test(await heading(page))
          // Words that a client sent stay as they are; none is sent as a heading here.
          assert.equal(japanese, look.tag === 'ja', await heading(page))
          if (await count(page, '.answers .answer:nth-child(2)')) await assertFair(page)
          await assertTargets(page, what)
          if (look.pictures) await inspect(page, `${look.tag}-policy-${name}-${what}`)
        }
        const flow = FLOWS[name]
        const begin = async (client, fields = {}, headers = beside()) => {
          const asked = await flow.begin(client, fields, headers, look.person)
          await flow.open(page, look.person, asked)
          return asked
        }
        try {
          await tell({ page, window, begin, seen, look, flow, name })
          window.assertQuiet()
        } finally {
          await window.close()
        }
      })
    }
  }
}

const pick = (page, number) => page.locator(`label.pick:has(input[value="${number}"])`).click()
const alert = (page) => page.locator('[role="alert"]:visible').innerText()

describe('under `sensitive`', { concurrency: false }, () => {
  // R6.16a
  story('the number is picked', async ({ page, begin, seen }) => {
    const asked = await begin('sensitive')
    await seen('number-pick')
    assert.equal(await count(page, 'input[name="number"]:checked'), 0, 'nothing is picked beforehand')
    await press(page, 'allow')
    await seen('number-missing')
    assert.ok(await alert(page))
    await assertRefused(asked, 'authorization_pending')
    await pick(page, asked.tandem_number)
    await press(page, 'allow')
    await seen('allowed')
    await assertGranted(asked)
  })

  // R6.16a: one in three is guessed too often for a second try.
  story('a wrong pick ends it', async ({ page, begin, seen, flow, name }) => {
    const asked = await begin('sensitive')
    await page.locator(`label.pick:not(:has(input[value="${asked.tandem_number}"]))`).first().click()
    await press(page, 'allow')
    await seen('number-wrong')
    assert.equal(await count(page, 'button[name="decision"]'), 0)
    await assertRefused(asked)
    await page.goto(at(flow.path(asked)))
    assert.equal(await count(page, 'button[value="allow"]'), 0)
    if (name !== 'device') return
    // After that, a request from the same network takes a passkey for a while, and one from elsewhere does not.
    await begin('sensitive')
    assert.equal(await count(page, 'button[value="allow"]'), 0)
    assert.equal(await count(page, 'a.button.answer'), 1)
    await begin('sensitive', {}, elsewhere())
    assert.equal(await count(page, 'button[value="allow"]'), 1)
  })
})

describe('what comes before the question', { concurrency: false }, () => {
  // R6.13a, R6.1f: the devices are on two networks, as the proxy says.
  story('a risky request is warned of first', async ({ page, begin, seen }) => {
    const asked = await begin('risky', {}, elsewhere())
    assert.equal(await count(page, 'button[value="allow"]'), 0, 'no yes before it is read')
    await seen('warning')
    await press(page, 'continue')
    await seen('warned-question')
    assert.ok((await count(page, '.warnings .warning')) > 0, 'what is odd still stands there')
    await press(page, 'allow')
    await assertGranted(asked)
  })

  story('and stopped there', async ({ page, begin, seen }) => {
    const asked = await begin('risky', {}, elsewhere())
    await press(page, 'deny')
    await seen('denied')
    await assertRefused(asked)
  })

  story('a request from beside the phone is not', async ({ page, begin }) => {
    await begin('risky')
    assert.equal(await count(page, 'button[value="continue"]'), 0)
    assert.equal(await count(page, 'button[value="allow"]'), 1)
  })

  // A passkey is JavaScript's; a no is not.
  story('a passkey, if policy demands one', async ({ page, window, begin, seen, look, flow }) => {
    if (look.javaScriptEnabled === false) {
      const asked = await begin('passkey')
      assert.equal(await count(page, 'button[value="allow"]'), 0)
      await press(page, 'deny')
      return assertRefused(asked)
    }
    // The offer inside the field would take the passkey before the button is pressed.
    await window.context.addInitScript(() => {
      PublicKeyCredential.isConditionalMediationAvailable = async () => false
    })
    const { credentials } = await addAuthenticator(window.context, page)
    const asked = await begin('passkey')
    const path = flow.path(asked)
    assert.equal(await count(page, 'button[value="allow"]'), 0)
    await seen('passkey-add')
    await page.locator('a.button.answer').click()
    await page.locator('#passkey-name').fill('Test phone')
    await page.locator('[data-passkey="register"] button').click()
    await page.locator('[role="status"]').waitFor()
    assert.equal((await credentials()).length, 1)

    await page.goto(at(path))
    await seen('passkey')
    // A form that says yes all the same gets nowhere.
    await page.locator('button[value="deny"]').evaluate((button) => (button.value = 'allow'))
    await press(page, 'allow')
    await assertRefused(asked, 'authorization_pending')
    await page.goto(at(path))
    await page.locator('a.button.answer').click()
    await page.locator('[data-passkey="sign-in"] button').click()
    await page.waitForURL((url) => url.pathname === path)
    await press(page, 'allow')
    await assertGranted(asked)
    await page.goto(at('/account'))
    await follow(page, page.locator('form[action="/account/passkeys/remove"] button').first())
  })
})

describe('what comes with the yes', { concurrency: false }, () => {
  // R6.17
  story('bound data is typed', async ({ page, begin, seen }) => {
    const asked = await begin('bound', { tandem_binding_data: 'Seat 12A', tandem_binding_label: 'Seat' })
    assert.ok(!(await page.content()).includes('12A'), 'what must be typed is nowhere on the page')
    await seen('binding-type')
    await page.locator('input[name="binding"]').fill('Seat 12B')
    await page.locator('input[name="binding"]').press('Enter')
    await assertRefused(asked, 'authorization_pending')
    await press(page, 'allow')
    await seen('binding-wrong')
    assert.match(await alert(page), /2/)
    await page.locator('input[name="binding"]').fill('seat 12a')
    await press(page, 'allow')
    await assertGranted(asked)
  })

  // R6.17
  story('bound data is confirmed', async ({ page, begin, seen }) => {
    const asked = await begin('confirmed', { tandem_binding_data: 'otter 7', tandem_binding_label: 'Word' })
    assert.ok((await page.locator('main').innerText()).includes('otter 7'))
    await seen('binding-confirm')
    await press(page, 'allow')
    await seen('binding-missing')
    assert.ok(await alert(page))
    await page.locator('label.tick').click()
    await press(page, 'allow')
    await assertGranted(asked)
  })

  // R6.16a
  story('the number is typed', async ({ page, begin, seen }) => {
    const asked = await begin('typing')
    assert.ok(!(await page.locator('form.decision').innerHTML()).includes(`>${asked.tandem_number}<`))
    await seen('number-type')
    await page.locator('input[name="number"]').fill(asked.tandem_number === '42' ? '43' : '42')
    await press(page, 'allow')
    await seen('number-typed-wrong')
    await page.locator('input[name="number"]').fill(asked.tandem_number)
    await press(page, 'allow')
    await assertGranted(asked)
  })
})

describe('what comes after the yes', { concurrency: false }, () => {
  const due = (answer) => assert.deepEqual([answer.error, answer.tandem_pin_required], ['authorization_pending', true])

  // R6.16b
  story('the PIN of the phone is typed on the device', async ({ page, begin, seen, look }) => {
    const asked = await begin('pin')
    await press(page, 'allow')
    await seen('pin')
    const [shown] = /\d{3} \d{3}/.exec(await page.locator('.code').innerText())
    assert.ok(!(await page.title()).includes(shown))
    const first = await collect(asked)
    due(first)
    const wrong = await collect(asked, { tandem_pin: shown === '000 000' ? '000 001' : '000 000' })
    due(wrong)
    assert.equal(wrong.tandem_pin_tries_left, 2)
    // Who comes back to the page finds the same PIN.
    if (look.javaScriptEnabled !== false) assert.ok((await page.locator('.code').innerText()).includes(shown))
    await assertGranted(asked, { tandem_pin: shown.replace(' ', '') })
  })

  // R6.14b: a yes is taken back for as long as nothing was collected.
  story('"I didn’t start this" beside the PIN ends it', async ({ page, begin, seen }) => {
    const asked = await begin('pin')
    await press(page, 'allow')
    const shown = await page.locator('.code').innerText()
    await press(page, 'report')
    await seen('reported')
    assert.equal((await collect(asked, { tandem_pin: shown })).error, 'access_denied')
  })
})

describe('what policy refuses', { concurrency: false }, () => {
  // R6.1b
  story('devices that are apart: said in words, and a no is still heard', async ({ page, begin, seen, flow, name }) => {
    const asked = await begin('apart', {}, elsewhere())
    // What the question can tell beforehand it need not ask.
    if (await count(page, 'button[value="continue"]')) await press(page, 'continue')
    if (await count(page, 'button[value="allow"]')) await press(page, 'allow')
    await seen('refused')
    assert.equal(await count(page, 'button[value="allow"]'), 0)
    await assertRefused(asked, 'authorization_pending')
    if (name === 'inbox') {
      await page.goto(at(flow.path(asked)))
      if (await count(page, 'button[value="continue"]')) await press(page, 'continue')
      await press(page, 'deny')
      await assertRefused(asked)
    }
  })

  /** What a device puts into its QR code at this moment (docs: `establish_proximity`). */
  const draw = ({ tandem_qr_seed, tandem_qr_period }, seconds = Date.now() / 1000) => {
    const step = Buffer.alloc(8)
    step.writeBigUInt64BE(BigInt(Math.floor(seconds / tandem_qr_period)))
    const mac = createHmac('sha256', Buffer.from(tandem_qr_seed, 'base64url')).update(step).digest()
    return mac.subarray(0, 10).toString('base64url')
  }
  const living = { tandem_living_qr: 'true' }

  // R6.3b
  story('a code that is typed where only a living QR code counts; the living one opens it', async ({ page, look, seen }) => {
    const asked = await FLOWS.device.begin('living', living, beside())
    await arrive(page, at('/device'), look.person, asked.user_code)
    await seen('qr-required')
    assert.equal(await count(page, 'button[name="decision"]'), 0)
    await arrive(page, `${asked.verification_uri_complete}&live=${draw(asked)}`, look.person, asked.user_code)
    await press(page, 'allow')
    await assertGranted(asked)
  }, { flows: ['device'] })

  // R6.3b
  story('a photograph of a QR code', async ({ page, look, seen }) => {
    const asked = await FLOWS.device.begin('living', living, beside())
    const minuteAgo = Date.now() / 1000 - 60
    await arrive(page, `${asked.verification_uri_complete}&live=${draw(asked, minuteAgo)}`, look.person, asked.user_code)
    await seen('qr-rejected')
    assert.equal(await count(page, 'button[name="decision"]'), 0)
    await assertRefused(asked, 'authorization_pending')
  }, { flows: ['device'] })
})

describe('what everybody can read', { concurrency: false }, () => {
  // R6.13a, R6.13b
  story('the help page, from any page', async ({ page, seen }) => {
    await page.goto(at('/device'))
    await follow(page, page.locator('footer .help a'))
    assert.equal(new URL(page.url()).pathname, '/help/codes')
    await seen('help')
    assert.ok((await page.locator('main').innerText()).includes(server.issuer), 'the address to compare')
  }, { flows: ['device'] })
})
