// The screens in the desktop window's own engine: everything that must be in
// sight is, nothing leaves the glass sideways, and it looks as it should.
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Hall } from './hall'
import { WebKit } from './webkit'

const out = resolve(import.meta.dirname, '../../build/out')
let hall: Hall

beforeAll(async () => {
  mkdirSync(out, { recursive: true })
  hall = await Hall.start()
}, 120_000)
afterAll(async () => {
  await hall.stop()
}, 60_000)

/** What is wider than the glass, and what must be scrolled to be seen. Low on a
    small glass, the middle of a screen is scrolled by its two large keys. */
function faults(small: boolean): string[] {
  const found: string[] = []
  for (const one of document.querySelectorAll<HTMLElement>('body *')) {
    const style = getComputedStyle(one)
    const box = one.getBoundingClientRect()
    if (style.visibility === 'hidden' || box.width < 2 || box.height < 2 || one.closest('.sr-only, .skip, svg *')) continue // of a picture only its frame counts
    const name = `${one.tagName.toLowerCase()}.${one.getAttribute('class') ?? ''}`
    if (box.right > innerWidth + 1 || box.left < -1) found.push(`${name} leaves the glass: ${Math.round(box.left)} to ${Math.round(box.right)}`)
    if (style.overflowY !== 'visible' && one.clientHeight > 0 && one.scrollHeight > one.clientHeight + 2 && !(small && one.matches('[data-port]'))) {
      found.push(`${name} must be scrolled: ${one.scrollHeight} in ${one.clientHeight}`)
    }
  }
  return found
}

const has = (selector: string): boolean => document.querySelector(selector) !== null
const touch = (selector: string): void => document.querySelector<HTMLElement>(selector)?.click()

async function on(width: number, height: number, work: (page: WebKit) => Promise<void>): Promise<void> {
  const page = await WebKit.start(width, height)
  try {
    await work(page)
  } finally {
    await page.stop()
  }
}

describe('in the window’s own engine', () => {
  for (const [width, height] of [[1080, 1920], [1920, 1080], [1024, 768]] as const) {
    it(`the kiosk’s first screen is whole at ${width} by ${height}, in large type and low too`, async () => {
      await on(width, height, async (page) => {
        await page.open(hall.state.urls['kiosk-1'] ?? '')
        await page.until('the groups are there', has, '[data-testid="groups"] button')
        for (const mode of ['', 'elder', 'low']) {
          if (mode) await page.run(touch, `[data-testid="${mode}"]`)
          await new Promise((r) => setTimeout(r, 500)) // drawn
          await page.keep(join(out, `webkit-kiosk-${width}-${mode || 'home'}.png`))
          expect(await page.run(faults, mode === 'low' && height < 800), mode).toEqual([])
        }
      })
    })
  }

  it('displays and desks are whole', async () => {
    await on(1920, 1080, async (page) => {
      for (const [program, sign] of [['display-1', '[data-testid="display"]'], ['display-2', '[data-testid="display"]'], ['counter-1', 'input'], ['station-hall-1', 'input']] as const) {
        await page.open(hall.state.urls[program] ?? '')
        await page.until(`${program} is there`, has, sign)
        await new Promise((r) => setTimeout(r, 500)) // drawn
        await page.keep(join(out, `webkit-${program}.png`))
        expect(await page.run(faults, false), program).toEqual([])
      }
    })
  })
})
