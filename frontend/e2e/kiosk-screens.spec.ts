// Screens of the kiosk that no other journey comes to, each in every mode,
// language and size; what one needs is found by typing on the keys of the
// screen; and somebody whose name has a character that no font has is served.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Page } from 'playwright-core'
import { Hall, shot, until, wake } from './hall'
import { asleepOf, attrOf, frontOf, homeOf, quietUntil, tourOf } from './kiosk'
import { findings, screen } from './tour'

let hall: Hall
let kiosk: Page
const PORTRAIT = { width: 1080, height: 1920 }
/** U+2EBF0, first of Extension I: fonts that have it are rare. */
const RARE = String.fromCodePoint(0x2ebf0)

const attr = (id: string, name: string): Promise<string> => attrOf(kiosk, id, name)
const front = (want: string, ms?: number): Promise<void> => frontOf(kiosk, want, ms)
const home = (): Promise<void> => homeOf(kiosk)
const press = (id: string): Promise<void> => kiosk.getByTestId(id).click()
/** Types on the keys of the screen. */
async function keys(word: string): Promise<void> {
  for (const one of word) await press(`key-${one}`)
}
const tour = (name: string): Promise<void> => tourOf(kiosk, name)
async function slip(): Promise<void> {
  await front('ticket')
  await until('the slip is out', async () => ['confirmed', 'parsed'].includes(await attr('ticket', 'data-slip')), 30_000)
}

/** The kiosk's page, opened anew. */
async function other(): Promise<Page> {
  await kiosk?.context().close()
  const page = await hall.open('kiosk-1', '', PORTRAIT, true)
  await page.getByTestId('kiosk').waitFor()
  return page
}

beforeAll(async () => {
  hall = await Hall.start()
  kiosk = await other()
  await until('the kiosk may issue numbers', async () => (await attr('kiosk', 'data-issue')) === 'true', 30_000)
})
afterEach((ctx) => hall?.failed(ctx))
afterAll(async () => {
  await hall?.stop()
})

describe('what one needs is found by typing', () => {
  it('on the keys of the screen, from pinyin to a number', async () => {
    await home()
    await press('way-find')
    await kiosk.getByTestId('find-field').waitFor()
    await kiosk.getByTestId('kbd-pinyin').waitFor()
    await tour('find')
    await kiosk.getByTestId('kbd-pinyin').waitFor()
    await keys('shebaoka')
    await until('the word is offered', async () => (await kiosk.getByTestId('cand-1').innerText().catch(() => '')).includes('社保卡'))
    await kiosk.getByTestId('find-result-card-lost').waitFor() // as one types, before a word is chosen
    await shot(kiosk, 'kiosk-find-typing')
    await press('cand-1')
    await until('the word is in the field', async () => (await kiosk.getByTestId('find-field').inputValue()) === '社保卡')
    expect(await kiosk.locator('[data-testid^="find-result-"]').count()).toBe(1)
    await tour('find-found')
    await press('find-take-card-lost')
    await slip()
    expect(await attr('ticket', 'data-number')).toMatch(/^B\d{3}$/)
    await press('done')
    await front('home')
  })
  it('what is not there is said, with who helps; nothing typed is left', async () => {
    await press('way-find')
    await kiosk.getByTestId('find-field').waitFor()
    expect(await kiosk.getByTestId('find-field').inputValue()).toBe('')
    await press('key-latin')
    await kiosk.getByTestId('kbd-latin').waitFor()
    await keys('zzzz')
    await kiosk.getByTestId('find-none').waitFor()
    await kiosk.getByTestId('find-take-not-sure').waitFor()
    await tour('find-none')
    await home()
  })
  for (const [name, size, modes] of [
    ['small and large letters', { width: 1024, height: 768 }, ['elder']],
    ['small and low', { width: 1024, height: 768 }, ['low']],
    ['small, low and large letters', { width: 1024, height: 768 }, ['low', 'elder']],
    ['narrow and low', { width: 768, height: 1366 }, ['low']],
    ['upright, low and large letters', PORTRAIT, ['low', 'elder']],
  ] as const) {
    it(`every key and a result are in sight, ${name}`, async () => {
      await kiosk.setViewportSize(size)
      await home()
      for (const one of modes) await press(one)
      await press('way-find')
      await kiosk.getByTestId('kbd-pinyin').waitFor()
      await keys('shebaoka')
      await kiosk.getByTestId('cand-1').waitFor()
      const hidden = await kiosk.evaluate(() =>
        [...document.querySelectorAll('[data-testid^="key-"], [data-testid="cand-1"], [data-testid="find-take-card-lost"]')]
          .filter((one) => {
            const box = one.getBoundingClientRect()
            return [box.top + 3, box.bottom - 3].some((y) => !one.contains(document.elementFromPoint(box.left + box.width / 2, y)))
          })
          .map((one) => one.getAttribute('data-testid')),
      )
      await shot(kiosk, `kiosk-find-${size.width}-${modes.join('-')}`)
      expect(hidden).toEqual([])
      await home()
      await kiosk.setViewportSize(PORTRAIT)
    }, 120_000)
  }
})

