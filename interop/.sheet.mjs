import { chromium } from 'playwright-core'
import { readFileSync } from 'node:fs'
const [out, width, ...files] = process.argv.slice(2)
const b = await chromium.launch({ executablePath: '/usr/bin/chromium', chromiumSandbox: false })
const p = await b.newPage({ viewport: { width: 100, height: 100 } })
const imgs = files.map(f => `<figure style="margin:0"><figcaption style="font:14px sans-serif">${f}</figcaption><img style="width:${width}px;border:1px solid red" src="data:image/png;base64,${readFileSync('../target/interop-output/' + f + '.png').toString('base64')}"></figure>`)
await p.setViewportSize({ width: (Number(width) + 10) * files.length + 20, height: 900 })
await p.setContent(`<div style="display:flex;gap:8px;align-items:flex-start;background:#888">${imgs.join('')}</div>`)
await p.screenshot({ path: out, fullPage: true })
await b.close()
