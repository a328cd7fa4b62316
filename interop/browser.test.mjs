// Do the pages work for people, in a real browser: phone and TV, two languages, light and dark, keyboard, no JavaScript?
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import jsQR from 'jsqr'
import { NARROW, PHONE, TELEVISION, addAuthenticator, assertFits, heading, inspect, openWindow, startBrowser } from './lib/browser.mjs'
import { postForm } from './lib/http.mjs'
import { ALICE, BOB, SCOPE, TV, startServer } from './lib/server.mjs'

const LANGUAGES = [
  { tag: 'en', locale: 'en-US' },
  { tag: 'ja', locale: 'ja-JP' },
]
const JAPANESE = /[\u3040-\u30ff\u4e00-\u9fff]/

let browser
let server
before(async () => {
  ;[browser, server] = await Promise.all([startBrowser(), startServer()])
})
after(() => Promise.all([browser?.close(), server?.stop()]))

/** Runs `story` in a window of its own; afterwards nothing must have been wrong in it. */
async function inWindow(options, story, { issuer = server.issuer } = {}) {
  const window = await openWindow(browser, issuer, options)
  try {
    await story(window.page, window)
    window.assertQuiet()
  } finally {
    await window.close()
  }
}

const at = (path, issuer = server.issuer) => new URL(path, issuer).href

async function initiate(fields = {}, issuer = server.issuer) {
  const wish = { client_id: TV, scope: SCOPE, tandem_device_type: 'tv', tandem_device_name: 'Living-room TV', ...fields }
  const answer = await postForm(at('/device_authorization', issuer), wish)
  assert.equal(answer.status, 200, answer.text)
  return answer.json()
}

async function poll({ device_code }) {
  const grant_type = 'urn:ietf:params:oauth:grant-type:device_code'
  const answer = await postForm(at('/token'), { grant_type, device_code, client_id: TV })
  return answer.status === 200 ? 'granted' : answer.json().error
}

const form = (page, action) => page.locator(`form[action="${action}"]`)
const submit = (page, action) => form(page, action).locator('button[type="submit"]').first().click()
const answered = (page) => page.waitForResponse((response) => response.request().method() === 'POST' && response.url().endsWith('/device/decision'))
const decide = (page, value) => Promise.all([answered(page), page.locator(`button[name="decision"][value="${value}"]`).click()])

async function signIn(page, { username, password } = ALICE) {
  await page.locator('input[name="username"]').fill(username)
  await page.locator('input[name="password"]').fill(password)
  await submit(page, '/sign-in')
}

/** From wherever `url` leads to the question, by the forms on the way. */
async function toDecision(page, url, userCode, person = ALICE) {
  await page.goto(url)
  for (let step = 0; step < 5; step += 1) {
    await page.waitForLoadState()
    if (await form(page, '/device/decision').count()) {
      assert.equal((await page.locator('.code').innerText()).replace(/\s/g, ''), userCode)
      return
    }
    if (await form(page, '/sign-in').count()) await signIn(page, person)
    else {
      await page.locator('input[name="user_code"]').fill(userCode)
      await submit(page, '/device')
    }
  }
  assert.fail(`no question at ${page.url()}: ${await heading(page)}`)
}

async function assertLanguage(page, tag) {
  assert.equal(await page.locator('html').getAttribute('lang'), tag)
  assert.equal(JAPANESE.test(await heading(page)), tag === 'ja')
}

