// Do the pages on which people answer requests work, in a real browser: live, with numbers, passkeys and notifications?
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { decodeJwt, importJWK, jwtVerify } from 'jose'
import { addAuthenticator, heading, inspect, openWindow, startBrowser } from './lib/browser.mjs'
import { ask, asker, bindingMessage, collect, settings } from './lib/ciba.mjs'
import { startDesktop } from './lib/desktop.mjs'
import { startReceiver, status } from './lib/receiver.mjs'
import { ALICE, BOB, command, startConfigured } from './lib/server.mjs'
import { subscribe } from './web_push_decrypt.mjs'

const LANGUAGES = [
  { tag: 'en', locale: 'en-US' },
  { tag: 'ja', locale: 'ja-JP' },
]
const JAPANESE = /[\u3040-\u30ff\u4e00-\u9fff]/
const here = (name) => fileURLToPath(new URL(name, import.meta.url))
// People who share no inbox, so that no test sees the requests of another.
const people = (...names) => names.map((username) => ({ username, password: `${username}-demo-password` }))
const OTHERS = people('erin', 'finn', 'gail', 'hugo', 'iris', 'jack', 'kyra', 'lars', 'mona')
const [ERIN, FINN, GAIL, HUGO, IRIS, JACK, KYRA, LARS, MONA] = OTHERS
const PAYMENT = JSON.stringify([{ type: 'payment', amount: 'EUR 45.00', payee: 'Example Bank' }])

let browser
let server
let folder
let pushService
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tandem-inbox-'))
  const { ca, ...certificate } = JSON.parse(await command(here('.venv/bin/python'), [here('make_certificate.py')]))
  const ca_file = join(folder, 'ca.pem')
  await writeFile(ca_file, ca)
  const more = {
    outgoing: { allow_private: ['127.0.0.0/8'], ca_file },
    authorization_details: { payment: { en: 'Pay {amount} to {payee}', ja: '{payee} に {amount} を支払う' } },
  }
  const shop = { client_name: 'Corner shop', tandem_verified: true, authorization_details_types: ['payment'] }
  const clients = [
    asker('shop', shop),
    asker('typing', { client_name: 'Corner shop', tandem_number_matching: 'type' }),
    asker('bare', { client_name: 'Somebody else' }),
    // Whoever was told no must leave the person alone for a while.
    ...['one', 'two', 'three'].map((name) => asker(name, { client_name: 'Corner shop' })),
  ]
  ;[browser, server, pushService] = await Promise.all([
    startBrowser(),
    startConfigured(settings(clients, more), { people: [ALICE, BOB, ...OTHERS] }),
    startReceiver({ certificate, reply: status(201) }),
  ])
})
after(async () => {
  await Promise.all([browser?.close(), server?.stop(), pushService?.stop()])
  if (folder) await rm(folder, { recursive: true })
})

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

/** The same on a desktop that shows notifications, on which `story` can have them clicked. */
async function onDesktop(options, story) {
  const desktop = await startDesktop()
  try {
    const window = await openWindow(desktop.browser, server.issuer, options)
    try {
      await story(window.page, window, desktop)
      window.assertQuiet()
    } finally {
      await window.close()
    }
  } finally {
    await desktop.stop()
  }
}

const at = (path) => new URL(path, server.issuer).href
const form = (page, action) => page.locator(`form[action="${action}"]`)
const card = (page, message) => page.locator('.card.request', { hasText: message })
const send = (client, person, fields = {}) => ask(server, client, { person: person.username, ...fields })
/** A poll at the pace that the server asked for; the answer, and what it means. */
async function poll(client, asked) {
  if (asked.polled) await pause(asked.polled + asked.interval * 1000 + 50 - Date.now())
  asked.polled = Date.now()
  return collect(server, client, asked)
}
const outcomeOf = async (client, asked) => {
  const answer = await poll(client, asked)
  return answer.status === 200 ? 'granted' : answer.json().error
}

async function signIn(page, { username, password }, path = '/inbox') {
  await page.goto(at(path))
  await page.locator('input[name="username"]').fill(username)
  await page.locator('input[name="password"]').fill(password)
  await form(page, '/sign-in').locator('button[type="submit"]').first().click()
  await page.waitForURL((url) => url.pathname === path)
}

