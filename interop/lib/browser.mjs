// How is Chromium started, watched and photographed?
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const OUTPUT = process.env.TANDEM_OUTPUT ?? fileURLToPath(new URL('../output/', import.meta.url))

export const PHONE = { width: 390, height: 844 }
export const NARROW = { width: 320, height: 640 }
export const TELEVISION = { width: 1280, height: 720 }

/** Debian's Chromium, or the one that the environment names. */
export function startBrowser() {
  const root = process.getuid?.() === 0
  // The sandbox needs privileges of its own that root in a container lacks.
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', chromiumSandbox: !root })
}

/**
 * A browser window of its own: no cookies, `options` as for Playwright. Collects what must never happen: errors in
 * scripts, violations of the content security policy, requests to elsewhere, broken parts. Check with `assertQuiet`.
 */
export async function openWindow(browser, issuer, options = {}) {
  const context = await browser.newContext({ viewport: PHONE, hasTouch: false, locale: 'en-US', ...options })
  context.setDefaultTimeout(10_000)
  const troubles = []
  const posts = []
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => console.error(`CSP: ${event.violatedDirective} ${event.blockedURI}`))
  })
  context.on('weberror', (error) => troubles.push(`${error.error()}`))
  context.on('console', (message) => {
    // Chromium reports each answer of 400 and above; which of them are right is for the tests to say.
    const reported = message.text().startsWith('Failed to load resource: the server responded with a status of 4')
    if (['error', 'warning'].includes(message.type()) && !reported) troubles.push(message.text())
  })
  context.on('request', (request) => {
    const url = request.url()
    if (request.method() === 'POST') posts.push(new URL(url).pathname)
    if (!url.startsWith(`${issuer}/`) && !url.startsWith('data:')) troubles.push(`request to ${url}`)
  })
  context.on('response', (response) => {
    const part = response.request().resourceType() !== 'document' && response.request().resourceType() !== 'fetch'
    if (response.status() >= 500 || (part && response.status() >= 400)) troubles.push(`${response.status()} ${response.url()}`)
  })
  const page = await context.newPage()
  return {
    context,
    page,
    posts,
    assertQuiet: () => assert.deepEqual(troubles, []),
    close: () => context.close(),
  }
}

/**
 * Looks at the page in light and dark: keeps a picture of each, and axe must find nothing serious. A page for the phone
 * is looked at on the narrowest one too.
 */
export async function inspect(page, name, { schemes = ['light', 'dark'] } = {}) {
  mkdirSync(OUTPUT, { recursive: true })
  const picture = (suffix) => page.screenshot({ path: join(OUTPUT, `${name}-${suffix}.png`), fullPage: true })
  for (const colorScheme of schemes) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await picture(colorScheme)
    await page.evaluate(AXE)
    const { violations } = await page.evaluate(() => globalThis.axe.run({ resultTypes: ['violations'] }))
    const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
    const described = serious.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`)
    assert.deepEqual(described, [], `${name} in ${colorScheme}`)
  }
  await assertFits(page, name)
  const size = page.viewportSize()
  if (size.width > NARROW.width && size.width <= PHONE.width) {
    await page.setViewportSize(NARROW)
    await picture('320')
    await assertFits(page, `${name} at 320 px`)
    await page.setViewportSize(size)
  }
}

/** Nothing may stick out at the side. */
export async function assertFits(page, what) {
  const tooWide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
  assert.ok(tooWide <= 0, `${what} scrolls sideways by ${tooWide} px`)
}

/** What the page says in its main heading. */
export const heading = (page) => page.locator('h1:visible').innerText()

/** A phone's own authenticator, which says yes when `present`. */
export async function addAuthenticator(context, page) {
  const devtools = await context.newCDPSession(page)
  await devtools.send('WebAuthn.enable', { enableUI: false })
  const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true,
      isUserVerified: true, automaticPresenceSimulation: true,
    },
  })
  return {
    credentials: async () => (await devtools.send('WebAuthn.getCredentials', { authenticatorId })).credentials,
    present: (enabled) => devtools.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled }),
    verifies: (isUserVerified) => devtools.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified }),
  }
}
