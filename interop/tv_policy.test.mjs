// Does the demo's TV do what a stricter policy wants of it: show a number, have data typed first, and a PIN afterwards?
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { TELEVISION, inspect, openWindow, startBrowser } from './lib/browser.mjs'
import { ALICE, startServer } from './lib/server.mjs'

const MOST_STEPS = 6

let browser
before(async () => {
  browser = await startBrowser()
})
after(() => browser?.close())

/** Runs `story` with a TV and a phone at a server under these settings; afterwards nothing must have been wrong. */
async function withDevices(settings, story) {
  const server = await startServer(settings)
  try {
    const tv = await openWindow(browser, server.issuer, { viewport: TELEVISION })
    const phone = await openWindow(browser, server.issuer)
    await tv.page.goto(`${server.issuer}/demo/tv`)
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

/** Types the code on the phone, signs in, reads what has to be read, and stands before the question. */
async function open(phone, issuer, code) {
  await phone.goto(`${issuer}/device`)
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
      const pin = (await phone.locator('main').innerText()).match(/\b(\d{3}) (\d{3})\b/)
      assert.ok(pin, 'the phone shows a PIN')
      await shown(tv, 'pin')
      await inspect(tv, 'demo-tv-pin', { schemes: ['dark'] })
      const wrong = pin[0] === '000 000' ? '000 001' : '000 000'
      await tv.locator('#tv-pin').fill(wrong)
      await tv.keyboard.press('Enter')
      await tv.locator('[data-wrong]').waitFor({ state: 'visible' })
      await tv.locator('#tv-pin').fill(pin[0])
      await tv.keyboard.press('Enter')
      await shown(tv, 'home')
    })
  })

  test('without such a policy it asks for none of it', async () => {
    await withDevices({}, async (tv, phone, issuer) => {
      const code = await codeOf(tv)
      assert.ok(await tv.locator('[data-number]').isHidden())
      await open(phone, issuer, code)
      assert.equal(await phone.locator('input[name="number"], input[name="binding"]').count(), 0)
      await allow(phone)
      await shown(tv, 'home')
    })
  })
})
