// The hall's displays: what everyone reads from afar, on every panel a hall may
// have. Two counters call at once, a notice is posted on the manager's page, and
// nothing is cut at any size, in any language; with motion off nothing blinks.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Page } from 'playwright-core'
import { cutTexts } from './cut'
import { Hall, shot, until, wake } from './hall'
import { findings, screen } from './tour'

let hall: Hall
let display: Page, board: Page, kiosk: Page, one: Page, two: Page, manager: Page
const attr = async (page: Page, id: string, name: string) => (await page.getByTestId(id).first().getAttribute(name, { timeout: 2000 }).catch(() => '')) ?? ''

/** Somebody takes a number for one thing. */
async function take(item: string): Promise<void> {
  await until('the kiosk is free', async () => {
    await wake(kiosk)
    if ((await attr(kiosk, 'kiosk', 'data-phase')) === 'home') return true
    for (const id of ['done', 'back'])
      if (await kiosk.getByTestId(id).first().isVisible().catch(() => false)) await kiosk.getByTestId(id).first().click({ timeout: 1000 }).catch(() => undefined)
    return false
  }, 30_000)
  await kiosk.getByTestId('group-business').click()
  await kiosk.getByTestId(`item-${item}`).click()
  await kiosk.getByTestId('ticket').waitFor()
}
async function call(counter: Page): Promise<string> {
  let number = ''
  await counter.getByTestId('next').click()
  await until('the counter has called', async () => !!(number = await attr(counter, 'current', 'data-number')), 30_000)
  return number
}

const PANELS = [
  { width: 1920, height: 1080 },
  { width: 1280, height: 720 },
  { width: 1080, height: 1920 },
  { width: 3840, height: 2160 },
] as const
/** Looks through one page on every panel in every language. */
async function whole(page: Page, name: string): Promise<string[]> {
  const found: string[] = []
  const before = page.viewportSize() ?? PANELS[0]
  for (const size of PANELS) {
    await page.setViewportSize(size)
    for (const language of ['pt', 'en', 'zh-Hant', 'zh-Hans']) {
      await page.getByTestId(`lang-${language}`).first().dispatchEvent('click')
      await page.waitForFunction((wanted) => document.documentElement.lang.startsWith(wanted), language)
      await page.evaluate(() => new Promise((r) => requestAnimationFrame(() => requestAnimationFrame(r))))
      for (const cut of await cutTexts(page)) found.push(`${name} [${language} ${size.width}×${size.height}] ${cut}`)
      if (language === 'pt' || language === 'zh-Hans') await shot(page, `${name}-${language}-${size.width}`)
    }
  }
  await page.setViewportSize(before)
  return found
}

beforeAll(async () => {
  hall = await Hall.start()
  display = await hall.open('display-1', '', PANELS[0])
  board = await hall.open('display-2', '', PANELS[0])
  kiosk = await hall.open('kiosk-1', '', { width: 1080, height: 1920 })
  one = await hall.open('counter-1', '', { width: 1366, height: 768 })
  two = await hall.open('counter-2', '', { width: 1366, height: 768 })
  manager = await hall.open('central', '/manager', { width: 1440, height: 900 })
})
afterEach((ctx) => hall?.failed(ctx))
afterAll(async () => {
  await hall?.stop()
})

