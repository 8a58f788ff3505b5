// The kiosk's own manners, by touch, by card and by keys alone: the picture that
// invites, the place that stays, the low page, the question before forgetting,
// and that nothing of a person is left.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Page } from 'playwright-core'
import { Hall, shot, until } from './hall'
import { asleepOf, attrOf, frontOf, homeOf, quietUntil, tourOf } from './kiosk'
import { findings } from './tour'

let hall: Hall
let kiosk: Page
const PORTRAIT = { width: 1080, height: 1920 }
const LANDSCAPE = { width: 1024, height: 768 }

const attr = (id: string, name: string): Promise<string> => attrOf(kiosk, id, name)
const front = (want: string, ms?: number): Promise<void> => frontOf(kiosk, want, ms)
const home = (): Promise<void> => homeOf(kiosk)
async function place(card: string): Promise<void> {
  await hall.bench('/idcard/place', { id: 'kiosk-1/idcard', card })
}
async function lift(): Promise<void> {
  await hall.bench('/idcard/remove', { id: 'kiosk-1/idcard' })
  await new Promise((r) => setTimeout(r, 1200)) // the reader sees an empty plate
}
const asleep = (): Promise<void> => asleepOf(kiosk)
const language = (): Promise<string> => kiosk.evaluate(() => document.documentElement.lang)
const html = (name: string): Promise<string> => kiosk.evaluate((n) => document.documentElement.dataset[n] ?? '', name)

beforeAll(async () => {
  hall = await Hall.start()
  kiosk = await hall.open('kiosk-1', '', PORTRAIT, true)
  await kiosk.getByTestId('kiosk').waitFor()
  await until('the kiosk may issue numbers', async () => (await attr('kiosk', 'data-issue')) === 'true', 30_000)
})
afterEach((ctx) => hall?.failed(ctx))
afterAll(async () => {
  await hall?.stop()
})

describe('nobody is there', () => {
  it('for a minute, and not before, a picture invites', async () => {
    await home()
    await kiosk.clock.pauseAt((await kiosk.evaluate(() => Date.now())) + 2000)
    await kiosk.keyboard.press('Shift') // a touch: the minute begins
    await kiosk.clock.runFor(59_000)
    expect(await attr('kiosk', 'data-front')).toBe('home')
    await kiosk.clock.runFor(1500)
    await front('attract')
    await kiosk.clock.resume()
  })
  it('a picture says what one can do, and a touch leads on', async () => {
    await asleep()
    expect(await kiosk.getByTestId('attract-open').isVisible()).toBe(true)
    expect(await kiosk.locator('.things li').count()).toBe(4)
    expect(await kiosk.getByTestId('call-person').isVisible()).toBe(true)
    await shot(kiosk, 'kiosk-attract')
    await kiosk.mouse.click(540, 500)
    await front('home')
  })
  it('a card works from it without a touch', async () => {
    await asleep()
    await kiosk.setViewportSize(LANDSCAPE)
    await shot(kiosk, 'kiosk-attract-landscape')
    await place('expired')
    await front('notice')
    await lift()
    await home()
    await kiosk.setViewportSize(PORTRAIT)
  })
  it('a language can be chosen on it', async () => {
    await asleep()
    await kiosk.getByTestId('lang-pt').click()
    await front('home')
    expect(await language()).toMatch(/^pt/)
    await kiosk.getByTestId('lang-zh-Hans').click()
  })
})

