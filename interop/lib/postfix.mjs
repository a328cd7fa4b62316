// How is a real Postfix started on loopback, with folders of its own, and spoken to?
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createConnection, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)
const PATIENCE = 20_000
const POSTFIX = '/usr/sbin/postfix'
const DAEMONS = '/usr/lib/postfix/sbin'

/** A port that is free at this moment. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}

const ids = (name) => {
  const line = readFileSync('/etc/passwd', 'utf8').split('\n').find((each) => each.startsWith(`${name}:`))
  assert.ok(line, `the user ${name} is missing: is Postfix installed?`)
  const [, , uid, gid] = line.split(':')
  return { uid: Number(uid), gid: Number(gid) }
}

/** Postfix gives its rights away by itself, and is started by root only. */
export const canRun = () => process.getuid?.() === 0 && existsSync(POSTFIX)

/** Waits until `look` gives something. */
export async function eventually(what, look) {
  const until = Date.now() + PATIENCE
  for (;;) {
    const found = await look()
    if (found) return found
    assert.ok(Date.now() < until, `${what} did not happen`)
    await pause(50)
  }
}

/**
 * Starts Postfix with one mailbox domain, `example.com`, whose mails land in files, and this milter. `settings` are lines
 * of main.cf.
 */
export async function startPostfix({ milter, settings = [] }) {
  const folder = mkdtempSync(join(tmpdir(), 'tandem-postfix-'))
  const at = (name) => join(folder, name)
  const owner = ids('postfix')
  chmodSync(folder, 0o755)
  for (const name of ['config', 'queue', 'data', 'mail']) mkdirSync(at(name))
  for (const name of ['data', 'mail']) chownSync(at(name), owner.uid, owner.gid)
  const port = await freePort()
  writeFileSync(
    at('config/main.cf'),
    [
      'compatibility_level = 3.6',
      `queue_directory = ${at('queue')}`,
      `data_directory = ${at('data')}`,
      `daemon_directory = ${DAEMONS}`,
      'command_directory = /usr/sbin',
      `maillog_file = ${at('mail.log')}`,
      `maillog_file_prefixes = ${folder}`,
      'inet_interfaces = 127.0.0.1',
      'inet_protocols = ipv4',
      'myhostname = mx.example.com',
      'mydestination =',
      'alias_maps =',
      'alias_database =',
      'local_recipient_maps =',
      'smtpd_relay_restrictions = reject_unauth_destination',
      'virtual_mailbox_domains = example.com',
      'virtual_mailbox_maps = static:mails/',
      `virtual_mailbox_base = ${at('mail')}`,
      `virtual_uid_maps = static:${owner.uid}`,
      `virtual_gid_maps = static:${owner.gid}`,
      'virtual_minimum_uid = 1',
      'default_transport = error:nothing leaves this machine',
      'message_size_limit = 60000000',
      'virtual_mailbox_limit = 0',
      'mailbox_size_limit = 0',
      // The milter alone says what is refused here, not the pace of a test.
      'smtpd_client_connection_rate_limit = 0',
      'smtpd_client_message_rate_limit = 0',
      'smtpd_error_sleep_time = 0',
      `smtpd_milters = inet:127.0.0.1:${milter}`,
      'milter_default_action = accept',
      ...settings,
      '',
    ].join('\n'),
  )
  const open = ['pickup', 'cleanup', 'qmgr', 'showq', 'postlog']
  const service = (name, type, unpriv, wakeup, max, command) => {
    const priv = type === 'inet' || open.includes(name) ? 'n' : '-'
    return `${name} ${type} ${priv} ${unpriv} n ${wakeup} ${max} ${command}`
  }
  writeFileSync(
    at('config/master.cf'),
    [
      service(`127.0.0.1:${port}`, 'inet', '-', '-', '-', 'smtpd'),
      service('pickup', 'unix', '-', '60', '1', 'pickup'),
      service('cleanup', 'unix', '-', '-', '0', 'cleanup'),
      service('qmgr', 'unix', '-', '300', '1', 'qmgr'),
      service('rewrite', 'unix', '-', '-', '-', 'trivial-rewrite'),
      service('bounce', 'unix', '-', '-', '0', 'bounce'),
      service('defer', 'unix', '-', '-', '0', 'bounce'),
      service('trace', 'unix', '-', '-', '0', 'bounce'),
      service('error', 'unix', '-', '-', '-', 'error'),
      service('retry', 'unix', '-', '-', '-', 'error'),
      service('discard', 'unix', '-', '-', '-', 'discard'),
      service('proxymap', 'unix', '-', '-', '-', 'proxymap'),
      service('virtual', 'unix', 'n', '-', '-', 'virtual'),
      service('anvil', 'unix', '-', '-', '1', 'anvil'),
      service('showq', 'unix', '-', '-', '-', 'showq'),
      service('postlog', 'unix-dgram', 'n', '-', '1', 'postlogd'),
      '',
    ].join('\n'),
  )
  const postfix = (...words) => run(POSTFIX, ['-c', at('config'), ...words], { env: { ...process.env, MAIL_CONFIG: at('config') } })
  await postfix('check')
  const child = spawn(POSTFIX, ['-c', at('config'), 'start-fg'], { stdio: ['ignore', 'ignore', 'inherit'] })
  const ended = once(child, 'exit')
  const log = () => (existsSync(at('mail.log')) ? readFileSync(at('mail.log'), 'utf8') : '')
  await eventually('Postfix listening', () => reaches(port))
  return {
    port,
    log,
    /** The mails that were delivered, as texts. */
    delivered: () =>
      ['new', 'cur'].flatMap((state) => {
        const box = at(`mail/mails/${state}`)
        return existsSync(box) ? readdirSync(box).map((name) => readFileSync(join(box, name), 'latin1')) : []
      }),
    /** How many mails are held back for an operator. */
    held: async () => {
      const { stdout } = await run('/usr/sbin/postqueue', ['-c', at('config'), '-j'])
      return stdout.split('\n').filter(Boolean).map((line) => JSON.parse(line)).filter((mail) => mail.queue_name === 'hold').length
    },
    /** Sends one mail; resolves to the last answer of the server, as `250 …` or `550 …`. */
    send: (mail, recipients, sender = 'phisher@elsewhere.example') => send(port, sender, recipients, mail),
    stop: async () => {
      await postfix('stop').catch(() => child.kill('SIGTERM'))
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function reaches(port) {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' })
    socket.once('data', () => resolve(true) || socket.destroy())
    socket.once('error', () => resolve(false))
    socket.once('close', () => resolve(false))
  })
}

/** SMTP, as plain as it gets. */
async function send(port, sender, recipients, mail) {
  const socket = createConnection({ port, host: '127.0.0.1' })
  let heard = ''
  const waiting = []
  socket.on('data', (chunk) => {
    heard += chunk
    // An answer is over with the line that has a space behind its code.
    for (let end; (end = /^\d{3} .*\r\n/m.exec(heard)); heard = heard.slice(end.index + end[0].length)) waiting.shift()?.(end[0].trim())
  })
  const answer = () =>
    new Promise((resolve, reject) => {
      waiting.push(resolve)
      socket.once('error', reject)
    })
  const say = (line) => {
    const answered = answer()
    socket.write(`${line}\r\n`)
    return answered
  }
  try {
    await answer()
    await say('EHLO sender.elsewhere.example')
    const begun = await say(`MAIL FROM:<${sender}>`)
    if (!begun.startsWith('250')) return begun
    for (const recipient of recipients) {
      const taken = await say(`RCPT TO:<${recipient}>`)
      if (!taken.startsWith('250')) return taken
    }
    const go = await say('DATA')
    if (!go.startsWith('354')) return go
    const body = mail.replace(/\r?\n/g, '\r\n').replace(/^\./gm, '..')
    return await say(`${body}\r\n.`)
  } finally {
    socket.end('QUIT\r\n')
  }
}
