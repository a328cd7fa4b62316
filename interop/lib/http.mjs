// How are requests sent exactly as written, without a client library's opinions?
import { request } from 'node:http'
import { request as secureRequest } from 'node:https'

/**
 * One request; resolves to `{ status, headers, text, json() }`. Redirects are not followed. `over` are further options of
 * the connection, such as a client's certificate.
 */
export function fetchRaw(url, { method = 'GET', headers = {}, body, over = {} } = {}) {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'Content-Length': Buffer.byteLength(body) }
    const send = new URL(url).protocol === 'https:' ? secureRequest : request
    const call = send(url, { method, headers: { ...headers, ...length }, agent: false, timeout: 15_000, ...over }, (answer) => {
      const chunks = []
      answer.on('data', (chunk) => chunks.push(chunk))
      answer.on('error', reject)
      answer.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        resolve({ status: answer.statusCode, headers: answer.headers, text, json: () => JSON.parse(text) })
      })
    })
    call.on('timeout', () => call.destroy(new Error(`no answer from ${url}`)))
    call.on('error', reject)
    call.end(body)
  })
}

export const FORM = 'application/x-www-form-urlencoded'

/** POSTs a form: an object, or the text of the body as it shall go out. */
export function postForm(url, fields, headers = {}, over = {}) {
  const body = typeof fields === 'string' || Buffer.isBuffer(fields) ? fields : new URLSearchParams(fields).toString()
  return fetchRaw(url, { method: 'POST', headers: { 'Content-Type': FORM, ...headers }, body, over })
}

/** The `Authorization` header of a confidential client (RFC 6749 section 2.3.1). */
export function basic(id, secret) {
  const encoded = [id, secret].map((part) => encodeURIComponent(part)).join(':')
  return { Authorization: `Basic ${Buffer.from(encoded).toString('base64')}` }
}
