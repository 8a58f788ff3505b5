// A clerk's work by keyboard alone: not one click, not one field filled from
// outside. The page may die in the middle, and a hostile code may be scanned:
// nothing that was typed is lost, and nothing is done that nobody asked for.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { resolve } from 'node:path'
import type { Page } from 'playwright-core'
import { Hall, until } from './hall'
import { hold } from './held'
import { findings, screen } from './tour'

let hall: Hall
let one: Page, kiosk: Page
/** The last two are characters that no font of the machine has: one whose pinyin is known, one of which nothing is. */
const NAME = `Ouyang Nana ${String.fromCodePoint(0x31f55, 0x2ebf0)}`

async function attr(id: string, name: string): Promise<string> {
  return (await one.getByTestId(id).first().getAttribute(name, { timeout: 2000 }).catch(() => '')) ?? ''
}
async function is(id: string, name: string, want: string, ms = 30_000): Promise<void> {
  let seen = ''
  await until(`${id} has ${name}=${want}`, async () => (seen = await attr(id, name)) === want, ms).catch((e: Error) => {
    throw new Error(`${e.message}; it is «${seen}»`)
  })
}
/** The test id of what has the keyboard. */
const focused = (): Promise<string> => one.evaluate(() => document.activeElement?.getAttribute('data-testid') ?? document.activeElement?.tagName ?? '')
async function at(id: string | RegExp, ms = 20_000): Promise<void> {
  let seen = ''
  await until(`the keyboard is at ${String(id)}`, async () => {
    seen = await focused()
    return typeof id === 'string' ? seen === id : id.test(seen)
  }, ms).catch((e: Error) => {
    throw new Error(`${e.message}; it is at «${seen}»`)
  })
}
const pause = (ms: number): Promise<void> => one.waitForTimeout(ms)
/** One key, as a hand presses it. */
async function press(...keys: string[]): Promise<void> {
  for (const key of keys) {
    await pause(150)
    await one.keyboard.press(key)
  }
  await pause(150)
}
const type = (text: string): Promise<void> => one.keyboard.type(text, { delay: 70 })
/** Walks with Tab until the keyboard is there. */
async function tabTo(id: string): Promise<void> {
  for (let i = 0; i < 80; i++) {
    if ((await focused()) === id) return
    await one.keyboard.press('Tab')
    await pause(60)
  }
  throw new Error(`Tab does not come to ${id}; it is at ${await focused()}`)
}
/** A scanner that types: faster than any hand. */
const scan = async (text: string): Promise<void> => {
  await one.evaluate((code) => {
    for (const key of [...code, 'Enter']) {
      const target = document.activeElement ?? document.body
      const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true })
      if (target.dispatchEvent(event) && key === 'Enter' && target instanceof HTMLButtonElement) target.click()
    }
  }, text)
  await pause(400)
}

beforeAll(async () => {
  hall = await Hall.start()
  kiosk = await hall.open('kiosk-1', '', { width: 1080, height: 1920 })
  one = await hall.open('counter-1', '', { width: 1366, height: 768 })
  await hall.departments('/behaviour', { department: 'police', material: 'M02', query: 'yes', delivery: 'at_once', seconds: 0, think: 0 })
  await kiosk.getByTestId('group-business').click()
  await kiosk.getByTestId('item-open-shop').click()
  await kiosk.getByTestId('ticket').waitFor()
})
afterEach((ctx) => hall?.failed(ctx))
afterAll(async () => {
  await hall?.stop()
})