describe('every page, looked at', () => {
  for (const { tag, locale } of LANGUAGES) {
    const look = async (page, name, options) => {
      await assertLanguage(page, tag)
      await inspect(page, `${tag}-${name}`, options)
    }

    test(`${tag}: start, demo, nothing there`, () =>
      inWindow({ locale }, async (page) => {
        for (const [path, name, status] of [['/', 'home', 200], ['/demo', 'demo', 200], ['/no-such-page', 'not-found', 404]]) {
          assert.equal((await page.goto(at(path))).status(), status)
          await look(page, name)
        }
      }))

    test(`${tag}: sign in, enter a code, allow, account, take back`, () =>
      inWindow({ locale }, async (page) => {
        await page.goto(at('/account'))
        await look(page, 'sign-in')
        await signIn(page, { ...BOB, password: 'not-the-password' })
        await look(page, 'sign-in-wrong')
        assert.ok(await page.locator('[role="alert"]:visible').innerText())
        assert.equal(await page.locator('input[name="password"]').inputValue(), '')
        await signIn(page, BOB)
        await look(page, 'account-empty')

        await page.goto(at('/device'))
        await look(page, 'enter-code')
        await page.locator('input[name="user_code"]').fill('BBBB-BBBB')
        await submit(page, '/device')
        await look(page, 'enter-code-unknown')
        const unknown = await page.locator('[role="alert"]:visible').innerText()
        await page.locator('input[name="user_code"]').fill('AEIO-U123')
        await submit(page, '/device')
        await look(page, 'enter-code-wrong-shape')
        assert.notEqual(await page.locator('[role="alert"]:visible').innerText(), unknown)

        const codes = await initiate()
        // Capitals, spaces and dashes do not matter.
        await page.locator('input[name="user_code"]').fill(` ${codes.user_code.toLowerCase().replace('-', ' ')} `)
        await submit(page, '/device')
        await look(page, 'decide')
        assert.match(await page.locator('main').innerText(), /Living-room TV/)
        // Who asks, the code and both answers are on a phone's first screen, even below a warning.
        assert.equal(await page.locator('.warning').count(), 1)
        const { bottom } = await page.locator('button[value="allow"]').evaluate((button) => button.getBoundingClientRect())
        assert.ok(bottom <= PHONE.height, `the answers end at ${bottom} px`)
        await decide(page, 'allow')
        await look(page, 'decided-allowed')
        assert.equal(await poll(codes), 'granted')

        await page.goto(at('/account'))
        await look(page, 'account-access')
        assert.equal(await form(page, '/account/revoke').count(), 1)
        await submit(page, '/account/revoke')
        await page.locator('[role="status"]').waitFor()
        assert.equal(await form(page, '/account/revoke').count(), 0)
        await look(page, 'account-taken-back')
        await submit(page, '/sign-out')
        await page.goto(at('/account'))
        assert.equal(await form(page, '/sign-in').count(), 1)

        const scanned = await initiate()
        await page.goto(scanned.verification_uri_complete)
        await look(page, 'arrived-signed-out')
      }))

    test(`${tag}: deny, and "I did not start this"`, () =>
      inWindow({ locale }, async (page) => {
        for (const [decision, name] of [['deny', 'decided-denied'], ['report', 'decided-reported']]) {
          const codes = await initiate()
          await toDecision(page, at('/device'), codes.user_code, BOB)
          await decide(page, decision)
          await look(page, name)
          assert.equal(await poll(codes), 'access_denied')
          // Going back and saying yes changes nothing.
          await page.goBack()
          if (await form(page, '/device/decision').count()) await decide(page, 'allow')
          assert.notEqual(await poll(codes), 'granted')
        }
      }))

    test(`${tag}: the TV`, () =>
      inWindow({ locale, viewport: TELEVISION }, async (page) => {
        await page.goto(at('/demo/tv'))
        await page.locator('[data-screen="code"]').waitFor()
        await look(page, 'tv-code', { schemes: ['dark'] })
      }))
  }

  test('the language of the address wins, and the switch leads there', () =>
    inWindow({}, async (page) => {
      await page.goto(at('/device'))
      await assertLanguage(page, 'en')
      await page.locator('footer a[hreflang="ja"]').click()
      await page.waitForURL('**/device?lang=ja')
      await assertLanguage(page, 'ja')
    }))
})

