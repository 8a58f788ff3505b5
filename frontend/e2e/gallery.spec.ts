// The gallery of the design system in a real browser: every component, state and
// mode, found accessible with nothing left out, and kept as pictures; and the
// calibration screen of a terminal.
import { AxeBuilder } from '@axe-core/playwright'
import { resolve } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Hall, shot } from './hall'
import { findings as toured, long, screen } from './tour'

let hall: Hall
beforeAll(async () => {
  hall = await Hall.start()
})
afterAll(async () => {
  await hall?.stop()
})

const MODES = ['normal', 'dark', 'light', 'elder']
const OUT = resolve(import.meta.dirname, '../../build/out')
const SIZE = { width: 1366, height: 900 }

async function findings(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze()
  return violations.flatMap((one) => one.nodes.map((node) => `${one.id}: ${node.html.slice(0, 200)}`))
}
/** The gallery as it is in that mode, with what opens later loaded. */
async function gallery(mode: string, frame: string, lang = 'zh-Hans', size = SIZE): Promise<Page> {
  const page = await hall.open('bench', `/gallery?mode=${mode}&frame=${frame}&lang=${lang}`, size)
  await page.getByTestId('gallery').waitFor()
  if (frame === 'desk') await page.locator('.el-table__row').first().waitFor()
  return page
}

// Without --long each frame is looked at in two of the modes.
describe.each(['public', 'desk'])('the gallery at %s frames', (frame) => {
  it.each(long ? MODES : frame === 'public' ? ['normal', 'elder'] : ['dark', 'light'])('has no finding in the mode %s, and every colour keeps its ratio', async (mode) => {
    const page = await gallery(mode, frame)
    const low = await page.locator('[data-ratio]').evaluateAll((all) =>
      all.flatMap((one) => (Number(one.getAttribute('data-ratio')) < Number(one.getAttribute('data-need')) ? [one.textContent] : [])),
    )
    expect(low).toEqual([])
    expect(await page.locator('[data-ratio]').count()).toBeGreaterThan(50)
    expect(await findings(page)).toEqual([])
    await page.screenshot({ path: `${OUT}/gallery-${mode}-${frame}.png`, fullPage: true })

    for (const id of ['dialog', 'keys']) {
      const opener = page.getByTestId(`open-${id}`)
      await opener.click()
      await page.getByRole('dialog').waitFor()
      if (id === 'dialog') expect(await findings(page)).toEqual([])
      await shot(page, `gallery-${id}-${mode}-${frame}`)
      await page.getByTestId('dialog-close').click()
      await page.getByRole('dialog').waitFor({ state: 'detached' })
      expect(await opener.evaluate((one) => one === document.activeElement)).toBe(true)
    }
    const looks = page.getByTestId('looks')
    await looks.scrollIntoViewIfNeeded()
    await looks.click()
    await page.getByTestId('looks-elder').waitFor()
    expect(await findings(page)).toEqual([])
    await shot(page, `gallery-looks-${mode}-${frame}`)
    await page.context().close()
  })
})

describe('the gallery', () => {
  it.runIf(long)('shows the four modes side by side', async () => {
    const page = await gallery('all', 'desk', 'zh-Hans', { width: 2600, height: 1200 })
    expect(await page.getByTestId(/^sheet-/).count()).toBe(4)
    expect(await findings(page)).toEqual([])
    // Four sheets in full size are more dots than a browser without a graphics card draws.
    await page.setViewportSize({ width: 1300, height: 600 })
    await page.evaluate(() => (document.documentElement.style.zoom = '0.5'))
    await page.screenshot({ path: `${OUT}/gallery-all-desk.png`, fullPage: true })
    await page.context().close()
  })
  it.each(long ? ['zh-Hant', 'en', 'pt'] : ['pt'])('cuts no word in %s', async (lang) => {
    const page = await gallery('elder', 'desk', lang)
    const cut = await page.locator('button, h1, h2, label, .badge, .line').evaluateAll((all) =>
      all.flatMap((one) => (one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).overflowX !== 'visible' ? [one.textContent] : [])),
    )
    expect(cut).toEqual([])
    expect(await findings(page)).toEqual([])
    await page.screenshot({ path: `${OUT}/gallery-elder-desk-${lang}.png`, fullPage: true })
    await page.context().close()
  })
  it('shows where the keyboard is, in the colours of the reader’s own system too', async () => {
    const page = await gallery('normal', 'desk')
    await page.emulateMedia({ forcedColors: 'active' })
    const main = page.locator('#buttons button').first()
    await page.getByTestId('frame-desk').focus()
    for (let i = 0; i < 60 && !(await main.evaluate((one) => one === document.activeElement)); i++) await page.keyboard.press('Tab')
    expect(await main.evaluate((one) => getComputedStyle(one).outlineStyle)).toBe('solid')
    await shot(page, 'gallery-forced-colours')
    await page.context().close()
  })
})

describe('a panel', () => {
  it('is measured with a card, by keys, and the terminal keeps it', async () => {
    const page = await hall.open('kiosk-1', '', { width: 1080, height: 1920 })
    await page.getByTestId('kiosk').waitFor()
    await page.goto(new URL('/calibrate', page.url()).href)
    const edge = page.getByTestId('calibrate-edge')
    await edge.focus()
    await page.keyboard.press('Shift+ArrowRight')
    await page.keyboard.press('ArrowLeft')
    await screen(page, 'kiosk/calibrate')
    expect(toured).toEqual([])
    const mm = Number(await page.getByTestId('calibrate-width').getAttribute('data-mm'))
    expect(await page.getByTestId('calibrate-config').textContent()).toBe(`width_mm = ${mm}`)
    await page.getByTestId('calibrate-keep').click()
    await page.getByTestId('kiosk').waitFor()
    const set = () => page.evaluate(() => Number.parseFloat(document.documentElement.style.getPropertyValue('--mm')))
    expect(await set()).toBeCloseTo(1080 / mm, 2)
    await page.reload()
    await page.getByTestId('kiosk').waitFor()
    expect(await set()).toBeCloseTo(1080 / mm, 2)
    await page.context().close()
  })
  it('threw no error anywhere', () => expect(hall.errors).toEqual([]))
})