/** Opens the inbox, and waits until it hears of changes. */
async function openInbox(page, person) {
  const live = page.waitForResponse((response) => response.url().endsWith('/inbox?part=list'))
  await signIn(page, person)
  await live
  // What a reload would take away.
  await page.evaluate(() => (window.sameDocument = true))
}
const assertNotReloaded = async (page) => assert.equal(await page.evaluate(() => window.sameDocument), true, 'the page was loaded again')

async function openCard(page, message) {
  await card(page, message).locator('a').click()
  await page.locator('form.decision').waitFor()
  assert.ok((await page.locator('blockquote').innerText()).includes(message))
  return new URL(page.url()).pathname
}

const decide = (page, value) =>
  Promise.all([page.waitForNavigation(), page.locator(`button[name="decision"][value="${value}"]`).click()])

async function assertLanguage(page, tag) {
  assert.equal(await page.locator('html').getAttribute('lang'), tag)
  assert.equal(JAPANESE.test(await heading(page)), tag === 'ja')
}

describe('every page, looked at', () => {
  for (const [{ tag, locale }, person] of [[LANGUAGES[0], ERIN], [LANGUAGES[1], FINN]]) {
    const look = async (page, name) => {
      await assertLanguage(page, tag)
      await inspect(page, `${tag}-${name}`)
    }

    test(`${tag}: a request appears by itself, is opened, its number is picked, and it is allowed`, () =>
      inWindow({ locale }, async (page) => {
        await openInbox(page, person)
        await look(page, 'inbox-empty')
        const asked = await send('shop', person, { authorization_details: PAYMENT, tandem_number_matching: 'true' })
        await card(page, asked.binding_message).waitFor()
        await assertNotReloaded(page)
        assert.match(await page.title(), /^\(1\) /)
        await look(page, 'inbox-request')
        await openCard(page, asked.binding_message)
        await look(page, 'request-number')
        assert.match(await page.locator('main').innerText(), tag === 'ja' ? /Example Bank に EUR 45.00 を支払う/ : /Pay EUR 45.00 to Example Bank/)
        // Nothing is chosen, and yes without a number sends nothing.
        assert.equal(await page.locator('input[name="number"]:checked').count(), 0)
        await decide(page, 'allow')
        await look(page, 'request-number-missing')
        assert.equal(await outcomeOf('shop', asked), 'authorization_pending')
        await page.locator(`label.pick:has(input[value="${asked.tandem_number}"])`).click()
        await decide(page, 'allow')
        await look(page, 'request-allowed')
        assert.equal(await outcomeOf('shop', asked), 'granted')
        await page.goto(at('/inbox'))
        assert.equal(await card(page, asked.binding_message).count(), 0)
        await look(page, 'inbox-after')
      }))

    test(`${tag}: no, "I did not start this", and a wrong number`, () =>
      inWindow({ locale }, async (page) => {
        await openInbox(page, person)
        for (const [client, decision, name] of [['one', 'deny', 'request-denied'], ['two', 'report', 'request-reported']]) {
          const asked = await send(client, person)
          await card(page, asked.binding_message).waitFor()
          const path = await openCard(page, asked.binding_message)
          await look(page, `${name}-question`)
          await decide(page, decision)
          await look(page, name)
          assert.equal(await outcomeOf(client, asked), 'access_denied')
          // Going back and saying yes changes nothing.
          await page.goto(at(path))
          await look(page, 'request-answered')
          assert.equal(await page.locator('button[name="decision"]').count(), 0)
          await page.goto(at('/inbox'))
        }
        const asked = await send('three', person, { tandem_number_matching: 'true' })
        await page.goto(at('/inbox'))
        await openCard(page, asked.binding_message)
        const wrong = page.locator(`label.pick:not(:has(input[value="${asked.tandem_number}"]))`)
        await wrong.first().click()
        await decide(page, 'allow')
        await look(page, 'request-number-wrong')
        assert.equal(await outcomeOf('three', asked), 'access_denied')
      }))

    test(`${tag}: the page of devices`, () =>
      inWindow({ locale }, async (page) => {
        await signIn(page, person, '/account/devices')
        await look(page, 'devices')
        await form(page, '/account/devices/app').locator('button').click()
        await page.locator('.ticket').waitFor()
        await look(page, 'devices-app')
      }))
  }
})