describe('the screens', () => {
  it('the things of a group, and its call for a person', async () => {
    await home()
    await press('group-business')
    await front('items')
    await tour('items')
    await press('call-person')
    await kiosk.getByTestId('helped-ok').waitFor()
    await tour('helped')
    await press('helped-ok')
  })
  it('the looks, and all of it low', async () => {
    await home()
    await press('looks')
    await kiosk.getByTestId('kiosk-looks').waitFor()
    await tour('looks')
    await press('looks-ok')
    await press('low')
    await tour('home-low')
    await press('low')
  })
  it('the question before forgetting', async () => {
    await home()
    await press('looks')
    await press('switch-still') // something of a person is on the page, whatever language it has
    await press('looks-ok')
    await quietUntil(kiosk, 'the question', async () => (await kiosk.getByTestId('timeout').count()) > 0)
    // As long as the tour looks, no second passes; what is drawn is drawn.
    await kiosk.clock.setFixedTime(await kiosk.evaluate(() => Date.now()))
    await screen(kiosk, 'kiosk/timeout')
    kiosk = await other()
  })
  it('the picture that invites', async () => {
    await asleepOf(kiosk)
    await screen(kiosk, 'kiosk/attract', 'own')
    await wake(kiosk)
    await front('home')
  })
})

describe('a name that no font can write', () => {
  it('books, checks in and takes its place in the queue as any other', async () => {
    const book = await hall.open('central', '/book', { width: 420, height: 860 })
    await book.getByTestId('item-card-lost').click()
    await book.locator('[data-testid^="day-"]').first().click()
    await book.locator('[data-testid^="slot-"]:not([disabled])').first().click()
    await book.getByTestId('name').fill(`测试${RARE}`)
    await book.getByTestId('doc-no').fill('110101199003074514')
    await book.getByTestId('phone').fill('13900000001')
    await book.getByTestId('agree').check()
    await book.getByTestId('next').click()
    await book.getByTestId('submit').click()
    await book.getByTestId('done-code').waitFor()
    const code = (await book.getByTestId('done-code').innerText()).replace(/\D/g, '')
    await home()
    await press('way-phone')
    await front('phone')
    await kiosk.getByTestId('phone-field').waitFor()
    await kiosk.keyboard.type('13900000001')
    await kiosk.keyboard.type(code)
    await kiosk.keyboard.press('Enter')
    await front('choose')
    await tour('choose')
    await kiosk.locator('[data-testid^="checkin-"]').first().click()
    await slip()
    await home()
  })
  it('the tour found nothing, and no page threw an error', () => {
    expect(findings).toEqual([])
    expect(hall.errors).toEqual([])
  })
})