describe('a TV and a phone', () => {
  /** Opens the TV, hands its code to `story` together with a phone, and afterwards both must have been fine. */
  async function withTv(story, { locale = 'en-US' } = {}) {
    await inWindow({ viewport: TELEVISION, locale }, async (tv) => {
      await tv.goto(at('/demo/tv'))
      await tv.locator('[data-screen="code"]').waitFor()
      const userCode = (await tv.locator('[data-code]').innerText()).trim()
      const address = await readQr(tv)
      await inWindow({ viewport: PHONE, locale }, (phone, window) => story({ tv, phone, window, userCode, address }))
    })
  }

  /** What a phone's camera reads from the QR code on the screen. */
  async function readQr(tv) {
    const size = 400
    const pixels = await tv.locator('img[data-qr]').evaluate(async (image, size) => {
      await image.decode()
      const canvas = document.createElement('canvas')
      canvas.width = canvas.height = size
      const brush = canvas.getContext('2d')
      brush.fillStyle = '#888'
      brush.fillRect(0, 0, size, size)
      brush.drawImage(image, 30, 30, size - 60, size - 60)
      // As one string: a million numbers would take seconds to hand over.
      return new TextDecoder('latin1').decode(brush.getImageData(0, 0, size, size).data.map((shade) => shade & 0x7f))
    }, size)
    const found = jsQR(Uint8ClampedArray.from(Buffer.from(pixels, 'latin1'), (shade) => shade * 2), size, size)
    assert.ok(found, 'the QR code can be read')
    return found.data
  }

  for (const { tag, locale } of LANGUAGES) {
    test(`${tag}: scan, sign in, allow: the TV shows who signed in; sign out there: its access is gone`, () =>
      withTv(async ({ tv, phone, userCode, address }) => {
        assert.equal(new URL(address).origin, server.issuer)
        await toDecision(phone, address, userCode)
        await decide(phone, 'allow')
        await tv.locator('[data-screen="home"]').waitFor({ timeout: 15_000 })
        assert.match(await tv.locator('[data-screen="home"] [role="status"]').innerText(), tag === 'ja' ? /ログイン中：\s*Alice/ : /Signed in as\s+Alice/)
        await inspect(tv, `${tag}-tv-home`, { schemes: ['dark'] })
        await tv.locator('[data-sign-out]').click()
        await tv.locator('[data-screen="code"]').waitFor()
        await phone.goto(at('/account'))
        assert.equal(await form(phone, '/account/revoke').count(), 0, 'signing out on the TV ended its access')
      }, { locale }))
  }

  test('take back on the phone: the TV forgets', () =>
    withTv(async ({ tv, phone, userCode, address }) => {
      await toDecision(phone, address, userCode)
      await decide(phone, 'allow')
      await tv.locator('[data-screen="home"]').waitFor({ timeout: 15_000 })
      await phone.goto(at('/account'))
      await submit(phone, '/account/revoke')
      await phone.locator('[role="status"]').waitFor()
      await tv.locator('[data-screen="ended"]').waitFor({ timeout: 20_000 })
      await inspect(tv, 'en-tv-ended', { schemes: ['dark'] })
    }))

  for (const [decision, { tag, locale }] of [['deny', LANGUAGES[0]], ['report', LANGUAGES[1]]]) {
    test(`${tag}: the TV says so after "${decision}" and can try again`, () =>
      withTv(async ({ tv, phone, userCode }) => {
        await toDecision(phone, at('/device'), userCode)
        await decide(phone, decision)
        await tv.locator('[data-screen="denied"]').waitFor({ timeout: 15_000 })
        await inspect(tv, `${tag}-tv-${decision}`, { schemes: ['dark'] })
        await tv.locator('[data-screen="denied"] [data-again]').click()
        await tv.locator('[data-screen="code"]').waitFor()
        assert.notEqual((await tv.locator('[data-code]').innerText()).trim(), userCode)
      }, { locale }))
  }

  test('arriving with the complete address submits nothing, signed out or in', () =>
    withTv(async ({ tv, phone, window, userCode, address }) => {
      await phone.goto(address)
      await phone.waitForLoadState('networkidle')
      const sent = () => window.posts.filter((path) => !path.startsWith('/passkeys/'))
      assert.deepEqual(sent(), [])
      await phone.goto(at('/account'))
      await signIn(phone)
      const before = sent().length
      await phone.goto(address)
      await phone.waitForLoadState('networkidle')
      assert.equal(sent().length, before)
      assert.ok((await phone.content()).includes(userCode), 'the code is there to compare')
      assert.ok(!(await phone.title()).includes(userCode), 'and not in the title')
      assert.ok(await tv.locator('[data-screen="code"]').isVisible(), 'the TV still waits')
    }))
})

