// A sitting at a department's station with the keyboard alone, and a scanner
// that types like one: whatever it sends goes to the label field. The paper is
// ordered at a counter; from its label to the courier's slip no mouse is used.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Page } from 'playwright-core'
import { Hall, shot, until, type Slip } from './hall'
import { hold } from './held'
import { findings, screen } from './tour'

let hall: Hall
let page: Page
let number = '', label = ''
const PRINTER = 'station-civil-1/printer'
const attr = async (id: string, name: string) => (await page.getByTestId(id).first().getAttribute(name, { timeout: 2000 }).catch(() => '')) ?? ''
const press = (key: string) => page.keyboard.press(key)
const focused = () => page.evaluate(() => document.activeElement?.getAttribute('data-testid') ?? '')
/** Presses Tab until the focus is at a thing; says so when it never comes there. */
async function tabTo(wanted: string, most = 80): Promise<void> {
  for (let i = 0; i < most; i++) {
    if ((await focused()) === wanted) return
    await press('Tab')
  }
  throw new Error(`Tab never comes to ${wanted}`)
}
/** Types a label as it stands on the paper, and gives it in. */
async function type(text: string, result: string): Promise<void> {
  await page.keyboard.type(text)
  await until('it stands in the field', async () => (await page.getByTestId('station-scan').inputValue()) === text)
  await press('Enter')
  await until('the field is free again', async () => (await page.getByTestId('station-scan').inputValue()) === '')
  await until(`the result is ${result}`, async () => (await attr('last', 'data-result')) === result && (await attr('last', 'data-undone')) === 'false')
}
async function slip(what: string, ok: (one: Slip) => boolean): Promise<Slip> {
  let found: Slip | undefined
  await until(what, async () => !!(found = (await hall.slips(PRINTER)).find(ok)), 30_000)
  return found as Slip
}
const slips = (word: string) => hall.slips(PRINTER).then((all) => all.filter((one) => one.text.includes(word)).length)

/** A case at a counter that fetches one paper from the department. */
async function order(): Promise<string> {
  const kiosk = await hall.open('kiosk-1', '', { width: 1080, height: 1920 })
  const counter = await hall.open('counter-1', '', { width: 1366, height: 768 })
  const is = (id: string, name: string, want: string) =>
    until(`${id} has ${name}=${want}`, async () => (await counter.getByTestId(id).first().getAttribute(name, { timeout: 2000 }).catch(() => '')) === want, 30_000)
  await hall.signIn(counter, '1001')
  await counter.getByTestId('open').click()
  await is('window-state', 'data-state', 'open')
  await kiosk.getByTestId('group-business').click()
  await kiosk.getByTestId('item-open-shop').click()
  await kiosk.getByTestId('ticket').waitFor()
  await counter.getByTestId('next').click()
  await until('the counter has called', async () => (await counter.getByTestId('current').getAttribute('data-number')) !== '')
  await counter.getByTestId('start').click()
  await is('current', 'data-state', 'SERVING')
  await counter.getByTestId('desk-tab-case').click()
  await hall.bench('/idcard/place', { id: 'counter-1/idcard', card: 'resident' })
  await counter.getByTestId('applicant-name').waitFor()
  await counter.getByTestId('open-item-open-shop').click()
  await is('case', 'data-state', 'DRAFT')
  await hall.bench('/idcard/remove', { id: 'counter-1/idcard' })
  for (const m of ['M01', 'M02']) {
    await counter.getByTestId(`original-${m}`).click()
    await is(`material-${m}`, 'data-state', 'DONE')
  }
  await counter.getByTestId('method-M03-PAPER_SHARE').click()
  await is('material-M03', 'data-state', 'P_WAIT_OUT')
  await counter.getByTestId('accept').click()
  await is('case', 'data-state', 'PENDING_SHARE')
  const number = (await counter.getByTestId('case').getAttribute('data-number')) ?? ''
  await counter.close()
  await kiosk.close()
  return number
}

beforeAll(async () => {
  hall = await Hall.start()
  page = await hall.open('station-civil-1', '', { width: 1280, height: 800 })
})
afterEach((ctx) => hall?.failed(ctx))
afterAll(async () => {
  await hall?.stop()
})

