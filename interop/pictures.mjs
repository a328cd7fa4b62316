// How are the README's pictures made again? `node pictures.mjs` runs the demo and photographs the TV, the till and
// what the phone asks for each.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PHONE, TELEVISION, startBrowser } from './lib/browser.mjs'
import { shrink } from './lib/png.mjs'
import { ALICE, startServer } from './lib/server.mjs'

const FOLDER = fileURLToPath(new URL('../docs/pictures/', import.meta.url))

const server = await startServer({}, { port: 8080 })
const browser = await startBrowser()
try {
  mkdirSync(FOLDER, { recursive: true })
  const look = { locale: 'en-US', colorScheme: 'light', reducedMotion: 'reduce' }

  const tv = await browser.newPage({ ...look, viewport: TELEVISION })
  await tv.goto(`${server.issuer}/demo/tv`)
  await tv.locator('[data-screen="code"]').waitFor()
  const userCode = (await tv.locator('[data-code]').innerText()).trim()
  // The television's backdrop is one wide gradient.
  await keep(tv, 'tv.png', 150, 3)

  const phone = await browser.newPage({ ...look, viewport: PHONE, deviceScaleFactor: 2 })
  await phone.goto(`${server.issuer}/device?user_code=${encodeURIComponent(userCode)}`)
  await phone.locator('input[name="username"]').fill(ALICE.username)
  await phone.locator('input[name="password"]').fill(ALICE.password)
  await phone.locator('form[action="/sign-in"] button').click()
  await phone.locator('form[action="/device/decision"]').waitFor()
  await keep(phone, 'phone.png', 200, 1)

  const till = await browser.newPage({ ...look, viewport: TELEVISION })
  await till.goto(`${server.issuer}/demo/shop`)
  await till.getByRole('button', { name: 'Ask the phone' }).click()
  await phone.goto(`${server.issuer}/inbox`)
  await phone.locator('a[href^="/inbox/"]').first().click()
  await phone.locator('button[value="allow"]').waitFor()
  await keep(till, 'till.png', 150, 1)
  await keep(phone, 'payment.png', 200, 1)
} finally {
  await browser.close()
  await server.stop()
}

async function keep(page, name, most, step) {
  const picture = await shrink(browser, await page.screenshot(), step)
  const size = Math.ceil(picture.length / 1024)
  if (size > most) throw new Error(`${name} is larger than ${most} KiB: ${size}`)
  writeFileSync(join(FOLDER, name), picture)
  console.log(`docs/pictures/${name}: ${size} KiB`)
}