describe('the displays', () => {
  it('say what to do while nobody is called, with the notices of the files', async () => {
    await display.getByTestId('no-calls').waitFor()
    expect(await attr(display, 'notices', 'data-count')).toBe('2')
    expect(await attr(board, 'display', 'data-layout')).toBe('windows')
    await screen(display, 'display/nobody')
    await screen(board, 'display/windows')
  })
  it('show a notice that the manager posts, until it is withdrawn', async () => {
    await hall.signIn(manager, '9001')
    await manager.getByTestId('section-notices').click()
    await manager.getByTestId('notice-new').click()
    await manager.getByTestId('notice-text-zh-Hans').fill('三号窗口暂停服务，请到一号或二号窗口办理。')
    await manager.getByTestId('notice-text-en').fill('Counter 3 is closed for now. Please go to counter 1 or 2.')
    await manager.getByTestId('notice-urgent').check()
    await screen(manager, 'manager/notice-written')
    await manager.getByTestId('notice-post').click()
    await until('both displays have it', async () => (await attr(display, 'notices', 'data-count')) === '3' && (await attr(board, 'notices', 'data-count')) === '3', 60_000)
    await until('what is new is seen first', async () => (await display.getByTestId('notice').innerText()).includes('三号窗口'))
    await screen(manager, 'manager/notices')
    await screen(display, 'display/notice')
    await manager.locator('[data-testid^="withdraw-"]').first().click()
    await until('it is gone', async () => (await attr(display, 'notices', 'data-count')) === '2', 60_000)
  })
  it('call one number, then two counters at once, taking turns', async () => {
    for (const [counter, staff] of [[one, '1001'], [two, '1002']] as const) {
      await hall.signIn(counter, staff)
      await counter.getByTestId('open').click()
      await until('the window is open', async () => (await attr(counter, 'window-state', 'data-state')) === 'open')
    }
    for (let i = 0; i < 4; i++) await take('open-shop')
    const first = await call(one)
    await until('it is called large', async () => (await attr(display, 'call-hero', 'data-number')) === first)
    await until('the other display, too', async () => (await attr(board, 'call-hero', 'data-number')) === first)
    const second = await call(two)
    await until('both are there', async () => {
      const large = await attr(display, 'call-hero', 'data-number')
      const other = large === first ? second : first
      return [first, second].includes(large) && (await display.getByTestId(`call-${other}`).count()) === 1
    }, 30_000)
    await screen(display, 'display/calls')
    await screen(board, 'display/windows-calls')
  })
  it('are whole on every panel in every language', async () => {
    expect([...(await whole(display, 'display-calls')), ...(await whole(board, 'display-windows'))]).toEqual([])
  })
  it('do not blink where nothing may move: what is new stands inverse', async () => {
    await display.mouse.move(300, 300)
    await display.getByTestId('looks').click()
    await display.getByTestId('looks-still').click()
    await display.getByTestId('looks-close').click()
    const seen = () => display.getByTestId('call-hero').evaluate((el) => {
      const style = getComputedStyle(el)
      const probe = document.createElement('i')
      probe.style.background = 'var(--board-lamp)'
      el.append(probe)
      const lamp = getComputedStyle(probe).backgroundColor
      probe.remove()
      return { flash: el.getAttribute('data-flash') === 'true', still: style.animationName === 'none', inverse: style.backgroundColor === lamp }
    })
    await until('a call stands inverse and still', async () => {
      if (await one.getByTestId('recall').isEnabled().catch(() => false)) await one.getByTestId('recall').click({ timeout: 1000 }).catch(() => undefined)
      const now = await seen().catch(() => null)
      return !!now && now.flash && now.still && now.inverse
    }, 60_000)
    await display.mouse.move(300, 300)
    await until('the tools are gone from over the clock', async () => (await display.getByTestId('display-tools').evaluate((el) => getComputedStyle(el).opacity)) === '0', 30_000)
    await screen(display, 'display/still')
  })
  it('keep the last calls without the line, and say since when', async () => {
    await hall.bench('/lines', { id: 'display-1', up: false })
    await until('it is told', async () => (await attr(display, 'display', 'data-stale')) === 'true', 60_000)
    expect(await display.getByTestId('call-hero').count()).toBe(1)
    await screen(display, 'display/offline')
    await hall.bench('/lines', { id: 'display-1', up: true })
    await until('as before', async () => (await attr(display, 'display', 'data-stale')) === 'false', 60_000)
  })
  it('no page threw an error', () => {
    expect(hall.errors).toEqual([])
  })
  it('every screen on the way was accessible and readable', () => {
    expect(findings).toEqual([])
  })
})
