// Supervision: a case that nobody goes on with turns yellow; a supervisor sees it,
// reminds of it by keyboard alone, and the clerk whose turn it is reads the sentence;
// a day later the hall reminds by itself, and then it is red. The hall is switched
// off and on again on later days.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Page } from 'playwright-core'
import { focusedOf, Hall, tabTo as tabsTo, until, attrOf as attr, is, sitsDown } from './hall'
import { findings, screen } from './tour'

let hall: Hall
let kiosk: Page, one: Page, page: Page
let number = ''

/** The pages are there; the clerk and the supervisor have signed in. */
async function atWork(): Promise<void> {
  kiosk = await hall.open('kiosk-1', '', { width: 1080, height: 1920 })
  one = await hall.open('counter-1', '', { width: 1366, height: 768 })
  await hall.signIn(one, '1001')
  await one.getByTestId('open').click()
  await is(one, 'window-state', 'data-state', 'open')
  page = await hall.open('central', '/manager', { width: 1440, height: 900 })
  page.setDefaultTimeout(90_000)
  await hall.signIn(page, '9003')
  await page.getByTestId('section-supervision').click()
  await page.getByTestId('supervision').waitFor()
}
const press = (key: string) => page.keyboard.press(key)
const focused = () => focusedOf(page)
const tabTo = (wanted: string, key?: string) => tabsTo(page, wanted, key)
const lights = (of: string, light: string) => page.getByTestId(`lights-${of}-${light}`).getAttribute('data-value')
const news = (code: string) => one.locator(`[data-testid="news-${number}"][data-code="${code}"]`)

beforeAll(async () => {
  hall = await Hall.start('2026-11-23T09:40:00+08:00') // a Monday
  await atWork()
})
afterEach((ctx) => hall?.failed(ctx))
afterAll(async () => {
  await hall?.stop()
})

describe('1 Monday: a case is taken in', () => {
  it('nothing is under supervision yet', async () => {
    expect(await lights('case', 'green')).toBe('0')
    await screen(page, 'manager/supervision-empty')
  })
  it('the supervisor is offered nothing that the centre refuses', async () => {
    await page.getByTestId('section-notices').click()
    await page.getByTestId('notice-not-allowed').waitFor()
    expect(await page.getByTestId('notice-new').count()).toBe(0)
    await screen(page, 'manager/notices-read')
    await page.getByTestId('section-hall').click()
    await page.getByTestId('terminal-kiosk-1').waitFor()
    expect(await page.locator('[data-testid^="revoke-"]').count()).toBe(0)
    await page.getByTestId('section-supervision').click()
    await page.getByTestId('supervision').waitFor()
  })
  it('and then one, in time', async () => {
    await sitsDown(kiosk, one, 'open-shop')
    await hall.bench('/idcard/place', { id: 'counter-1/idcard', card: 'resident' })
    await one.getByTestId('applicant-name').waitFor()
    await one.getByTestId('open-item-open-shop').click()
    await is(one, 'case', 'data-state', 'DRAFT')
    await one.getByTestId('receive').click()
    await is(one, 'case', 'data-state', 'RECEIVED')
    await is(one, 'case', 'data-pending', 'false')
    number = await attr(one, 'case', 'data-number')
    await until('it is green', async () => (await lights('case', 'green')) === '1', 60_000)
    await is(page, `supervised-${number}`, 'data-light', 'green')
  })
})

describe('2 Thursday: three of five days have gone', () => {
  it('the supervisor sees it yellow, and picks it by keyboard', async () => {
    await hall.later('2026-11-26T09:30:00+08:00')
    await atWork()
    expect(await lights('case', 'yellow')).toBe('1')
    await is(page, `supervised-${number}`, 'data-light', 'yellow')
    await tabTo('lights-case-green')
    await press('Enter')
    await until('no green case is listed', async () => (await page.getByTestId(`supervised-${number}`).count()) === 0, 30_000)
    await tabTo('lights-case-yellow', 'Shift+Tab')
    await press('Enter')
    await page.getByTestId(`supervised-${number}`).waitFor()
    await screen(page, 'manager/supervision')
    await page.getByTestId('lights-case-yellow').focus() // the tour may have looked elsewhere
  })
  it('reminds of it with a sentence', async () => {
    await tabTo(`remind-${number}`)
    await press('Enter')
    await until('one can write', async () => (await focused()) === 'remind-words', 30_000)
    await page.keyboard.type('请今天告知还缺哪些材料')
    await screen(page, 'manager/supervision-remind')
    await page.getByTestId('remind-words').focus()
    await tabTo('remind-send')
    await press('Enter')
    await is(page, `reminded-${number}`, 'data-value', '1')
    expect(await page.getByTestId(`remind-${number}`).isDisabled()).toBe(true) // once a day
  })
  it('the clerk reads it', async () => {
    await news('urged').waitFor()
    expect(await news('urged').textContent()).toContain('请今天告知还缺哪些材料')
    await screen(one, 'counter/urged')
  })
})

describe('3 Friday: four of five days have gone', () => {
  it('the hall reminds by itself, and the sentence stands beside it', async () => {
    await hall.later('2026-11-27T09:30:00+08:00')
    await atWork()
    await news('step_warn').waitFor()
    await news('urged').waitFor()
    await screen(one, 'counter/reminded')
    await is(page, `reminded-${number}`, 'data-value', '2')
    expect(await page.getByTestId(`remind-${number}`).isEnabled()).toBe(true) // another day
  })
  it('the figures say whose it is', async () => {
    expect(await page.locator('[data-testid="figures-departments"] [data-yellow="1"]').count()).toBe(1)
    await page.getByTestId('filter-stage').selectOption('handle')
    await until('another step has none', async () => (await page.getByTestId(`supervised-${number}`).count()) === 0, 30_000)
    await page.getByTestId('filter-stage').selectOption('accept')
    await page.getByTestId(`supervised-${number}`).waitFor()
    await page.setViewportSize({ width: 390, height: 844 })
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
    await screen(page, 'manager/supervision-phone')
  })
})

describe('at the end', () => {
  it('no page threw an error', () => {
    expect(hall.errors).toEqual([])
  })
  it('every screen on the way was accessible and readable', () => {
    expect(findings).toEqual([])
  })
})