describe('a change of language, letters and colours', () => {
  it('keeps the place and what is typed', async () => {
    await home()
    await kiosk.getByTestId('group-business').click()
    await front('items')
    await kiosk.getByTestId('lang-en').click()
    expect(await attr('kiosk', 'data-front')).toBe('items')
    await kiosk.getByTestId('back').click()
    await kiosk.getByTestId('way-phone').click()
    await kiosk.getByTestId('phone-field').waitFor()
    await kiosk.keyboard.type('138001')
    await kiosk.getByTestId('lang-zh-Hant').click()
    await kiosk.getByTestId('elder').click()
    await kiosk.getByTestId('contrast').click()
    expect(await attr('phone-field', 'data-length')).toBe('6')
    expect(await html('elder')).toBe('on')
    expect(await html('contrast')).toBe('dark')
  })
  it('is gone with the person, and so is all that was typed', async () => {
    await kiosk.getByTestId('back').click()
    await place('resident')
    await until('the card is read', async () => ['choose', 'notice'].includes(await attr('kiosk', 'data-front')))
    await lift()
    await home()
    expect(await html('elder')).toBe('off')
    expect(await html('contrast')).toBe('normal')
    expect(await language()).toMatch(/^zh-Hans/)
    const left = await kiosk.evaluate(() => ({
      page: document.documentElement.outerHTML,
      fields: [...document.querySelectorAll('input')].map((one) => one.value),
      kept: JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]),
      address: location.href,
    }))
    for (const trace of ['138001', '测试甲', '测*', '110101199003074514', '4514']) {
      expect(left.page).not.toContain(trace)
      expect(left.kept).not.toContain(trace)
      expect(left.address).not.toContain(trace)
    }
    expect(left.fields.join('')).toBe('')
  })
})

describe('for somebody who sits', () => {
  for (const [name, size, share] of [['portrait', PORTRAIT, 0.37], ['landscape', LANDSCAPE, 0.33]] as const) {
    it(`all that is touched stands low, ${name}`, async () => {
      await kiosk.setViewportSize(size)
      await home()
      await kiosk.getByTestId('low').click()
      expect(await html('low')).toBe('on')
      const high = (): Promise<string[]> =>
        kiosk.evaluate((least) => [...document.querySelectorAll('button, a[href], input')]
          .filter((one) => one.checkVisibility() && !one.closest('.skip') && one.getBoundingClientRect().top < innerHeight * least)
          .filter((one) => { // what is scrolled away above is not in sight
            const port = one.closest('[data-port]')
            return !port || one.getBoundingClientRect().bottom > port.getBoundingClientRect().top
          })
          .map((one) => one.textContent?.trim() ?? ''), share)
      expect(await high()).toEqual([])
      await kiosk.getByTestId('looks').click()
      await kiosk.getByTestId('kiosk-looks').waitFor()
      expect(await high()).toEqual([])
      await kiosk.getByTestId('looks-ok').click()
      for (const [key, screen] of [['way-phone', 'phone'], ['way-progress', 'progress'], ['group-business', 'items']] as const) {
        await kiosk.getByTestId(key).click()
        await front(screen)
        expect(await high()).toEqual([])
        await (name === 'landscape' ? tourOf(kiosk, `low-${screen}`) : shot(kiosk, `kiosk-low-${screen}-${name}`))
        await kiosk.getByTestId('back').click()
        await front('home')
      }
      expect(await high()).toEqual([])
      await kiosk.getByTestId('low').click()
      expect(await html('low')).toBe('off')
    })
  }
  it('what does not fit is moved by large buttons', async () => {
    await kiosk.setViewportSize(LANDSCAPE)
    await home()
    await kiosk.getByTestId('low').click()
    await kiosk.getByTestId('elder').click()
    await kiosk.getByTestId('way-progress').click()
    await kiosk.getByTestId('scroll-down').click()
    await until('it has moved', async () => kiosk.getByTestId('scroll-up').isEnabled())
    await kiosk.setViewportSize(PORTRAIT)
  })
})

describe('the time is over', () => {
  it('without a session the page asks, and puts itself back', async () => {
    await home()
    await kiosk.getByTestId('lang-en').click()
    await kiosk.clock.pauseAt((await kiosk.evaluate(() => Date.now())) + 2000)
    await kiosk.keyboard.press('Shift')
    await kiosk.clock.runFor(59_000)
    expect(await kiosk.getByTestId('timeout').count()).toBe(0)
    await kiosk.clock.runFor(1500)
    await kiosk.getByTestId('timeout').waitFor()
    expect(Number(await attr('timeout', 'data-left'))).toBeGreaterThan(15)
    await kiosk.clock.runFor(17_000)
    expect(await language()).toMatch(/^en/)
    await kiosk.clock.runFor(3000)
    await until('the page is as it was', async () => (await language()).startsWith('zh-Hans'))
    await kiosk.clock.resume()
    await kiosk.getByTestId('timeout').waitFor({ state: 'detached' })
  })
  it('who answers the question has the time again', async () => {
    await home()
    await kiosk.getByTestId('lang-pt').click()
    await quietUntil(kiosk, 'the question', async () => (await kiosk.getByTestId('timeout').count()) > 0)
    await kiosk.keyboard.press('Enter') // the key in front
    await kiosk.getByTestId('timeout').waitFor({ state: 'detached' })
    expect(await language()).toMatch(/^pt/)
    await kiosk.getByTestId('lang-zh-Hans').click()
  })
})

