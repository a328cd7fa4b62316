// What does a person with a browser do, without the browser? Gets pages, reads their forms, fills them in, keeps cookies.
import assert from 'node:assert/strict'
import { FORM, fetchRaw } from './http.mjs'

const ENTITIES = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

function decode(text) {
  return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex, decimal, name) => {
    if (hex || decimal) return String.fromCodePoint(parseInt(hex ?? decimal, hex ? 16 : 10))
    return ENTITIES[name] ?? whole
  })
}

function attributes(tag) {
  const found = {}
  for (const [, name, value] of tag.matchAll(/\s([a-z-]+)(?:="([^"]*)")?/gi)) found[name.toLowerCase()] = decode(value ?? '')
  return found
}

/** A page as received. */
export class PageText {
  constructor(url, { status, headers, text }) {
    Object.assign(this, { url, status, headers, text })
  }

  /** What stands on it, as one line. */
  get words() {
    return decode(this.text.replace(/<(script|style)[\s\S]*?<\/\1>/g, '').replace(/<[^>]*>/g, ' ')).replace(/\s+/g, ' ').trim()
  }

  /** What the page says went wrong, if it says so; what waits hidden for a script is not said. */
  get alert() {
    for (const [, head, body] of this.text.matchAll(/(<p\b[^>]*>)([\s\S]*?)<\/p>/g)) {
      const { role, hidden } = attributes(head)
      if (role === 'alert' && hidden === undefined) return decode(body.replace(/<[^>]*>/g, '')).trim()
    }
    return undefined
  }

  /** The form that goes to `action`: its fields with their values, and the values of its buttons. */
  form(action) {
    for (const [, head, body] of this.text.matchAll(/(<form\b[^>]*>)([\s\S]*?)<\/form>/g)) {
      const form = attributes(head)
      if (new URL(form.action, this.url).pathname !== action) continue
      assert.equal(form.method.toLowerCase(), 'post', `the form to ${action} changes something`)
      const inputs = [...body.matchAll(/<input\b[^>]*>/g)].map(([tag]) => attributes(tag)).filter((input) => input.name)
      const buttons = [...body.matchAll(/<button\b[^>]*>/g)].map(([tag]) => attributes(tag)).filter((button) => button.name)
      return {
        action: form.action,
        fields: Object.fromEntries(inputs.map((input) => [input.name, input.value ?? ''])),
        buttons: buttons.map((button) => [button.name, button.value]),
      }
    }
    return null
  }
}

/** Somebody with cookies. `over` are options of their connections. */
export class Person {
  constructor(issuer, { username, password }, language = 'en', over = {}) {
    Object.assign(this, { issuer, username, password, language, over, cookies: new Map() })
  }

  async #send(method, url, fields) {
    const here = new URL(this.issuer)
    const headers = { Accept: 'text/html', 'Accept-Language': this.language, 'Sec-Fetch-Site': 'same-origin' }
    if (this.cookies.size) headers.Cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    if (fields) Object.assign(headers, { 'Content-Type': FORM, Origin: here.origin })
    const answer = await fetchRaw(url, { method, headers, body: fields && new URLSearchParams(fields).toString(), over: this.over })
    for (const line of answer.headers['set-cookie'] ?? []) {
      const [pair, ...rest] = line.split(/;\s*/)
      const [name, value] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]
      if (!value || rest.some((part) => /^max-age=0*$/i.test(part))) this.cookies.delete(name)
      else this.cookies.set(name, value)
    }
    return answer
  }

  /** Goes to `url` and where it leads; never off the server. */
  async visit(url, fields) {
    let target = new URL(url, this.issuer)
    let method = fields ? 'POST' : 'GET'
    let body = fields
    for (let step = 0; step < 8; step += 1) {
      assert.equal(target.origin, new URL(this.issuer).origin, `sent away to ${target}`)
      const answer = await this.#send(method, target, body)
      if (answer.status < 300 || answer.status > 399) return new PageText(target, answer)
      target = new URL(answer.headers.location, target)
      ;[method, body] = ['GET', undefined]
    }
    throw new Error(`redirected in circles from ${url}`)
  }

  submit(page, action, fields) {
    const form = page.form(action)
    assert.ok(form, `no form to ${action} on ${page.url}: ${page.words}`)
    return this.visit(new URL(form.action, page.url), { ...form.fields, ...fields })
  }

  /** Fills in sign-in and code forms until the question about `userCode` appears. */
  async toDecision(userCode, start = '/device') {
    let page = await this.visit(start)
    let typed = false
    for (let step = 0; step < 6; step += 1) {
      const decision = page.form('/device/decision')
      if (decision) {
        assert.ok(page.words.includes(userCode), 'the question shows the code to compare')
        return page
      }
      if (page.form('/sign-in')) {
        assert.equal(page.alert, undefined, 'signing in works at once')
        page = await this.submit(page, '/sign-in', { username: this.username, password: this.password })
      } else if (page.form('/device') && !typed) {
        typed = true
        page = await this.submit(page, '/device', { user_code: userCode })
      } else break
    }
    throw new Error(`no question about ${userCode}: ${page.status} ${page.words}`)
  }

  /** Answers the request behind `userCode`: allow, deny or report. */
  async answer(userCode, decision, start) {
    const page = await this.toDecision(userCode, start)
    const outcome = await this.submit(page, '/device/decision', { decision })
    assert.equal(outcome.status, 200, outcome.words)
    assert.equal(outcome.form('/device/decision'), null, 'the answer was taken')
    return outcome
  }

  async signIn(next = '/account') {
    let page = await this.visit(next)
    if (page.form('/sign-in')) page = await this.submit(page, '/sign-in', { username: this.username, password: this.password })
    assert.equal(page.form('/sign-in'), null, page.words)
    return page
  }
}
