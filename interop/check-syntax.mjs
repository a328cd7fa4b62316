// Can every file here be parsed? Run before the server exists to run against.
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'

const files = ['.', 'lib'].flatMap((folder) => readdirSync(folder).filter((name) => name.endsWith('.mjs')).map((name) => `${folder}/${name}`))
const broken = files.filter((file) => spawnSync(process.execPath, ['--check', file], { stdio: 'inherit' }).status !== 0)
process.exitCode = broken.length ? 1 : 0
