// How does a screenshot become a small file? Fewer shades, and the compression that browsers have no time for.
import { crc32, deflateSync } from 'node:zlib'

const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex')
const TRUE_COLOUR = 2
const [SUB, UP] = [1, 2]

function chunk(type, data) {
  const framed = Buffer.alloc(data.length + 12)
  framed.writeUInt32BE(data.length, 0)
  framed.write(type, 4, 'latin1')
  data.copy(framed, 8)
  framed.writeUInt32BE(crc32(framed.subarray(4, -4)), data.length + 8)
  return framed
}

/** The pixels of a PNG, as three bytes each, by way of a browser. */
async function pixels(browser, png) {
  const page = await browser.newPage()
  try {
    const { width, height, text } = await page.evaluate(async (source) => {
      const image = new Image()
      image.src = source
      await image.decode()
      const { naturalWidth: width, naturalHeight: height } = image
      const brush = new OffscreenCanvas(width, height).getContext('2d')
      brush.drawImage(image, 0, 0)
      let text = ''
      for (const shade of brush.getImageData(0, 0, width, height).data) text += String.fromCharCode(shade)
      return { width, height, text: btoa(text) }
    }, `data:image/png;base64,${png.toString('base64')}`)
    return { width, height, data: Buffer.from(text, 'base64').filter((_, at) => at % 4 !== 3) }
  } finally {
    await page.close()
  }
}

/** Rewrites `png` so that gradients step by `step` of 256 shades; a step of 1 changes no pixel. */
export async function shrink(browser, png, step) {
  const { width, height, data } = await pixels(browser, png)
  const shades = data.map((shade) => Math.min(255, Math.round(shade / step) * step))
  const line = width * 3
  const filtered = (kind, back) => {
    const rows = Buffer.alloc((line + 1) * height)
    for (let row = 0; row < height; row += 1) {
      rows[row * (line + 1)] = kind
      for (let at = 0; at < line; at += 1) {
        const outside = kind === SUB ? at < back : row === 0
        const before = outside || kind === 0 ? 0 : shades[row * line + at - back]
        rows[row * (line + 1) + 1 + at] = shades[row * line + at] - before
      }
    }
    return deflateSync(rows, { level: 9 })
  }
  const [packed] = [filtered(SUB, 3), filtered(UP, line), filtered(0, Infinity)].sort((one, other) => one.length - other.length)
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, TRUE_COLOUR, 0, 0, 0], 8)
  return Buffer.concat([SIGNATURE, chunk('IHDR', header), chunk('IDAT', packed), chunk('IEND', Buffer.alloc(0))])
}