describe('live', () => {
  test('a request that is answered elsewhere, or ends by itself, goes without a reload; several are counted', () =>
    inWindow({}, async (page, { context }) => {
      await openInbox(page, GAIL)
      const [first, second] = [await send('shop', GAIL), await send('shop', GAIL)]
      for (const { binding_message } of [first, second]) await card(page, binding_message).waitFor()
      assert.match(await page.title(), /^\(2\) /)
      const short = await send('bare', GAIL, { requested_expiry: '8' })
      await card(page, short.binding_message).waitFor()
      const other = await context.newPage()
      await other.goto(at('/inbox'))
      await openCard(other, first.binding_message)
      await decide(other, 'allow')
      await card(page, first.binding_message).waitFor({ state: 'detached' })
      await card(page, short.binding_message).waitFor({ state: 'detached' })
      assert.equal(await card(page, second.binding_message).count(), 1)
      assert.match(await page.title(), /^\(1\) /)
      await assertNotReloaded(page)
    }))

  test('a request that expires while it is open cannot be allowed any more', () =>
    inWindow({}, async (page) => {
      await openInbox(page, HUGO)
      const asked = await send('bare', HUGO, { requested_expiry: '5' })
      await card(page, asked.binding_message).waitFor()
      await openCard(page, asked.binding_message)
      // The other device notices first.
      while ((await outcomeOf('bare', asked)) === 'authorization_pending');
      await decide(page, 'allow')
      assert.match(await page.locator('main').innerText(), /time to answer was over/)
      await inspect(page, 'en-request-expired')
      assert.equal(await outcomeOf('bare', asked), 'expired_token')
    }))

  test('signing out elsewhere ends it: nothing of the inbox stays', () =>
    inWindow({}, async (page, { context }) => {
      await openInbox(page, LARS)
      const before = await send('shop', LARS)
      await card(page, before.binding_message).waitFor()
      const other = await context.newPage()
      await other.goto(at('/account'))
      await form(other, '/sign-out').locator('button').click()
      await other.waitForLoadState()
      // The next thing that happens in the inbox is not for this browser any more.
      const afterwards = await send('shop', LARS)
      await form(page, '/sign-in').waitFor()
      assert.ok(!(await page.content()).includes(afterwards.binding_message))
    }))

  test("nobody hears of somebody else's requests", () =>
    inWindow({}, async (page) => {
      await openInbox(page, IRIS)
      const theirs = await send('shop', JACK)
      const own = await send('shop', IRIS)
      await card(page, own.binding_message).waitFor()
      assert.equal(await card(page, theirs.binding_message).count(), 0)
    }))
})