describe('wrong codes and wrong passwords', () => {
  test('guessing codes is slowed down, without a word on which existed', async () => {
    const own = await startServer()
    try {
      await inWindow({}, async (page) => {
        const codes = await initiate({}, own.issuer)
        await page.goto(at('/device', own.issuer))
        const said = []
        for (let guess = 0; guess < 12; guess += 1) {
          if (await form(page, '/sign-in').count()) await signIn(page, ALICE)
          await page.locator('input[name="user_code"]').fill(`BCDF-GHJ${'BCDFGHJKLMNP'[guess]}`)
          await submit(page, '/device')
          if (await form(page, '/sign-in').count()) await signIn(page, ALICE)
          said.push(await page.locator('[role="alert"]:visible').innerText())
        }
        assert.equal(said[0], said[1])
        assert.notEqual(said[0], said.at(-1), 'after many guesses there is a pause')
        await inspect(page, 'en-enter-code-too-many')
        // The right code does not help any more: a guess that hits must look like one that misses.
        await page.locator('input[name="user_code"]').fill(codes.user_code)
        await submit(page, '/device')
        assert.equal(await form(page, '/device/decision').count(), 0)
      }, own)
    } finally {
      await own.stop()
    }
  })

  test('a wrong password says nothing about the user name, and many make a pause that the right one does not break', async () => {
    const own = await startServer()
    try {
      await inWindow({}, async (page) => {
        const trouble = () => page.locator('#trouble:visible').innerText()
        await page.goto(at('/account', own.issuer))
        await signIn(page, { username: 'nobody-of-this-name', password: 'x' })
        const unknown = await trouble()
        await signIn(page, { ...ALICE, password: 'x' })
        assert.equal(await trouble(), unknown)
        let said = unknown
        for (let tries = 0; said === unknown && tries < 20; tries += 1) {
          await signIn(page, { ...ALICE, password: `wrong-${tries}` })
          said = await trouble()
        }
        assert.notEqual(said, unknown, 'there is a pause after many tries')
        await inspect(page, 'en-sign-in-throttled')
        await signIn(page, ALICE)
        assert.equal(await form(page, '/sign-in').count(), 1)
        // Somebody else's account is not locked by that.
        await signIn(page, BOB)
        assert.equal(await form(page, '/sign-in').count(), 0)
      }, own)
    } finally {
      await own.stop()
    }
  })
})

describe('without a mouse, without JavaScript', () => {
  test('the whole way by keyboard alone; nothing that grants has the focus', () =>
    inWindow({}, async (page) => {
      const codes = await initiate()
      const keys = page.keyboard
      const focused = () => page.evaluate(() => document.activeElement?.getAttribute('name') ?? document.activeElement?.tagName)
      const tabTo = async (name) => {
        for (let tabs = 0; tabs < 30; tabs += 1) {
          if ((await focused()) === name) return
          await keys.press('Tab')
        }
        assert.fail(`${name} cannot be reached by Tab`)
      }
      await page.goto(at('/account'))
      await tabTo('username')
      await keys.type(ALICE.username)
      await tabTo('password')
      await keys.type(ALICE.password)
      await keys.press('Enter')
      await form(page, '/sign-out').waitFor()
      await page.goto(at('/device'))
      await tabTo('user_code')
      await keys.type(codes.user_code)
      await keys.press('Enter')
      await form(page, '/device/decision').waitFor()

      assert.notEqual(await focused(), 'decision', 'no answer has the focus on arrival')
      await keys.press('Enter')
      assert.equal(await form(page, '/device/decision').count(), 1, 'Enter alone answers nothing')
      const order = []
      for (let tabs = 0; tabs < 30 && !order.includes('report'); tabs += 1) {
        await keys.press('Tab')
        const button = await page.evaluate(() => {
          const { name, value } = document.activeElement
          const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(document.activeElement)
          return name === 'decision' ? { value, seen: (outlineStyle !== 'none' && parseFloat(outlineWidth) > 0) || boxShadow !== 'none' } : null
        })
        if (!button) continue
        order.push(button.value)
        assert.ok(button.seen, `the focus on ${button.value} can be seen`)
      }
      assert.deepEqual(order, ['deny', 'allow', 'report'])
      await keys.press('Shift+Tab')
      await Promise.all([answered(page), keys.press('Enter')])
      assert.equal(await poll(codes), 'granted')
    }))

  test('both answers have the same size and look, and are large enough for a thumb', () =>
    inWindow({}, async (page) => {
      const codes = await initiate()
      await toDecision(page, at('/device'), codes.user_code)
      const looks = await page.locator('button[name="decision"]').evaluateAll((buttons) =>
        buttons.map((button) => {
          const { width, height } = button.getBoundingClientRect()
          const { backgroundColor, color, fontSize, fontWeight } = getComputedStyle(button)
          return { value: button.value, size: [Math.round(width), Math.round(height)], look: [backgroundColor, color, fontSize, fontWeight] }
        }))
      const [deny, allow, report] = looks
      assert.deepEqual([deny.value, allow.value, report.value], ['deny', 'allow', 'report'])
      assert.deepEqual([deny.size, deny.look], [allow.size, allow.look])
      for (const { value, size } of looks) assert.ok(size[1] >= 44, `${value} is ${size[1]} px high`)
    }))

  for (const decision of ['allow', 'deny', 'report']) {
    test(`the whole way without JavaScript: ${decision}`, () =>
      inWindow({ javaScriptEnabled: false }, async (page) => {
        const codes = await initiate()
        await toDecision(page, codes.verification_uri_complete, codes.user_code, BOB)
        await decide(page, decision)
        await page.waitForLoadState()
        assert.equal(await poll(codes), decision === 'allow' ? 'granted' : 'access_denied')
        await page.goto(at('/account'))
        for (let left = await form(page, '/account/revoke').count(); left > 0; left -= 1) await submit(page, '/account/revoke')
        assert.equal(await form(page, '/account/revoke').count(), 0)
        await submit(page, '/sign-out')
        await page.goto(at('/account'))
        assert.equal(await form(page, '/sign-in').count(), 1)
        await page.goto(at('/demo/tv'))
        assert.ok(await page.locator('noscript p.lead').innerText(), 'the TV says what it lacks')
      }))
  }

  test('it still fits at 320 px and with text at double size', () =>
    inWindow({ viewport: NARROW }, async (page) => {
      const codes = await initiate({ tandem_device_name: 'A device whose owner gave it a rather long name, for reasons' })
      await page.goto(at('/device'))
      await inspect(page, 'narrow-enter-code')
      await toDecision(page, at('/device'), codes.user_code)
      await inspect(page, 'narrow-decide')
      await page.setViewportSize({ width: 640, height: 1280 })
      await page.evaluate(() => document.documentElement.style.setProperty('font-size', '200%'))
      await assertFits(page, 'the question at double size')
    }))
})

