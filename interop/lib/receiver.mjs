// What would somebody see whom the server calls: a client's notification endpoint, a push service, a webhook?
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createServer as createSecureServer } from 'node:https'

const PATIENCE = 20_000

/** Ways to answer a call. */
export const status = (code, headers = {}, body = '') => (answer) => answer.writeHead(code, headers).end(body)
export const redirect = (code, location) => status(code, { Location: location })
/** Takes the call and never answers. */
export const hold = () => {}

/**
 * Listens on loopback, at `host` if it is given, with TLS if there is a `certificate` (`{ key, cert }`). `reply` is how calls are answered, and can be changed at any time;
 * `calls` holds each as `{ at, method, path, headers, body, json() }`.
 */
export async function startReceiver({ host = '127.0.0.1', certificate = undefined, reply = status(204) } = {}) {
  const calls = []
  const waiting = new Set()
  const receiver = { calls, reply, url: '', port: 0 }
  const take = (request, answer) => {
    const chunks = []
    request.on('data', (chunk) => chunks.push(chunk))
    request.on('error', () => {})
    request.on('end', () => {
      const body = Buffer.concat(chunks)
      const { method, url: path, headers } = request
      const call = { at: Date.now(), method, path, headers, body, json: () => JSON.parse(body.toString()) }
      calls.push(call)
      receiver.reply(answer, call)
      for (const look of waiting) look()
    })
  }
  const server = certificate ? createSecureServer(certificate, take) : createServer(take)
  const listen = async () => {
    server.listen(receiver.port, host)
    await once(server, 'listening')
    receiver.port = server.address().port
    receiver.url = `${certificate ? 'https' : 'http'}://${host}:${receiver.port}`
  }
  await listen()

  /** The calls that `wanted` picks, as soon as there are `count`. */
  receiver.wait = (count, wanted = () => true) =>
    new Promise((resolve, reject) => {
      const found = () => calls.filter(wanted)
      const late = setTimeout(() => {
        waiting.delete(look)
        reject(new Error(`${found().length} of ${count} calls came; all: ${calls.map(({ path, body }) => `${path} ${body}`).join('; ')}`))
      }, PATIENCE)
      const look = () => {
        if (found().length < count) return
        waiting.delete(look)
        clearTimeout(late)
        resolve(found())
      }
      waiting.add(look)
      look()
    })
  /** Nobody is there any more, and those who are being answered are hung up on. */
  receiver.stop = async () => {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  }
  /** Is there again, at the same address. */
  receiver.start = async () => {
    if (!server.listening) await listen()
  }
  return receiver
}