describe('answers', () => {
  test('a number is typed where the client wants that; Enter answers nothing', () =>
    inWindow({}, async (page) => {
      await openInbox(page, IRIS)
      const asked = await send('typing', IRIS)
      await card(page, asked.binding_message).waitFor()
      await openCard(page, asked.binding_message)
      const field = page.locator('input[name="number"]')
      const wrong = asked.tandem_number === '42' ? '43' : '42'
      await field.fill(wrong)
      await field.press('Enter')
      assert.equal(await outcomeOf('typing', asked), 'authorization_pending')
      await decide(page, 'allow')
      await inspect(page, 'en-request-number-typed-wrong')
      assert.ok(await page.locator('[role="alert"]:visible').innerText())
      await page.locator('input[name="number"]').fill(asked.tandem_number)
      await decide(page, 'allow')
      assert.equal(await outcomeOf('typing', asked), 'granted')
    }))

  for (const decision of ['allow', 'deny', 'report']) {
    test(`without JavaScript: ${decision}`, () =>
      inWindow({ javaScriptEnabled: false }, async (page) => {
        const client = { allow: 'shop', deny: 'two', report: 'three' }[decision]
        await signIn(page, JACK)
        const asked = await send(client, JACK, decision === 'allow' ? { tandem_number_matching: 'true' } : {})
        await page.locator('a[data-inbox-reload]').click()
        await card(page, asked.binding_message).waitFor()
        await openCard(page, asked.binding_message)
        if (decision === 'allow') await page.locator(`label.pick:has(input[value="${asked.tandem_number}"])`).click()
        await decide(page, decision)
        assert.equal(await outcomeOf(client, asked), decision === 'allow' ? 'granted' : 'access_denied')
        await page.goto(at('/inbox'))
        assert.equal(await card(page, asked.binding_message).count(), 0)
      }))
  }

  test('a link to a request leads through signing in, and to nobody else', () =>
    inWindow({}, async (page) => {
      await openInbox(page, KYRA)
      const asked = await send('shop', KYRA)
      await card(page, asked.binding_message).waitFor()
      const path = await openCard(page, asked.binding_message)
      await page.goto(at('/account'))
      await form(page, '/sign-out').locator('button').click()
      await signIn(page, BOB, path)
      assert.equal(await page.locator('button[name="decision"]').count(), 0)
      assert.ok(!(await page.content()).includes(asked.binding_message))
      await inspect(page, 'en-request-gone')
      await page.goto(at('/account'))
      await form(page, '/sign-out').locator('button').click()
      await signIn(page, KYRA, path)
      assert.equal(await page.locator('button[name="decision"]').count(), 3)
    }))

  test('where a passkey is demanded, a password is not enough; with the passkey the ID token says so', () =>
    inWindow({}, async (page, { context }) => {
      await context.addInitScript(() => {
        // The offer inside the field would take the passkey before the button is pressed.
        PublicKeyCredential.isConditionalMediationAvailable = async () => false
      })
      await addAuthenticator(context, page)
      await openInbox(page, ALICE)
      const early = await send('shop', ALICE, { acr_values: 'phr' })
      await card(page, early.binding_message).waitFor()
      await openCard(page, early.binding_message)
      // Who has no passkey can say no, or add one.
      assert.equal(await page.locator('button[value="allow"]').count(), 0)
      await inspect(page, 'en-request-add-passkey')
      await page.locator('a.button.answer').click()
      await page.locator('#passkey-name').fill('Test phone')
      await page.locator('[data-passkey="register"] button').click()
      await page.locator('[role="status"]').waitFor()

      await page.goto(at('/account'))
      await form(page, '/sign-out').locator('button').click()
      await openInbox(page, ALICE)
      const asked = await send('shop', ALICE, { acr_values: 'phr', tandem_number_matching: 'true' })
      await card(page, asked.binding_message).waitFor()
      const path = await openCard(page, asked.binding_message)
      assert.equal(await page.locator('button[value="allow"]').count(), 0)
      await inspect(page, 'en-request-confirm-passkey')
      // A form that says yes all the same gets nowhere.
      await page.locator('button[value="deny"]').evaluate((button) => (button.value = 'allow'))
      await decide(page, 'allow')
      assert.equal(await outcomeOf('shop', asked), 'authorization_pending')
      await page.goto(at(path))
      await page.locator('a.button.answer').click()
      await page.locator('[data-passkey="sign-in"] button').click()
      await page.waitForURL((url) => url.pathname === path)
      await page.locator(`label.pick:has(input[value="${asked.tandem_number}"])`).click()
      await decide(page, 'allow')
      const answer = await poll('shop', asked)
      assert.equal(answer.status, 200, answer.text)
      const { acr, amr } = decodeJwt(answer.json().id_token)
      assert.equal(acr, 'phr')
      assert.ok(!amr.includes('pwd'), amr.join())
    }))
})

/**
 * No push service can be reached from here. This stands for the browser's; the keys are a browser's own. A page can let it
 * give out another subscription by keeping that under `given`.
 */
const standIn = (context, { subscription }) =>
  context.addInitScript((first) => {
    const KEY = 'subscribed'
    const made = (key) => {
      const given = JSON.parse(localStorage.getItem('given')) ?? first
      return {
        endpoint: given.endpoint,
        options: { applicationServerKey: key },
        toJSON: () => given,
        unsubscribe: async () => localStorage.removeItem(KEY) ?? true,
      }
    }
    const stored = () => localStorage.getItem(KEY)
    PushManager.prototype.getSubscription = async () => (stored() ? made(Uint8Array.from(JSON.parse(stored())).buffer) : null)
    PushManager.prototype.subscribe = async ({ applicationServerKey, userVisibleOnly }) => {
      if (!userVisibleOnly) throw new DOMException('refused', 'NotAllowedError')
      localStorage.setItem(KEY, JSON.stringify([...applicationServerKey]))
      return made(applicationServerKey.buffer)
    }
  }, subscription)

/**
 * The browser's push service gives it the subscription `made`; with `old` it says which one is over, and with `told` it
 * has subscribed by itself. No browser does this at anybody's wish: the event is dispatched. Resolves to what the worker
 * asked of the browser.
 */
