// Booking from home by keyboard alone: the thing, the day and hour, the person,
// once more to look at, the page with the code, and the time given back. Each step
// is looked at, and the way back keeps what was typed.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Page } from 'playwright-core'
import { Hall, until } from './hall'
import { findings, screen } from './tour'

let hall: Hall
let book: Page
const PHONE = '13900000004'
const NUMBER = '11010519491231002X'

beforeAll(async () => {
  hall = await Hall.start()
  book = await hall.open('central', '/book', { width: 420, height: 860 })
  await book.getByTestId('item-card-lost').waitFor()
})
afterEach((ctx) => hall?.failed(ctx))
afterAll(async () => {
  await hall?.stop()
})

const focused = () => book.evaluate(() => document.activeElement?.getAttribute('data-testid') ?? document.activeElement?.tagName ?? '')
const value = (id: string) => book.getByTestId(id).inputValue()
/** Walks with Tab until the keyboard is there, and says where; the tour may have left it anywhere. */
async function tabTo(id: string | RegExp): Promise<string> {
  for (let i = 0; i < 90; i++) {
    const at = await focused()
    if (typeof id === 'string' ? at === id : id.test(at)) return at
    await book.keyboard.press('Tab')
  }
  throw new Error(`Tab does not come to ${String(id)}; it is at ${await focused()}`)
}
async function press(id: string | RegExp): Promise<string> {
  const at = await tabTo(id)
  await book.keyboard.press('Enter')
  return at
}
/** Types into a field, over what may stand there. */
async function fill(id: string, text: string): Promise<void> {
  await tabTo(id)
  await book.keyboard.press('ControlOrMeta+A')
  await book.keyboard.type(text)
}
/** Another step is there, and begins at its heading. */
async function step(name: string): Promise<void> {
  await until(`the step ${name}`, async () => (await book.getByTestId('booking').getAttribute('data-step')) === name)
  await until('the keyboard is at the heading', async () => (await focused()) === 'H2')
}

describe('a time is booked from home', () => {
  it('for a thing', async () => {
    await screen(book, 'booking/things')
    await press('item-card-lost')
    await step('day')
  })
  it('on a day and at an hour that are free', async () => {
    const slots = book.locator('[data-testid^="slot-"]:not([disabled])')
    await slots.first().waitFor()
    await screen(book, 'booking/day')
    const days = book.locator('[data-testid^="day-"]')
    const second = (await days.nth(1).getAttribute('data-testid')) ?? ''
    await press(second)
    await until('the other day is chosen', async () => (await book.getByTestId(second).getAttribute('aria-pressed')) === 'true')
    await slots.first().waitFor()
    await press(/^slot-/)
    await step('person')
  })
  it('by a person who fills in three fields', async () => {
    await screen(book, 'booking/person')
    await fill('name', '测试丁')
    await fill('doc-no', NUMBER)
    await fill('phone', PHONE)
    await tabTo('agree')
    await book.keyboard.press('Space')
    expect(await book.getByTestId('agree').isChecked()).toBe(true)
    await screen(book, 'booking/person-filled')
    await press('next')
    await step('confirm')
  })
  it('who sees it once more, and finds what was typed when going back', async () => {
    await screen(book, 'booking/confirm')
    await press('back')
    await step('person')
    expect([await value('name'), await value('doc-no'), await value('phone')]).toEqual(['测试丁', NUMBER, PHONE])
    await press('next')
    await step('confirm')
    await press('submit')
    await step('done')
  })
  it('gets a code and a drawing that stand for it, and nothing stays in the browser', async () => {
    expect((await book.getByTestId('done-code').getAttribute('data-value')) ?? '').toMatch(/^\d{6}$/)
    await book.locator('[data-testid="done-qr"] svg').waitFor()
    await screen(book, 'booking/done')
    const kept = await book.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href]))
    for (const trace of ['测试丁', NUMBER, PHONE]) expect(kept).not.toContain(trace)
  })
  it('and gives it back with its number, phone and code', async () => {
    const code = (await book.getByTestId('done-code').getAttribute('data-value')) ?? ''
    const id = (await book.getByTestId('done-id').innerText()).trim()
    await press('cancel-open')
    await until('the keyboard is at the heading', async () => (await focused()) === 'H2')
    expect(await value('cancel-id')).toBe(id)
    await fill('cancel-phone', PHONE)
    await fill('cancel-code', code === '000000' ? '000001' : '000000')
    await book.keyboard.press('Enter')
    await book.getByTestId('problem').waitFor()
    await screen(book, 'booking/cancel')
    await fill('cancel-code', code)
    await press('cancel-submit')
    await book.getByTestId('cancelled').waitFor()
    await screen(book, 'booking/cancelled')
  })
  it('nothing was found on these screens, and no page threw an error', () => {
    expect(findings).toEqual([])
    expect(hall.errors).toEqual([])
  })
})
