// Do the demo's screens do what a stricter policy wants of them: show a number, draw living QR codes, have data typed first,
// and a PIN afterwards?
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { PHONE, TELEVISION, heading, inspect, openWindow, startBrowser } from './lib/browser.mjs'
import { ALICE, startServer } from './lib/server.mjs'

const MOST_STEPS = 6

let browser
before(async () => {
  browser = await startBrowser()
})
after(() => browser?.close())

/**
 * Runs `story` with a screen and a phone at a server under these settings; afterwards nothing must have been wrong. Before
 * the screen (the TV, or `path`) opens, `prepare` may look.
 */
async function withDevices(settings, story, { path = '/demo/tv', prepare = async () => {} } = {}) {
  const server = await startServer(settings)
  try {
    const tv = await openWindow(browser, server.issuer, { viewport: TELEVISION })
    const phone = await openWindow(browser, server.issuer)
    await prepare(tv.page)
    await tv.page.goto(`${server.issuer}${path}`)
    await story(tv.page, phone.page, server.issuer)
    tv.assertQuiet()
    phone.assertQuiet()
    await tv.close()
    await phone.close()
  } finally {
    await server.stop()
  }
}

const screen = (tv, name) => tv.locator(`[data-screen="${name}"]`)
const shown = (tv, name) => screen(tv, name).waitFor({ state: 'visible' })

/** The code that the TV shows, once it shows one. */
async function codeOf(tv) {
  await shown(tv, 'code')
  return tv.locator('[data-code]').innerText()
}

/** The address that the TV's QR code carries. */
const drawn = async (tv) => new URL(await tv.locator('[data-qr]').evaluate((image) => image.src)).searchParams.get('text')

/** The address that a device would have drawn at this time (in seconds), computed by somebody else's HMAC. */
function address({ verification_uri_complete: uri, tandem_qr_seed: seed, tandem_qr_period: period }, time) {
  const step = Buffer.alloc(8)
  step.writeBigUInt64BE(BigInt(Math.floor(time / period)))
  const mac = createHmac('sha256', Buffer.from(seed, 'base64url')).update(step).digest()
  return `${uri}&live=${mac.subarray(0, 10).toString('base64url')}`
}

/** What the phone shows after the yes. */
async function pinOf(phone) {
  const pin = (await phone.locator('main').innerText()).match(/\b(\d{3}) (\d{3})\b/)
  assert.ok(pin, 'the phone shows a PIN')
  return pin[0]
}
const another = (pin) => (pin === '000 000' ? '000 001' : '000 000')

/** Types the code on the phone, signs in, reads what has to be read, and stands before the question. */
async function open(phone, issuer, code) {
  await phone.goto(`${issuer}/device`)
  await goOn(phone, code)
}

/** The same from whatever page it is. */
async function goOn(phone, code) {
  for (let step = 0; step < MOST_STEPS; step += 1) {
    if (await phone.locator('button[value="allow"]').count()) return
    if (await phone.locator('input[name="user_code"]').count()) await phone.locator('input[name="user_code"]').fill(code)
    if (await phone.locator('input[name="username"]').count()) {
      await phone.locator('input[name="username"]').fill(ALICE.username)
      await phone.locator('input[name="password"]').fill(ALICE.password)
    }
    const next = phone.locator('button[value="continue"]')
    const submit = (await next.count()) ? next : phone.locator('main button[type="submit"]').first()
    await Promise.all([phone.waitForNavigation(), submit.click()])
  }
  assert.ok(await phone.locator('button[value="allow"]').count(), await phone.locator('h1').innerText())
}

async function signInIfAsked(phone) {
  if (!(await phone.locator('input[name="username"]').count())) return
  await phone.locator('input[name="username"]').fill(ALICE.username)
  await phone.locator('input[name="password"]').fill(ALICE.password)
  await Promise.all([phone.waitForNavigation(), phone.locator('form[action="/sign-in"] button').click()])
}

const allow = (phone) => Promise.all([phone.waitForNavigation(), phone.locator('button[value="allow"]').click()])