describe('passkeys', () => {
  async function register(page, name) {
    await page.goto(at('/account'))
    if (await form(page, '/sign-in').count()) await signIn(page)
    await page.locator('#passkey-name').fill(name)
    await page.locator('[data-passkey="register"] button').click()
    await page.locator('[role="status"]').waitFor()
    assert.ok(await page.getByText(name, { exact: true }).isVisible())
  }

  test('one is added on the account page, signs in by itself where the browser offers it, and can be removed', () =>
    inWindow({}, async (page, { context }) => {
      const authenticator = await addAuthenticator(context, page)
      await page.goto(at('/account'))
      await authenticator.present(false)
      await signIn(page)
      await authenticator.present(true)
      await register(page, 'Test phone')
      const [credential] = await authenticator.credentials()
      assert.equal(credential.isResidentCredential, true)
      assert.equal(credential.rpId, 'localhost')
      await inspect(page, 'en-account-passkey')

      await authenticator.present(false)
      await submit(page, '/sign-out')
      const offered = page.waitForResponse((response) => response.url().endsWith('/passkeys/sign-in/options'))
      await page.goto(at('/account'))
      assert.equal((await offered).status(), 200, 'the browser is offered a passkey at once')
      assert.equal(await page.evaluate(() => PublicKeyCredential.isConditionalMediationAvailable()), true)
      assert.match(await page.locator('input[name="username"]').getAttribute('autocomplete'), /\bwebauthn\b/)
      assert.ok(await page.locator('[data-passkey="sign-in"] button').isVisible())
      assert.equal(await form(page, '/sign-in').count(), 1, 'nobody is signed in by that')
      await inspect(page, 'en-sign-in-passkey')

      // Now the person picks it in the user name field, and is in without pressing anything on the page.
      await authenticator.present(true)
      await page.goto(at('/account'))
      await form(page, '/sign-out').waitFor()
      await submit(page, '/account/passkeys/remove')
      await page.locator('[role="status"]').waitFor()
      assert.equal(await form(page, '/account/passkeys/remove').count(), 0)
    }))

  test('the button signs in with a passkey, on the way to a decision too; a removed one does not', () =>
    inWindow({}, async (page, { context }) => {
      await context.addInitScript(() => {
        // The offer inside the field would take the passkey before the button is pressed.
        PublicKeyCredential.isConditionalMediationAvailable = async () => false
      })
      const authenticator = await addAuthenticator(context, page)
      await register(page, 'Button phone')
      await submit(page, '/sign-out')
      const codes = await initiate()
      await page.goto(codes.verification_uri_complete)
      if (await form(page, '/device').count()) await submit(page, '/device')
      await page.locator('[data-passkey="sign-in"] button').click()
      await page.locator('form[action="/device/decision"], form[action="/device"]').first().waitFor()
      if (await form(page, '/device').count()) await submit(page, '/device')
      await decide(page, 'allow')
      await page.waitForLoadState()
      assert.equal(await poll(codes), 'granted')

      await page.goto(at('/account'))
      for (let left = await form(page, '/account/passkeys/remove').count(); left > 0; left -= 1) {
        await submit(page, '/account/passkeys/remove')
        await page.locator('[role="status"]').waitFor()
      }
      assert.equal(await form(page, '/account/passkeys/remove').count(), 0)
      await submit(page, '/sign-out')
      await page.goto(at('/account'))
      assert.equal((await authenticator.credentials()).length > 0, true, 'the phone still has it')
      await page.locator('[data-passkey="sign-in"] button').click()
      await page.locator('[data-passkey-message]:visible').waitFor()
      assert.equal(await form(page, '/sign-in').count(), 1)
    }))

  test('an authenticator that does not know who holds it signs nobody in', () =>
    inWindow({}, async (page, { context }) => {
      await context.addInitScript(() => {
        PublicKeyCredential.isConditionalMediationAvailable = async () => false
      })
      const authenticator = await addAuthenticator(context, page)
      await register(page, 'Locked phone')
      await submit(page, '/sign-out')
      await page.goto(at('/account'))
      await authenticator.verifies(false)
      await page.locator('[data-passkey="sign-in"] button').click()
      await page.locator('[data-passkey-message]:visible').waitFor()
      assert.equal(await form(page, '/sign-in').count(), 1)
    }))
})