describe('a clerk without a mouse', () => {
  it('signs in, and opens the window', async () => {
    await one.getByTestId('staff').waitFor()
    await tabTo('staff')
    await type('1001')
    await press('Tab')
    await at('password')
    await type(hall.state.passwords['1001'] ?? '')
    await press('Enter')
    await is('counter', 'data-signed', 'true')
    await at('H1') // another screen: its heading
    await screen(one, 'counter/closed')
    await press('o')
    await is('window-state', 'data-state', 'open')
  })
  it('finds every key in the sheet, and turns the letters off and on', async () => {
    await press('?')
    await one.getByTestId('keys').waitFor()
    await screen(one, 'counter/keys')
    await tabTo('keys-toggle')
    await press('Space', 'Escape')
    await one.getByTestId('keys').waitFor({ state: 'detached' })
    await press('p')
    expect(await attr('window-state', 'data-state')).toBe('open')
    await tabTo('keys-open')
    await press('Enter')
    await one.getByTestId('keys').waitFor()
    await tabTo('keys-toggle')
    await press('Space', 'Escape')
    await one.getByTestId('keys').waitFor({ state: 'detached' })
  })
  it('changes how the screen looks, and puts it back', async () => {
    await tabTo('looks')
    await press('Enter')
    await one.getByTestId('looks-elder').waitFor()
    await screen(one, 'counter/looks')
    await tabTo('looks-elder')
    await press('Space')
    expect(await one.evaluate(() => document.documentElement.dataset['elder'])).toBe('on')
    await tabTo('looks-reset')
    await press('Enter')
    expect(await one.evaluate(() => document.documentElement.dataset['elder'])).toBe('off')
    await press('Escape')
    await one.getByTestId('looks-elder').waitFor({ state: 'detached' })
    await at('looks')
  })
  it('calls the next one; a code that is scanned presses nothing', async () => {
    await tabTo('next')
    await scan('NSFPX')
    expect(await attr('current', 'data-number')).toBe('')
    expect(await attr('window-state', 'data-state')).toBe('open')
    await is('desk-notice', 'data-code', 'code_foreign')
    await press('Enter')
    await is('current', 'data-state', 'CALLED')
    await at('start') // its own button has gone: the one that comes next
    await scan('NSFPX')
    expect(await attr('current', 'data-state')).toBe('CALLED')
    await press('Enter')
    await is('current', 'data-state', 'SERVING')
    await at('applicant-type') // from the queue to the case
    await press('t') // a question in between, and back
    await one.getByTestId('transfer-dialog').waitFor()
    await screen(one, 'counter/transfer')
    await press('Escape')
    await one.getByTestId('transfer-dialog').waitFor({ state: 'detached' })
    await at('applicant-type')
  })
  it('types the applicant; the page dies in the middle, and nothing is lost', async () => {
    await press('Enter')
    await at('applicant-typed-name')
    await type(NAME)
    await press('Tab', 'Tab')
    await at('applicant-docno')
    await type('11010519491231002X')
    await pause(1500) // it is kept a moment after the last key
    await one.goto('about:blank')
    await one.goto(hall.state.urls['counter-1'] ?? '')
    await one.getByTestId('applicant-typed-name').waitFor()
    expect(await one.getByTestId('applicant-typed-name').inputValue()).toBe(NAME)
    expect(await one.getByTestId('applicant-docno').inputValue()).toBe('11010519491231002X')
    const kept = await one.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]))
    expect(kept).not.toContain('Ouyang')
    await tabTo('applicant-docno')
    await press('End', 'Backspace')
    await type('1')
    await press('Enter') // a number that cannot be
    await one.getByTestId('case-problem').waitFor()
    await screen(one, 'counter/applicant')
    await at('applicant-docno') // where it was typed
    await press('End', 'Backspace')
    await type('X')
    await press('Enter')
    await one.getByTestId('applicant-name').waitFor()
    await at('item-search')
    // What no font draws is a box that says what it is, and is copied as it is.
    const boxes = one.getByTestId('applicant-name').getByRole('img')
    await until('both boxes say what they know', async () =>
      (await boxes.evaluateAll((all) => all.map((box) => getComputedStyle(box, '::before').content).join(' '))) === '"U+31F55 d\u0101o" "U+2EBF0"')
    for (const box of await boxes.all()) {
      expect(await box.getAttribute('aria-label')).toMatch(/U\+(31F55|2EBF0)/)
      const size = await box.boundingBox()
      expect(size && size.width > 40 && size.height > 12).toBe(true)
    }
    expect(await one.getByTestId('applicant-name').textContent()).toBe(NAME)
    await one.getByTestId('desk-applicant').screenshot({ path: resolve(import.meta.dirname, '../../build/out/counter-rare-name.png') })
  })
  it('finds the item by typing, and opens the case', async () => {
    await type('\u5c0f\u5e97')
    await one.getByTestId('open-item-open-shop').waitFor()
    await screen(one, 'counter/items')
    await press('ArrowDown')
    await at('open-item-open-shop')
    await press('Enter')
    await is('case', 'data-state', 'DRAFT')
    await at(/M01/) // the first material
  })
  it('chooses how each material comes, by digits and arrows', async () => {
    await press('1')
    for (let i = 0; i < 6 && (await focused()) !== 'original-M01'; i++) await press('ArrowRight')
    await at('original-M01')
    await press('Enter')
    await is('material-M01', 'data-state', 'DONE')
    await at(/M01|M02/) // its button has gone; the keyboard stays with the materials
    await press('3')
    for (let i = 0; i < 6 && (await focused()) !== 'original-M03'; i++) await press('ArrowRight')
    await press('Enter')
    await is('material-M03', 'data-state', 'DONE')
  })
  it('asks before it takes a material back', async () => {
    await press('1')
    for (let i = 0; i < 6 && (await focused()) !== 'replace-M01'; i++) await press('ArrowRight')
    await at('replace-M01')
    await press('Enter')
    await one.getByTestId('replace-dialog').waitFor()
    await tabTo('replace-wrong_material')
    await press('ArrowDown')
    await screen(one, 'counter/replace')
    await press('Escape')
    await one.getByTestId('replace-dialog').waitFor({ state: 'detached' })
    await at('replace-M01')
    await is('material-M01', 'data-state', 'DONE')
  })
  it('asks the departments, and takes what they offer', async () => {
    await press('g')
    await one.getByTestId('help-offer-M02-E_SHARE').waitFor()
    await tabTo('help-offer-M02-E_SHARE')
    await scan('NSFPX') // over a dialog: it is told, and presses nothing
    await one.getByTestId('desk-notice-above').waitFor()
    expect(await attr('help-dialog', 'data-state')).toBe('ready')
    expect(await attr('material-M02', 'data-state')).toBe('PREPARE')
    await press('Enter')
    await until('the choice is made', async () => (await attr('material-M02', 'data-method')) === 'E_SHARE')
    await press('Escape')
    await one.getByTestId('help-dialog').waitFor({ state: 'detached' })
  })
  it('asks before it cancels; the question outlives the page', async () => {
    await press('x')
    await one.getByTestId('cancel-dialog').waitFor()
    await tabTo('cancel-applicant_withdrew')
    await press('ArrowDown')
    await pause(1500)
    await one.goto('about:blank')
    await one.goto(hall.state.urls['counter-1'] ?? '')
    await one.getByTestId('cancel-dialog').waitFor()
    expect(await one.getByTestId('cancel-wrong_item').isChecked()).toBe(true)
    await tabTo('cancel-back')
    await press('Enter')
    await one.getByTestId('cancel-dialog').waitFor({ state: 'detached' })
  })
  it('accepts, and looks at what the department sent', async () => {
    if ((await attr('case', 'data-editing')) === 'false') await press('e')
    await press('a')
    await until('it was submitted', async () => ['PENDING_SHARE', 'ACCEPTED'].includes(await attr('case', 'data-state')))
    await is('case', 'data-state', 'ACCEPTED')
    await one.getByTestId('preview-M02').waitFor()
    await press('2')
    for (let i = 0; i < 6 && (await focused()) !== 'preview-M02'; i++) await press('ArrowRight')
    await at('preview-M02')
    await press('Enter')
    await is('preview', 'data-state', 'ready')
    await at('preview-close')
    await press('Enter')
    await one.getByTestId('preview').waitFor({ state: 'detached' })
    await at('preview-M02')
  })
  it('is told what the printer lacks', async () => {
    await hall.bench('/printer/set', { id: 'counter-1/printer', paper: 'end' })
    await one.locator('[data-testid=device-trouble][data-code=paper_end]').waitFor()
    await screen(one, 'counter/printer')
    await hall.bench('/printer/set', { id: 'counter-1/printer', paper: 'ok' })
    await one.locator('[data-testid=device-trouble][data-code=paper_end]').waitFor({ state: 'detached' })
  })
  it('goes through the lists and their tabs', async () => {
    await press('l')
    await at('case-search')
    await tabTo('desk-tab-pending')
    await press('ArrowRight')
    await at('desk-tab-mine')
    await one.locator('[data-testid^="mine-view-"]').first().waitFor()
    await screen(one, 'counter/mine')
    await press('ArrowRight')
    await at('desk-tab-done')
    await one.locator('[data-testid^="done-view-"]').first().waitFor()
    await screen(one, 'counter/done')
    await tabTo('case-search')
    await type('1') // a search stays with its list
    await tabTo('desk-tab-done')
    await press('ArrowLeft', 'ArrowRight')
    await at('desk-tab-done')
    await tabTo('case-search')
    expect(await one.getByTestId('case-search').inputValue()).toBe('1')
    await one.locator('[data-testid^="done-view-"]').first().waitFor()
    await press('ArrowDown')
    await at(/^done-view-/)
    await press('Enter')
    await is('case', 'data-state', 'ACCEPTED')
    await press('w')
    await one.getByTestId('case').waitFor({ state: 'detached' })
    await tabTo('tab-queue')
    await press('End')
    await at('tab-work')
  })
  it('finishes, and goes home; a key that comes too soon waits', async () => {
    const held = await hold(one, '/counter/finish', '/counter/pause')
    await press('f')
    await until('it is on its way', async () => (await held.asked()).length === 1)
    await press('f', 'p')
    await held.release()
    await is('current', 'data-number', '')
    await is('window-state', 'data-state', 'paused')
    expect((await held.asked()).map((each) => each.path.split('/').pop())).toEqual(['finish', 'pause'])
    await held.undo()
    await until('everything is confirmed', async () => (await attr('line', 'data-pending')) === '0')
    await press('z')
    await is('window-state', 'data-state', 'closed')
    await until('one may sign out', () => one.getByTestId('signout').isEnabled())
    await press('u')
    await is('counter', 'data-signed', 'false')
    await at('staff')
    expect(hall.errors).toEqual([])
    expect(findings).toEqual([])
  })
})