describe('by keys alone', () => {
  /** Tab until the wanted control has the focus. */
  async function tabTo(id: string): Promise<void> {
    await until(`Tab comes to ${id}`, async () => {
      await kiosk.keyboard.press('Tab')
      return (await kiosk.evaluate(() => document.activeElement?.getAttribute('data-testid'))) === id
    }, 30_000)
  }
  it('a number is taken', async () => {
    await home()
    await tabTo('group-insurance')
    await kiosk.keyboard.press('ArrowRight')
    await kiosk.keyboard.press('ArrowLeft')
    await kiosk.keyboard.press('Enter')
    await front('items')
    await until('the focus is on the heading', async () => (await kiosk.evaluate(() => document.activeElement?.tagName)) === 'H2')
    await kiosk.keyboard.press('Escape')
    await front('home')
    await tabTo('group-insurance')
    await kiosk.keyboard.press('Enter')
    await tabTo('item-medical-refund')
    await kiosk.keyboard.press('Enter')
    await front('ticket')
    await until('the slip is out', async () => ['confirmed', 'parsed'].includes(await attr('ticket', 'data-slip')))
    expect(await attr('ticket', 'data-number')).toMatch(/^B\d{3}$/)
    await tabTo('done')
    await kiosk.keyboard.press('Enter')
    await front('home')
  })
  it('somebody checks in by phone', async () => {
    const book = await hall.open('central', '/book', { width: 420, height: 860 })
    await book.getByTestId('item-card-lost').click()
    await book.locator('[data-testid^="day-"]').first().click()
    await book.locator('[data-testid^="slot-"]:not([disabled])').first().click()
    await book.getByTestId('name').fill('测试甲')
    await book.getByTestId('doc-no').fill('110101199003074514')
    await book.getByTestId('phone').fill('13900000001')
    await book.getByTestId('agree').check()
    await book.getByTestId('next').click()
    await book.getByTestId('submit').click()
    await book.getByTestId('done-code').waitFor()
    const code = (await book.getByTestId('done-code').innerText()).replace(/\D/g, '')
    await home()
    await tabTo('way-phone')
    await kiosk.keyboard.press('Enter')
    await front('phone')
    await kiosk.getByTestId('phone-field').waitFor()
    await kiosk.keyboard.type('13900000001')
    await kiosk.keyboard.type(code)
    await kiosk.keyboard.press('Enter')
    await front('choose')
    await until('Tab comes to the check-in', async () => {
      await kiosk.keyboard.press('Tab')
      return (await kiosk.evaluate(() => document.activeElement?.getAttribute('data-testid') ?? '')).startsWith('checkin-')
    }, 30_000)
    await kiosk.keyboard.press('Enter')
    await front('ticket')
    await until('the slip is out', async () => ['confirmed', 'parsed'].includes(await attr('ticket', 'data-slip')))
    await tabTo('done')
    await kiosk.keyboard.press('Enter')
    await front('home')
  })
  it('a person is called, from the picture too', async () => {
    await tabTo('call-person')
    await kiosk.keyboard.press('Enter')
    await kiosk.getByTestId('helped-ok').waitFor()
    await kiosk.keyboard.press('Enter')
    await kiosk.getByTestId('helped-ok').waitFor({ state: 'detached' })
    await asleep()
    await kiosk.keyboard.press('ArrowDown')
    await front('home')
  })
  it('no page threw an error, and nothing was found on the way', () => {
    expect(hall.errors).toEqual([])
    expect(findings).toEqual([])
  })
})
