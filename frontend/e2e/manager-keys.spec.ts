// The manager's day by keyboard alone: sign in, the map, a window, a terminal (shut
// out and let in again), a service, the table behind a chart, a notice, another
// language, sign out. No mouse moves.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Page } from 'playwright-core'
import { Hall, shot, until } from './hall'
import { findings, screen } from './tour'

let hall: Hall, kiosk: Page, page: Page

beforeAll(async () => {
  hall = await Hall.start()
  page = await hall.open('central', '/manager', { width: 1440, height: 900 })
  page.setDefaultTimeout(90_000) // a busy machine is no failure
  kiosk = await hall.open('kiosk-1', '', { width: 1080, height: 1920 })
  kiosk.setDefaultTimeout(90_000)
  await kiosk.getByTestId('kiosk').waitFor()
  await until('the kiosk may issue numbers', async () => (await kiosk.getByTestId('kiosk').getAttribute('data-issue')) === 'true', 60_000)
})
afterEach(async (ctx) => {
  if (ctx.task.result?.state !== 'fail') return
  await shot(page, 'failed-manager-keys').catch(() => undefined)
  hall.keepLogs()
})
afterAll(async () => {
  await hall?.stop()
})

const press = (key: string) => page.keyboard.press(key)
const focused = () => page.evaluate(() => document.activeElement?.getAttribute('data-testid') ?? '')
/** Presses Tab until the focus is at a thing; says so when it never comes there. */
async function tabTo(wanted: string, key = 'Tab', most = 120): Promise<void> {
  for (let i = 0; i < most; i++) {
    if ((await focused()) === wanted) return
    await press(key)
  }
  throw new Error(`Tab never comes to ${wanted}`)
}
/** The new page took the focus to its heading. */
async function arrived(wanted: string): Promise<void> {
  await page.getByTestId(wanted).waitFor()
  await until(`the heading of ${wanted} has the focus`, async () => (await focused()) === 'heading', 30_000)
}