describe('a station, by keyboard alone', () => {
  it('somebody signs in and can scan at once', async () => {
    await page.getByTestId('staff').waitFor()
    await screen(page, 'station/sign-in')
    await until('the field for the staff number has the focus', async () => {
      if (await page.evaluate(() => document.activeElement?.matches('input') ?? false)) return true
      await press('Tab')
      return false
    })
    await page.keyboard.type('2001')
    await press('Tab')
    await page.keyboard.type(hall.state.passwords['2001'] ?? '')
    await press('Enter')
    await page.getByTestId('mode-out').waitFor()
    await until('whoever signed in can scan at once', async () => (await focused()) === 'station-scan')
    await screen(page, 'station/ready')
  })
  it('the skip link leads past the bar to the field', async () => {
    for (let i = 0; i < 40 && (await focused()) !== 'skip'; i++) await press('Shift+Tab')
    expect(await focused()).toBe('skip')
    await press('Enter')
    expect(await focused()).toBe('station-scan')
  })
  it('the keys are shown, and leave again', async () => {
    await press('F1')
    await page.getByTestId('keys').waitFor()
    await screen(page, 'station/keys')
    await press('Escape')
    await page.getByTestId('keys').waitFor({ state: 'detached' })
  })
  it('the looks are chosen, and put back', async () => {
    await tabTo('looks')
    await press('Enter')
    await page.getByTestId('looks-elder').waitFor()
    await screen(page, 'station/looks')
    await tabTo('looks-elder')
    await press('Space')
    await until('large', async () => (await page.evaluate(() => document.documentElement.dataset['elder'])) === 'on')
    await tabTo('looks-reset')
    await press('Enter')
    await until('as before', async () => (await page.evaluate(() => document.documentElement.dataset['elder'])) !== 'on')
    await press('Escape')
    await page.getByTestId('looks-elder').waitFor({ state: 'detached' })
  })
  it('says what a scan means', async () => {
    await press('F3')
    await until('the other mode', async () => (await attr('station', 'data-mode')) === 'return_in' && !(await attr('mode-return_in', 'aria-busy')))
    await press('F2')
    await until('the first mode again', async () => (await attr('station', 'data-mode')) === 'out' && !(await attr('mode-out', 'aria-busy')))
    // A key that comes while the one before is on its way waits for it.
    const held = await hold(page, '/station/mode')
    await press('F3')
    await until('it is on its way', async () => (await held.asked()).length === 1)
    await press('F2')
    await held.release()
    const modes = async () => (await held.asked()).map((one) => (JSON.parse(one.body) as { mode: string }).mode).join()
    await until('both were done, in their order', async () => (await modes()) === 'return_in,out' && (await attr('station', 'data-mode')) === 'out' && !(await attr('mode-out', 'aria-busy')))
    await held.undo()
  })
  it('a scanner types while a button has the focus: nothing is pressed', async () => {
    await tabTo('trip-open')
    await page.keyboard.type('F2NOLABEL99')
    expect(await page.getByTestId('station-scan').inputValue()).toBe('F2NOLABEL99')
    expect(await attr('station', 'data-mode')).toBe('out')
    await press('Escape')
    expect(await page.getByTestId('station-scan').inputValue()).toBe('')
    await type('F2NOLABEL99', 'wrong')
    await screen(page, 'station/not-ours')
  })
  it('without paper its printer says so, and what did not come out is told until it did', async () => {
    number = await order()
    await page.getByTestId(`batch-${number}`).waitFor()
    await hall.bench('/printer/set', { id: PRINTER, paper: 'end' })
    await page.getByTestId('device-trouble').first().waitFor()
    await screen(page, 'station/no-paper')
    await hall.bench('/printer/set', { id: PRINTER, paper: 'ok' })
    await page.getByTestId('device-trouble').first().waitFor({ state: 'detached' })
  })
  it('cover and label are printed from the list', async () => {
    await press('F6')
    expect(await focused()).toBe(`batch-${number}`)
    await tabTo(`labels-${number}`)
    await press('Enter')
    label = (await slip('the label', (one) => one.qr.some((q) => q.startsWith('HL1.')))).qr.find((q) => q.startsWith('HL1.')) ?? ''
    expect(label).toContain(number)
    await until('the list knows it', async () => (await attr(`batch-${number}`, 'data-labels')) === 'printed')
    await until('the focus is where it was', async () => (await focused()) === `labels-${number}`)
    await until('F6 leads back to the field', async () => {
      await press('F6')
      return (await focused()) === 'station-scan'
    })
  })
  it('a paper is signed out by its label, and taken back', async () => {
    await type(label, 'ok')
    await until('confirmed', async () => (await attr('last', 'data-pending')) === 'false')
    await screen(page, 'station/ok')
    await press('F8')
    await until('taken back', async () => (await attr('last', 'data-undone')) === 'true')
    await screen(page, 'station/undone')
  })
  it('a trip is begun, loaded, given to a courier and sent', async () => {
    await press('F9')
    await page.getByTestId('trip').waitFor()
    await type(label, 'ok')
    await until('it is aboard', async () => (await attr('trip', 'data-papers')) === '1')
    await until('confirmed', async () => (await attr('last', 'data-pending')) === 'false')
    await type(label, 'again')
    await screen(page, 'station/trip')
    await press('F9')
    expect(await focused()).toMatch(/^courier-/)
    await tabTo('courier-2002')
    await press('Space')
    await until('chosen', async () => (await attr('courier-2002', 'aria-pressed')) === 'true')
    await press('F9')
    const out = await slip('the hand-over slip', (one) => one.text.includes('交接单'))
    expect(out.text).toContain('程远路')
    await page.getByTestId('trip').waitFor({ state: 'detached' })
    await screen(page, 'station/sent')
  })
  it('the slip is printed once more', async () => {
    const before = await slips('交接单')
    const print = page.locator('[data-testid^="trip-print-"]').first()
    await print.waitFor()
    await tabTo((await print.getAttribute('data-testid')) ?? '')
    await press('Enter')
    await until('it came out again', async () => (await slips('交接单')) > before, 30_000)
  })
  it('goes on while the line is cut, and says so', async () => {
    await hall.bench('/lines', { id: 'station-civil-1', up: false })
    await page.getByTestId('offline').waitFor()
    await screen(page, 'station/offline')
    await page.setViewportSize({ width: 1024, height: 768 })
    const out = await page.getByTestId('signout').boundingBox()
    const line = await page.getByTestId('line').first().boundingBox()
    expect(out && line && Math.abs(out.y + out.height / 2 - line.y - line.height / 2)).toBeLessThan(12) // one row
    await shot(page, 'station-offline-1024')
    await page.setViewportSize({ width: 1280, height: 800 })
    await hall.bench('/lines', { id: 'station-civil-1', up: true })
    await page.getByTestId('offline').waitFor({ state: 'detached', timeout: 60_000 })
  })
  it('signs out', async () => {
    await tabTo('signout')
    await press('Enter')
    await page.getByTestId('staff').waitFor()
    expect(hall.errors).toEqual([])
  })
  it('every screen on the way was accessible and readable', () => {
    expect(findings).toEqual([])
  })
})