const changeSubscription = (worker, made, { old = undefined, told = false } = {}) =>
  worker.evaluate(
    async ([made, old, told]) => {
      const asked = []
      const subscription = (given) => ({ ...given, toJSON: () => given, unsubscribe: async () => asked.push('unsubscribe') })
      const subscribe = async (options) => asked.push(options) && subscription(made)
      Object.defineProperty(PushManager.prototype, 'subscribe', { configurable: true, value: subscribe })
      const event = new ExtendableEvent('pushsubscriptionchange')
      const work = []
      const members = { waitUntil: (promise) => work.push(promise) }
      if (old) members.oldSubscription = subscription(old)
      if (told) members.newSubscription = subscription(made)
      for (const [name, value] of Object.entries(members)) Object.defineProperty(event, name, { value })
      self.dispatchEvent(event)
      await Promise.all(work)
      return asked
    },
    [made.subscription, old?.subscription, told],
  )

describe('the web app', () => {
  test('its manifest is one that the browser takes, with icons that are there', () =>
    inWindow({}, async (page, { context }) => {
      await openInbox(page, MONA)
      const devtools = await context.newCDPSession(page)
      const { errors, url, data } = await devtools.send('Page.getAppManifest')
      assert.deepEqual(errors, [])
      assert.equal(url, at('/manifest.webmanifest'))
      const manifest = JSON.parse(data)
      assert.deepEqual([manifest.start_url, manifest.scope, manifest.display], ['/inbox', '/', 'standalone'])
      for (const { src, type, sizes } of manifest.icons) {
        const answer = await page.request.get(at(src))
        assert.equal(answer.status(), 200, src)
        assert.ok(answer.headers()['content-type'].startsWith(type), src)
        if (sizes === 'any') continue
        const body = await answer.body()
        assert.equal(`${body.readUInt32BE(16)}x${body.readUInt32BE(20)}`, sizes)
      }
      const { installabilityErrors } = await devtools.send('Page.getInstallabilityErrors')
      // Playwright's windows are all private ones, in which nothing is installed.
      assert.deepEqual(installabilityErrors.map(({ errorId }) => errorId).filter((id) => id !== 'in-incognito'), [])
    }))

  test('notifications: switched on, pushed sealed, shown, and a click opens the request', () =>
    onDesktop({ permissions: ['notifications'] }, async (page, { context }, desktop) => {
      const mine = subscribe(`${pushService.url}/push/${bindingMessage().slice(-8)}`)
      await standIn(context, mine)
      const devtools = await context.newCDPSession(page)
      const registrations = new Map()
      devtools.on('ServiceWorker.workerRegistrationUpdated', ({ registrations: all }) => {
        for (const { registrationId, scopeURL } of all) registrations.set(scopeURL, registrationId)
      })
      await devtools.send('ServiceWorker.enable')
      await signIn(page, MONA, '/account/devices')
      const button = page.locator('button[data-web-push]')
      const off = await button.innerText()
      await button.click()
      await page.locator('.card').waitFor()
      await page.waitForFunction((off) => document.querySelector('[data-web-push]').textContent !== off, off)
      await inspect(page, 'en-devices-web-push')
      assert.equal(await page.evaluate(async () => (await navigator.serviceWorker.ready).scope), at('/'))

      const asked = await send('shop', MONA)
      const [call] = await pushService.wait(1)
      assert.deepEqual([call.method, call.path], ['POST', new URL(mine.subscription.endpoint).pathname])
      assert.deepEqual([call.headers['content-encoding'], call.headers.urgency], ['aes128gcm', 'high'])
      assert.ok(Number(call.headers.ttl) > 0 && Number(call.headers.ttl) <= asked.expires_in)
      assert.match(call.headers.topic, /^[\w-]{1,32}$/)
      // RFC 8292: signed with the key that the browser subscribed for.
      const [, jwt, k] = /^vapid t=([\w.-]+), k=([\w-]+)$/.exec(call.headers.authorization)
      assert.equal(k, await button.getAttribute('data-key'))
      const point = Buffer.from(k, 'base64url')
      const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((half) => half.toString('base64url'))
      const key = await importJWK({ kty: 'EC', crv: 'P-256', x, y }, 'ES256')
      const { payload } = await jwtVerify(jwt, key, { audience: pushService.url, requiredClaims: ['exp'], algorithms: ['ES256'] })
      assert.ok(payload.exp - Date.now() / 1000 <= 24 * 3600)
      const message = mine.open(call.body)
      assert.ok(!call.body.includes(asked.binding_message) && !JSON.stringify(message).includes(asked.auth_req_id))
      assert.match(message.title, /Corner shop/)
      assert.match(new URL(message.url).pathname, /^\/inbox\/[\w-]+$/)
      assert.equal(new URL(message.url).origin, server.issuer)

      const deliver = (data) => devtools.send('ServiceWorker.deliverPushMessage', { origin: server.issuer, registrationId: registrations.get(at('/')), data })
      /** A person clicks on the notification; the window that this opens. */
      const click = async (notification) => {
        const opened = context.waitForEvent('page')
        desktop.click(notification)
        const window = await opened
        await window.waitForURL((url) => url.href !== 'about:blank')
        await desktop.closed(notification)
        return window
      }

      await deliver(JSON.stringify(message))
      const notification = await desktop.shown(message.title)
      assert.ok(notification.body.includes(message.body), notification.body)
      const opened = await click(notification)
      assert.equal(opened.url(), message.url)
      assert.ok((await opened.locator('main').innerText()).includes(asked.binding_message))
      // Where it is open already, that window comes to the front and no second one is opened.
      const [worker] = context.serviceWorkers()
      const focused = worker.evaluate(
        () =>
          new Promise((resolve) => {
            const { focus } = WindowClient.prototype
            const told = async function () {
              const client = await focus.call(this)
              resolve(client.url)
              return client
            }
            Object.defineProperty(WindowClient.prototype, 'focus', { configurable: true, value: told })
          }),
      )
      const windows = context.pages().length
      await deliver(JSON.stringify({ ...message, title: 'Once more' }))
      desktop.click(await desktop.shown('Once more'))
      assert.equal(await focused, message.url)
      assert.equal(context.pages().length, windows)
      await opened.close()

      // Whatever is pushed, only addresses here are opened, and something is shown.
      for (const [data, title] of [[JSON.stringify({ ...message, title: 'Evil', tag: 'evil', url: 'https://evil.example/' }), 'Evil'], ['no JSON at all', 'localhost']]) {
        await deliver(data)
        const other = await click(await desktop.shown(title))
        assert.equal(other.url(), at('/inbox'), data)
        await other.close()
      }

      await page.goto(at('/account/devices'))
      await page.locator('button[data-web-push]').click()
      await page.locator('.card').waitFor({ state: 'detached' })
      const later = await send('shop', MONA)
      await page.goto(at('/inbox'))
      await card(page, later.binding_message).waitFor()
      assert.equal(pushService.calls.length, 1, 'nothing is sent to a browser that said no')
    }))

  test('a browser that gets another address from its push service stays the device that it was, of nobody else', () =>
    inWindow({ permissions: ['notifications'] }, async (page, { context }) => {
      const [first, second, third, fourth] = Array.from({ length: 4 }, () => subscribe(`${pushService.url}/renewed/${bindingMessage().slice(-8)}`))
      const path = (each) => new URL(each.subscription.endpoint).pathname
      await standIn(context, first)
      const started = context.waitForEvent('serviceworker')
      await signIn(page, IRIS, '/account/devices')
      const name = page.locator('.card h3')
      await page.locator('button[data-web-push]').click()
      const worker = await started
      await page.locator('.card').waitFor()
      const [key, before] = [await page.locator('button[data-web-push]').getAttribute('data-key'), await name.innerText()]
      const reach = async (expected) => {
        const already = pushService.calls.length
        await send('bare', IRIS)
        await pushService.wait(already + 1)
        assert.deepEqual(pushService.calls.slice(already).map((call) => call.path), [path(expected)])
      }
      await reach(first)

      // One browser says nothing of the old subscription nor of the new one; others say both.
      assert.deepEqual(await changeSubscription(worker, second), [{ userVisibleOnly: true, applicationServerKey: key }])
      await reach(second)
      assert.deepEqual(await changeSubscription(worker, third, { old: second, told: true }), [])
      await reach(third)
      // What was over before is nobody's any more.
      assert.deepEqual(await changeSubscription(worker, first, { old: second, told: true }), ['unsubscribe'])
      await reach(third)

      const signOut = async () => {
        await page.goto(at('/account'))
        await form(page, '/sign-out').locator('button').click()
        await page.waitForLoadState()
      }
      // Somebody else's session takes nothing, and gets nothing.
      await signOut()
      await signIn(page, JACK, '/account/devices')
      assert.deepEqual(await changeSubscription(worker, fourth, { old: third, told: true }), ['unsubscribe'])
      await page.goto(at('/account/devices'))
      assert.equal(await page.locator('.card').count(), 0)
      await reach(third)
      // With nobody signed in nothing is said, until the person comes back.
      await signOut()
      assert.deepEqual(await changeSubscription(worker, fourth, { told: true }), [])
      await reach(third)
      await page.evaluate((given) => localStorage.setItem('given', JSON.stringify(given)), fourth.subscription)
      await signIn(page, IRIS, '/account/devices')
      const digest = createHash('sha256').update(fourth.subscription.endpoint).digest('base64url')
      await page.locator(`input[name="device"][value="${digest}"]`).first().waitFor({ state: 'attached' })
      assert.deepEqual([await page.locator('.card').count(), await name.innerText()], [1, before])
      await reach(fourth)
      await page.locator('button[data-web-push]').click()
      await page.locator('.card').waitFor({ state: 'detached' })
      // Who switched it off is not added again, whatever the push service does.
      assert.deepEqual(await changeSubscription(worker, first), [])
      await page.goto(at('/account/devices'))
      assert.equal(await page.locator('.card').count(), 0)
    }))

  test('a push service that says that a subscription is gone is not asked again', () =>
    inWindow({ permissions: ['notifications'] }, async (page) => {
      await signIn(page, HUGO, '/account/devices')
      const mine = subscribe(`${pushService.url}/gone/1`)
      const csrf = await page.locator('button[data-web-push]').getAttribute('data-csrf')
      const put = (subscription, token = csrf) =>
        page.evaluate(async ([subscription, token]) => {
          const headers = { 'Content-Type': 'application/json', 'X-CSRF-Token': token }
          return (await fetch('/account/devices/web-push', { method: 'POST', headers, body: JSON.stringify(subscription) })).status
        }, [subscription, token])
      assert.equal(await put(mine.subscription, 'forged'), 403)
      assert.equal(await put({ ...mine.subscription, endpoint: 'http://127.0.0.1/x' }), 400)
      assert.equal(await put(mine.subscription), 201)
      pushService.reply = status(410)
      await send('bare', HUGO)
      await pushService.wait(1, (call) => call.path === '/gone/1')
      pushService.reply = status(201)
      await page.waitForFunction(async () => (await (await fetch('/account/devices')).text()).includes('data-gone='))
      const already = pushService.calls.length
      await send('bare', HUGO)
      // The page says so.
      await page.goto(at('/account/devices'))
      await page.locator('.card .state').waitFor()
      await inspect(page, 'en-devices-gone')
      await form(page, '/account/devices/remove').locator('..').evaluate((details) => (details.open = true))
      await form(page, '/account/devices/remove').locator('button').click()
      await page.locator('.card').waitFor({ state: 'detached' })
      assert.equal(pushService.calls.length, already, 'what is gone is not tried')
    }))

  test('a browser that is gone is notified again after its button was pressed, as the same device', () =>
    inWindow({ permissions: ['notifications'] }, async (page, { context }) => {
      const [over, next] = ['over', 'next'].map((name) => subscribe(`${pushService.url}/${name}/${bindingMessage().slice(-8)}`))
      await standIn(context, over)
      await signIn(page, GAIL, '/account/devices')
      const button = page.locator('button[data-web-push]')
      const off = await button.innerText()
      const isOn = () => page.waitForFunction((off) => document.querySelector('[data-web-push]:not([hidden])')?.textContent !== off, off)
      await button.click()
      await page.locator('.card').waitFor()
      await isOn()
      pushService.reply = status(404)
      await send('bare', GAIL)
      await pushService.wait(1, (call) => call.path === new URL(over.subscription.endpoint).pathname)
      pushService.reply = status(201)
      await page.waitForFunction(async () => (await (await fetch('/account/devices')).text()).includes('data-gone='))
      await page.goto(at('/account/devices'))
      await page.locator('[data-gone]').waitFor()
      assert.equal(await button.innerText(), off, 'it is not said to be on')
      await page.evaluate((given) => localStorage.setItem('given', JSON.stringify(given)), next.subscription)
      await button.click()
      await page.locator('.card:not([data-gone])').waitFor()
      assert.equal(await page.locator('.card').count(), 1)
      await isOn()
      await send('bare', GAIL)
      await pushService.wait(1, (call) => call.path === new URL(next.subscription.endpoint).pathname)
    }))
})