describe('the manager, by keyboard alone', () => {
  it('sees the hall in the morning', async () => {
    await tabTo('staff')
    await page.keyboard.type('9001')
    await press('Tab')
    await page.keyboard.type(hall.state.passwords['9001'] ?? '')
    await press('Enter')
    await page.getByTestId('map').waitFor()
    await page.getByTestId('quiet').waitFor()
    await until('the heading has the focus', async () => (await focused()) === 'heading')
    await screen(page, 'manager/morning')
  })
  it('the skip link leads to the content', async () => {
    await page.keyboard.press('Shift+Tab')
    for (let i = 0; i < 40 && !(await page.evaluate(() => document.activeElement?.classList.contains('skip'))); i++) await press('Shift+Tab')
    await press('Enter')
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('main')
  })
  it('walks the map and opens a window', async () => {
    await kiosk.getByTestId('group-business').click()
    await kiosk.locator('[data-testid^="item-"]').first().click()
    await kiosk.getByTestId('ticket').waitFor()
    await until('somebody waits', async () => (await page.getByTestId('total-waiting').getAttribute('data-value')) === '1', 60_000)
    await until('nobody serves it: told', async () => (await page.getByTestId('alarm-no_window').count()) > 0, 60_000)
    await screen(page, 'manager/hall')
    await tabTo('window-1')
    await press('ArrowRight')
    await press('ArrowRight')
    expect(await focused()).toBe('window-3')
    await press('Home')
    await press('Enter')
    await arrived('window-page')
    expect(page.url()).toMatch(/\/manager\/windows\/1$/)
    await screen(page, 'manager/window')
    await press('Escape')
    await until('the focus is where it was', async () => (await focused()) === 'window-1', 30_000)
  })
  it('goes down the map to a terminal, reloads, shuts it out, lets it in again, and comes back', async () => {
    await press('End')
    for (let i = 0; i < 20 && !(await focused()).startsWith('map-kiosk'); i++) await press('ArrowLeft')
    expect(await focused()).toBe('map-kiosk-1')
    await press('Enter')
    await arrived('terminal-page')
    await page.reload()
    await page.getByTestId('terminal-page').waitFor()
    expect(await page.getByTestId('terminal-page').getAttribute('data-id')).toBe('kiosk-1')
    await screen(page, 'manager/terminal')
    const state = () => page.getByTestId('terminal-state').getAttribute('data-state')
    await tabTo('revoke-kiosk-1')
    await press('Enter')
    await until('the question stands there, at the way back', async () => (await focused()) === 'revoke-back', 30_000)
    await tabTo('revoke-confirm')
    await press('Enter')
    await until('it is shut out', async () => (await state()) === 'revoked', 60_000)
    await until('the focus is not lost', async () => (await focused()) === 'readmit-kiosk-1', 30_000)
    await screen(page, 'manager/shut-out')
    await page.getByTestId('readmit-kiosk-1').focus()
    await press('Enter')
    await until('the question stands there, at the way back', async () => (await focused()) === 'revoke-back', 30_000)
    await tabTo('revoke-confirm')
    await press('Enter')
    await until('it comes back by itself', async () => !['revoked', 'offline'].includes((await state()) ?? ''), 120_000)
    await tabTo('back')
    await press('Enter')
    await page.getByTestId('map').waitFor()
  })
  it('opens a service with its order of calling, and the list behind a figure', async () => {
    await tabTo('group-business')
    await press('Enter')
    await arrived('service-page')
    await until('the waiting are listed', async () => (await page.getByTestId('tickets').getAttribute('data-count')) === '1', 30_000)
    await screen(page, 'manager/service')
    await page.goBack() // Alt+Left is the browser's own, which shows no bars here
    await page.getByTestId('map').waitFor()
    await until('the focus is where it was', async () => (await focused()) === 'group-business', 30_000)
    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur())
    for (let i = 0; i < 80 && !(await page.evaluate(() => document.activeElement?.getAttribute('data-place') === 'figure-issued')); i++) await press('Tab')
    await press('Enter')
    await arrived('figure-page')
    await screen(page, 'manager/figure')
  })
  it('reads a chart as a table', async () => {
    await tabTo('section-trends', 'Shift+Tab')
    await press('Enter')
    await arrived('trends')
    await page.locator('[data-testid="chart-flow"] svg').waitFor()
    await screen(page, 'manager/trends')
    await tabTo('chart-flow-table')
    await press('Enter')
    await until('the table stands there', async () => (await page.getByTestId('chart-flow').getAttribute('data-as')) === 'table')
    expect(await page.locator('[data-testid="chart-flow"] tbody tr').count()).toBeGreaterThan(0)
    await screen(page, 'manager/chart-table')
  })
  it('writes a notice, and withdraws it', async () => {
    await tabTo('section-notices', 'Shift+Tab')
    await press('Enter')
    await arrived('manager-notices')
    await tabTo('notice-new')
    await press('Enter')
    await until('one can write', async () => (await focused()) === 'notice-text-zh-Hans', 30_000)
    await page.keyboard.type('今天下午停办房产登记')
    await screen(page, 'manager/notice')
    await page.getByTestId('notice-text-zh-Hans').focus() // the tour may have looked elsewhere
    await tabTo('notice-urgent')
    await press('Space')
    await tabTo('notice-post')
    await press('Enter')
    await page.locator('[data-testid^="withdraw-"]').first().waitFor()
    await until('one may write the next', async () => (await focused()) === 'notice-new', 30_000)
    await screen(page, 'manager/notices')
    await page.getByTestId('notice-new').focus()
    await press('Tab')
    expect(await focused()).toMatch(/^withdraw-/)
    await press('Enter')
    await until('nothing is left to withdraw', async () => (await page.locator('[data-testid^="withdraw-"]').count()) === 0, 60_000)
    await until('the focus is not lost', async () => (await focused()) === 'notice-new', 30_000)
  })
  it('reads the hall on a phone', async () => {
    const size = page.viewportSize() ?? { width: 1440, height: 900 }
    await page.setViewportSize({ width: 390, height: 844 })
    await tabTo('section-hall', 'Shift+Tab')
    await press('Enter')
    await page.getByTestId('map').waitFor() // the focus is where one left the hall: at a figure
    await until('the map is a list', async () => (await page.getByTestId('map').getAttribute('data-as')) === 'list')
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
    await screen(page, 'manager/phone')
    await page.setViewportSize(size)
    await tabTo('section-trends', 'Shift+Tab')
    await press('Enter')
    await arrived('trends')
  })
  it('speaks another language, and leaves', async () => {
    await tabTo('lang-pt', 'Shift+Tab')
    await press('Enter')
    await until('the page speaks Portuguese', async () => (await page.evaluate(() => document.documentElement.lang)).startsWith('pt'))
    expect(page.url()).toMatch(/\/manager\/trends$/)
    await tabTo('signout')
    await press('Enter')
    await page.getByTestId('staff').waitFor()
  })
  it('without an error on any page, and nothing found on the way', () => {
    expect(hall.errors).toEqual([])
    expect(findings).toEqual([])
  })
})