describe('the TV of the demo', { concurrency: false }, () => {
  test('R6.16a: under `sensitive` it shows a number that the phone asks for, and signs in', async () => {
    await withDevices({ TANDEM_POLICY__PROFILE: 'sensitive' }, async (tv, phone, issuer) => {
      const code = await codeOf(tv)
      const number = await tv.locator('[data-number]').innerText()
      assert.match(number, /^[1-9][0-9]$/)
      await inspect(tv, 'demo-tv-number', { schemes: ['dark'] })
      const [minutes] = (await tv.locator('[data-time]').innerText()).split(':')
      assert.ok(Number(minutes) < 4, 'the time to open it is shown, not the whole life')
      await open(phone, issuer, code)
      await phone.locator(`input[name="number"][value="${number}"]`).check()
      await allow(phone)
      await shown(tv, 'home')
      assert.match(await tv.locator('[data-name]').innerText(), /Alice/)
    })
  })

  test('R6.16a, R6.17: it has data typed before and the PIN of the phone after; a wrong PIN may be mended', async () => {
    const settings = {
      TANDEM_POLICY__REQUEST_BINDING__DEMAND: 'always',
      TANDEM_POLICY__REQUEST_BINDING__ANSWER: 'type',
      TANDEM_POLICY__REQUEST_INITIATION_VERIFICATION__PIN: 'always',
    }
    await withDevices(settings, async (tv, phone, issuer) => {
      await shown(tv, 'choose')
      await inspect(tv, 'demo-tv-choose', { schemes: ['dark'] })
      await tv.locator('#tv-choose').fill('otter 7')
      await tv.keyboard.press('Enter')
      const code = await codeOf(tv)
      assert.ok(await tv.locator('[data-number]').isHidden(), 'no number is wanted')
      await open(phone, issuer, code)
      await phone.locator('input[name="binding"]').fill('Otter 7')
      await allow(phone)
      const pin = await pinOf(phone)
      await shown(tv, 'pin')
      await inspect(tv, 'demo-tv-pin', { schemes: ['dark'] })
      await tv.locator('#tv-pin').fill(another(pin))
      await tv.keyboard.press('Enter')
      await tv.locator('[data-wrong]').waitFor({ state: 'visible' })
      await tv.locator('#tv-pin').fill(pin)
      await tv.keyboard.press('Enter')
      await shown(tv, 'home')
    })
  })

  test('R6.3a: under `sensitive` it draws another QR code after its period, which opens the request; an old one does not', async () => {
    let begun
    const prepare = async (tv) => {
      await tv.clock.install()
      begun = tv.waitForResponse(/\/device_authorization$/)
    }
    await withDevices({ TANDEM_POLICY__PROFILE: 'sensitive' }, async (tv, phone, issuer) => {
      const answer = await (await begun).json()
      const code = await codeOf(tv)
      const first = await drawn(tv)
      await inspect(tv, 'demo-tv-living', { schemes: ['dark'] })
      const now = Date.now() / 1000
      const recent = [-1, 0, 1].map((steps) => address(answer, now + steps * answer.tandem_qr_period))
      assert.ok(recent.includes(first), `${first} is none of ${recent}`)
      const image = await tv.locator('[data-qr]').elementHandle()
      await tv.clock.fastForward(answer.tandem_qr_period * 1000)
      await tv.waitForFunction((old) => document.querySelector('[data-qr]') !== old, image)
      const second = await drawn(tv)
      assert.notEqual(second, first)
      assert.equal(second.replace(/&live=.*/, ''), first.replace(/&live=.*/, ''))
      assert.ok(await tv.locator('[data-qr]').evaluate((picture) => picture.complete && picture.naturalWidth > 0))

      await phone.goto(second)
      await goOn(phone, code)
      const number = await tv.locator('[data-number]').innerText()
      await phone.locator(`input[name="number"][value="${number}"]`).check()
      await allow(phone)
      await shown(tv, 'home')

      const [again] = await Promise.all([
        tv.waitForResponse(/\/device_authorization$/),
        tv.locator('[data-sign-out]').click(),
      ])
      const dead = address(await again.json(), now - 10 * answer.tandem_qr_period)
      const stranger = await openWindow(browser, issuer, { viewport: PHONE })
      await stranger.page.goto(dead)
      await signInIfAsked(stranger.page)
      assert.match(await heading(stranger.page), /QR code isn’t good/)
      stranger.assertQuiet()
      await stranger.close()
    }, { prepare })
  })

  test('R6.3a: where the browser cannot compute, it asks for no living code, and is told if there is no other way', async () => {
    const prepare = (tv) => tv.addInitScript(() => Object.defineProperty(crypto, 'subtle', { value: undefined }))
    await withDevices({ TANDEM_POLICY__PROFILE: 'sensitive' }, async (tv) => {
      await codeOf(tv)
      assert.ok(!(await drawn(tv)).includes('live='))
    }, { prepare })
    const required = { TANDEM_POLICY__ESTABLISH_PROXIMITY__LIVING_QR: 'require' }
    await withDevices(required, (tv) => shown(tv, 'trouble'), { prepare })
    await withDevices(required, async (tv) => {
      await codeOf(tv)
      assert.ok((await drawn(tv)).includes('&live='))
    })
  })

  test('without such a policy it asks for none of it', async () => {
    await withDevices({}, async (tv, phone, issuer) => {
      const code = await codeOf(tv)
      assert.ok(await tv.locator('[data-number]').isHidden())
      assert.ok(!(await drawn(tv)).includes('live='), 'its QR code stays')
      await open(phone, issuer, code)
      assert.equal(await phone.locator('input[name="number"], input[name="binding"]').count(), 0)
      await allow(phone)
      await shown(tv, 'home')
    })
  })
})

describe('the screens of the demo that ask a person', { concurrency: false }, () => {
  const settings = { TANDEM_POLICY__REQUEST_INITIATION_VERIFICATION__PIN: 'always' }
  for (const [name, path, number] of [['till', '/demo/shop', true], ['call centre', '/demo/call-center', false]]) {
    test(`R6.16a: the ${name} has the PIN of the phone typed; a wrong one may be mended`, async () => {
      await withDevices(settings, async (page, phone, issuer) => {
        const at = (state) => page.locator(`main[data-state="${state}"]`).waitFor()
        const file = `demo${path.replaceAll('/', '-').replace('-demo', '')}`
        await at('ready')
        await page.locator('[data-screen~="ready"] [data-start]').first().click()
        await at('waiting')
        await phone.goto(`${issuer}/inbox`)
        await signInIfAsked(phone)
        await phone.locator('a[href^="/inbox/"]').first().click()
        await phone.locator('button[value="allow"]').waitFor()
        if (number) {
          const wanted = await page.locator('[data-screen="waiting"] [data-fill="number"]').innerText()
          await phone.locator(`input[name="number"][value="${wanted}"]`).check()
        }
        await allow(phone)
        const pin = await pinOf(phone)
        await at('pin')
        await inspect(page, `${file}-pin`, { schemes: ['light'] })
        await page.locator('[data-typed]').fill(another(pin))
        await page.keyboard.press('Enter')
        await page.locator('[data-if="wrong"]').waitFor({ state: 'visible' })
        await inspect(page, `${file}-pin-wrong`, { schemes: ['light'] })
        await page.locator('[data-typed]').fill(pin)
        await page.keyboard.press('Enter')
        await at('granted')
      }, { path })
    })
  }
})