describe('what the server says to browsers', () => {
  test('every page has the headers that keep it ours', () =>
    inWindow({}, async (page) => {
      const codes = await initiate()
      for (const path of ['/', '/account', '/device', `/device?user_code=${codes.user_code}`, '/demo', '/demo/tv', '/no-such-page']) {
        const headers = (await page.goto(at(path))).headers()
        assert.match(headers['content-security-policy'], /default-src 'none'.*frame-ancestors 'none'/, path)
        assert.doesNotMatch(headers['content-security-policy'], /unsafe/, path)
        assert.equal(headers['referrer-policy'], 'no-referrer', path)
        assert.equal(headers['x-content-type-options'], 'nosniff', path)
        assert.match(headers['cache-control'] ?? '', /no-store/, path)
      }
    }))

  test('the session is a cookie that scripts cannot read and that changes at sign-in', () =>
    inWindow({}, async (page, { context }) => {
      await page.goto(at('/account'))
      const before = await context.cookies()
      await signIn(page)
      const now = await context.cookies()
      assert.ok(now.length > 0)
      for (const cookie of now) {
        assert.ok(cookie.name.startsWith('__Host-'), cookie.name)
        assert.deepEqual([cookie.httpOnly, cookie.secure, cookie.path], [true, true, '/'])
        assert.ok(['Lax', 'Strict'].includes(cookie.sameSite))
      }
      const values = (cookies) => cookies.map(({ value }) => value)
      assert.ok(values(now).some((value) => !values(before).includes(value)))
      assert.equal(await page.evaluate(() => document.cookie), '')
    }))

  test('a form from elsewhere, or without its token, does nothing', () =>
    inWindow({}, async (page) => {
      const codes = await initiate()
      await toDecision(page, at('/device'), codes.user_code)
      await page.locator('form[action="/device/decision"] input[name="csrf"]').evaluate((input) => (input.value = 'forged'))
      await decide(page, 'allow')
      await page.waitForLoadState()
      assert.equal(await poll(codes), 'authorization_pending')
    }))
})
