// The half-day of a hall, step by step, by clicking: nothing is mocked between
// the pages and the wires. Pictures and slips are kept in build/out.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Locator, Page } from 'playwright-core'
import { Hall, shot, until, wake } from './hall'
import { findings, screen } from './tour'

let hall: Hall
let kiosk: Page, one: Page, two: Page, display: Page, manager: Page, book: Page
const clerk = (p: Page, id: string): Locator => p.getByTestId(id)

/** A synthetic person: the number is a standard's own kind of example. */
const li = { name: '测试甲', number: '110101199003074514', phone: '13900000001' }
const booked: { code: string; qr: string; slot: string }[] = []

async function attr(p: Page, id: string, name: string): Promise<string> {
  return (await p.getByTestId(id).getAttribute(name)) ?? ''
}

async function place(card: string): Promise<void> {
  await hall.bench('/idcard/place', { id: 'kiosk-1/idcard', card })
}

async function lift(): Promise<void> {
  await hall.bench('/idcard/remove', { id: 'kiosk-1/idcard' })
  await new Promise((r) => setTimeout(r, 900)) // the reader sees an empty plate
}

async function home(): Promise<void> {
  await wake(kiosk)
  await until('the kiosk is free', async () => {
    if ((await attr(kiosk, 'kiosk', 'data-phase')) === 'home') return true
    for (const id of ['done', 'notice-ok', 'back', 'leave']) {
      if (await kiosk.getByTestId(id).first().isVisible().catch(() => false)) {
        await kiosk.getByTestId(id).first().click({ timeout: 1000 }).catch(() => undefined)
        break
      }
    }
    return false
  })
}

/** Takes a number by touch; returns it. */
async function take(group: string, item: string): Promise<string> {
  await wake(kiosk)
  await kiosk.getByTestId(`group-${group}`).click()
  await kiosk.getByTestId(`item-${item}`).click()
  await kiosk.getByTestId('ticket').waitFor()
  await until('the slip is out', async () => ['confirmed', 'parsed'].includes(await attr(kiosk, 'ticket', 'data-slip')))
  return attr(kiosk, 'ticket', 'data-number')
}

/** Books the given item by the booking page as a citizen would. */
async function bookOne(item: string, person: { name: string; number: string; phone: string }): Promise<void> {
  await book.getByTestId(`item-${item}`).click()
  await book.locator('[data-testid^="day-"]').first().click()
  const slot = book.locator('[data-testid^="slot-"]:not([disabled])').first()
  await slot.waitFor()
  const start = ((await slot.getAttribute('data-testid')) ?? '').replace('slot-', '')
  await slot.click()
  await book.getByTestId('name').fill(person.name)
  await book.getByTestId('doc-no').fill(person.number)
  await book.getByTestId('phone').fill(person.phone)
  await book.getByTestId('agree').check()
  await book.getByTestId('next').click()
  await book.getByTestId('submit').click()
  await book.getByTestId('done-code').waitFor()
  booked.push({ code: (await book.getByTestId('done-code').innerText()).replace(/\D/g, ''), qr: await attr(book, 'done-qr', 'data-text'), slot: start })
}

beforeAll(async () => {
  hall = await Hall.start()
  kiosk = await hall.open('kiosk-1', '', { width: 1080, height: 1920 })
  one = await hall.open('counter-1', '', { width: 1366, height: 768 })
  two = await hall.open('counter-2', '', { width: 1366, height: 768 })
  display = await hall.open('display-1', '', { width: 1920, height: 1080 })
  manager = await hall.open('central', '/manager', { width: 1440, height: 900 })
  book = await hall.open('central', '/book', { width: 420, height: 860 })
  await kiosk.getByTestId('kiosk').waitFor()
  await until('the kiosk may issue numbers', async () => (await attr(kiosk, 'kiosk', 'data-issue')) === 'true', 20_000)
})

afterEach((ctx) => hall?.failed(ctx))

afterAll(async () => {
  await hall?.stop()
})

describe('0 the hall opens', () => {
  it('clerks sign in with the passwords of this start and open their windows', async () => {
    for (const [page, staff, name] of [[one, '1001', 'counter-1'], [two, '1002', 'counter-2']] as const) {
      await page.getByTestId('staff').fill(staff)
      await page.getByTestId('password').fill('wrong-password-1')
      await page.getByTestId('signin').click()
      await page.getByTestId('signin-problem').waitFor()
      if (page === one) await screen(one, 'counter/sign-in')
      await page.getByTestId('password').fill(hall.state.passwords[staff] ?? '')
      await page.getByTestId('signin').click()
      await page.getByTestId('open').click()
      await until(`${name} is open`, async () => (await attr(page, 'window-state', 'data-state')) === 'open')
    }
    await screen(manager, 'manager/sign-in')
    await hall.signIn(manager, '9001')
    await manager.getByTestId('total-waiting').waitFor()
    await screen(kiosk, 'kiosk/home')
    await screen(display, 'display/idle')
  })
})

describe('1 an appointment', () => {
  it('is made on the booking page, with slot and quota, and gives a code and a QR code', async () => {
    await screen(book, 'booking/items')
    await bookOne('card-lost', li)
    expect(booked[0]?.code).toMatch(/^\d{6}$/)
    await screen(book, 'booking/done')
  })
  it('tells what is wrong with an identity number and keeps what was typed', async () => {
    await book.goto(new URL('/book', hall.state.urls['central']).href)
    await book.getByTestId('item-id-card').click()
    await book.locator('[data-testid^="day-"]').first().click()
    await book.locator('[data-testid^="slot-"]:not([disabled])').first().click()
    await book.getByTestId('name').fill('测试乙')
    await book.getByTestId('doc-no').fill('110105194912310021') // wrong check character
    await book.getByTestId('phone').fill('13900000002')
    await book.getByTestId('agree').check()
    await book.getByTestId('next').click()
    await book.getByTestId('submit').click()
    await book.getByTestId('problem').waitFor()
    expect(await book.getByTestId('name').inputValue()).toBe('测试乙')
    await screen(book, 'booking/problem')
    await book.getByTestId('doc-no').fill('11010519491231002X')
    await book.getByTestId('next').click()
    await book.getByTestId('submit').click()
    await book.getByTestId('done-code').waitFor()
    booked.push({ code: (await book.getByTestId('done-code').innerText()).replace(/\D/g, ''), qr: await attr(book, 'done-qr', 'data-text'), slot: '' })
  })
  it('a third person books by phone, in Portuguese', async () => {
    await book.goto(new URL('/book', hall.state.urls['central']).href)
    await book.getByTestId('lang-pt').click()
    await bookOne('elder-benefit', { name: '测试丙', number: '440524188001010014', phone: '13900000003' })
    await shot(book, 'booking-done-pt')
    await book.getByTestId('lang-zh-Hans').click()
  })
})

let walkIn = '', byCard = ''

describe('3 a number without an appointment', () => {
  it('is taken by touching a service, in three touches', async () => {
    walkIn = await take('insurance', 'medical-refund')
    expect(walkIn).toMatch(/^B\d{3}$/)
    await screen(kiosk, 'kiosk/ticket')
    const slip = await hall.keepSlip('walk-in')
    expect(slip.text).toContain(walkIn)
    expect(slip.unclean).toEqual([])
    expect(slip.qr).toHaveLength(1)
    await home()
  })
  for (const [card, code] of [['expired', 'card_expired'], ['unreadable', 'card_unreadable'], ['other', 'card_other_kind'], ['J', 'no_appointment']] as const) {
    it(`card «${card}»: a sentence says what to do`, async () => {
      await place(card)
      await until(`the kiosk speaks about the card ${card}`, async () => (await kiosk.getByTestId('notice').first().isVisible().catch(() => false)))
      expect(await attr(kiosk, 'notice', 'data-code')).toBe(code)
      expect((await kiosk.getByTestId('notice-do').innerText()).length).toBeGreaterThan(6)
      await (card === 'expired' ? screen(kiosk, 'kiosk/notice-card') : shot(kiosk, `kiosk-card-${card}`))
      await lift()
      await home()
    })
  }
})

describe('2 check-in', () => {
  it('by card: the appointment is found, the slip comes out', async () => {
    await place('resident')
    const checkin = kiosk.locator('[data-testid^="checkin-"]').first()
    await checkin.waitFor()
    expect(await kiosk.getByTestId('person').innerText()).not.toContain(li.name)
    await screen(kiosk, 'kiosk/appointment')
    await checkin.click()
    await kiosk.getByTestId('ticket').waitFor()
    await until('the slip is out', async () => (await attr(kiosk, 'ticket', 'data-slip')) === 'confirmed')
    byCard = await attr(kiosk, 'ticket', 'data-number')
    const slip = await hall.keepSlip('check-in')
    expect(slip.text).toContain(byCard)
    expect(slip.text).not.toContain(li.number)
    expect(slip.text).not.toContain(li.name)
    await lift()
    await home()
  })
  it('by phone and code', async () => {
    await kiosk.getByTestId('way-phone').click()
    await kiosk.getByTestId('phone-field').waitFor()
    await kiosk.keyboard.type('13900000002')
    await kiosk.getByTestId('code-field').click()
    await kiosk.keyboard.type(booked[1]?.code ?? '')
    await screen(kiosk, 'kiosk/phone')
    await kiosk.getByTestId('phone-submit').click()
    const checkin = kiosk.locator('[data-testid^="checkin-"]').first()
    await checkin.waitFor()
    await checkin.click()
    await kiosk.getByTestId('ticket').waitFor()
    await home()
  })
  const scan = (text: string): Promise<unknown> => hall.bench('/scanner/scan', { id: 'kiosk-1/scanner', text })
  it('by QR code', async () => {
    await scan(booked[2]?.qr ?? '')
    const checkin = kiosk.locator('[data-testid^="checkin-"]').first()
    await checkin.waitFor()
    await checkin.click()
    await until('the slip is out', async () => ['confirmed', 'parsed'].includes(await attr(kiosk, 'ticket', 'data-slip')))
    const number = await attr(kiosk, 'ticket', 'data-number')
    await home()
    // The code of the slip tells where the person stands.
    await scan((await hall.slips())[0]?.qr[0] ?? '')
    await kiosk.getByTestId('ticket').waitFor()
    expect(await attr(kiosk, 'ticket', 'data-number')).toBe(number)
    await screen(kiosk, 'kiosk/where-am-i')
    await home()
  })
  it('by a QR code that is used, broken, of another hall or not ours: each says what to do', async () => {
    await scan(booked[0]?.qr ?? '')
    await until('the kiosk knows the code', async () => (await attr(kiosk, 'kiosk', 'data-phase')) !== 'home')
    await screen(kiosk, 'kiosk/notice-used')
    await home()
    const other = booked[0]?.qr.replace('37010001', '37020001') ?? ''
    for (const [name, text] of [['damaged', other], ['unknown', 'HW1.T.37010001'], ['not-ours', 'https://pay.example/abc'], ['hostile', '\u0001\u0003<script>alert(1)</script>']] as const) {
      await scan(text)
      await until('a notice', async () => kiosk.getByTestId('notice').first().isVisible().catch(() => false))
      expect((await kiosk.getByTestId('notice-do').innerText()).length).toBeGreaterThan(6)
      await (name === 'damaged' ? screen(kiosk, 'kiosk/notice-code') : shot(kiosk, `kiosk-qr-${name}`))
      await home()
    }
  })
})

describe('4 calling', () => {
  it('the person with the appointment comes first, and the screen says why', async () => {
    await screen(one, 'counter/queue')
    await clerk(one, 'next').click()
    await until('counter 1 has called', async () => (await attr(one, 'current', 'data-number').catch(() => '')) !== '')
    const number = await attr(one, 'current', 'data-number')
    expect(number).toBe(byCard)
    expect(await clerk(one, 'why').innerText()).toMatch(/预约/)
    await until('the display shows it', async () => (await attr(display, 'call-hero', 'data-number').catch(() => '')) === number)
    await screen(one, 'counter/called')
    await screen(display, 'display/called')
    // No sound device here: the display says so instead of being silently silent.
    if ((await attr(display, 'voice', 'data-state')) === 'silent') expect(await display.getByTestId('voice-notice').isVisible()).toBe(true)
  })
  it('two counters that press next at once never call one person', async () => {
    await clerk(one, 'start').click()
    await until('counter 1 serves', async () => (await attr(one, 'current', 'data-state')) === 'SERVING')
    await clerk(one, 'finish').click()
    await until('counter 1 is free', async () => clerk(one, 'next').isEnabled(), 20_000)
    await Promise.all([clerk(one, 'next').click(), clerk(two, 'next').click()])
    await until('both have called', async () => (await attr(one, 'current', 'data-number').catch(() => '')) !== '' && (await attr(two, 'current', 'data-number').catch(() => '')) !== '')
    expect(await attr(one, 'current', 'data-number')).not.toBe(await attr(two, 'current', 'data-number'))
  })
  it('recall, no-show and the way back into the queue', async () => {
    await until('recall may be pressed', async () => clerk(two, 'recall').isEnabled(), 20_000)
    await clerk(two, 'recall').click()
    const number = await attr(two, 'current', 'data-number')
    await until('no-show may be pressed', async () => clerk(two, 'miss').isEnabled())
    await clerk(two, 'miss').click()
    await until('the window is free', async () => (await attr(two, 'current', 'data-number').catch(() => '')) !== number)
    await clerk(two, 'tab-missed').click()
    await clerk(two, `requeue-${number}`).click()
    await clerk(two, 'tab-queue').click()
    await clerk(two, `queue-${number}`).waitFor()
    await screen(two, 'counter/requeued')
  })
  it('transfer keeps the number', async () => {
    const number = await attr(one, 'current', 'data-number')
    await clerk(one, 'start').click()
    await until('counter 1 serves', async () => (await attr(one, 'current', 'data-state')) === 'SERVING')
    await clerk(one, 'transfer').click()
    await clerk(one, 'transfer-tax').click()
    await until('the number waits again', async () => clerk(one, `queue-${number}`).isVisible().catch(() => false))
  })
})

describe('5 finish and rate', () => {
  it('the evaluator prompts, a key is pressed, the rating is stored', async () => {
    await clerk(one, 'next').click()
    await until('counter 1 has called', async () => (await attr(one, 'current', 'data-number').catch(() => '')) !== '')
    await clerk(one, 'start').click()
    await until('counter 1 serves', async () => (await attr(one, 'current', 'data-state')) === 'SERVING')
    await screen(one, 'counter/serving')
    await clerk(one, 'finish').click()
    await until('the evaluator asks', async () => (await attr(one, 'evaluator', 'data-state')) === 'asking')
    await hall.bench('/evaluator/press', { id: 'counter-1/evaluator', level: 1 })
    await until('the rating is on the manager\'s page', async () => (await attr(manager, 'rating-1', 'data-value')) === '1')
  })
  it('no key stays «not rated»', async () => {
    await clerk(two, 'next').click()
    await until('counter 2 has called', async () => (await attr(two, 'current', 'data-number').catch(() => '')) !== '')
    await clerk(two, 'start').click()
    await until('counter 2 serves', async () => (await attr(two, 'current', 'data-state')) === 'SERVING')
    const before = Number(await attr(manager, 'rating-none', 'data-value'))
    await clerk(two, 'finish').click()
    await until('«not rated» is on the manager\'s page', async () => Number(await attr(manager, 'rating-none', 'data-value')) === before + 1, 20_000)
    await shot(two, 'counter-not-rated')
  })
})

describe('6 the kiosk\'s network is cut', () => {
  it('it prints numbers that it owned, says that it is offline, and the tickets join the queue', async () => {
    const issued = Number(await attr(manager, 'total-issued', 'data-value'))
    await hall.bench('/lines', { id: 'kiosk-1', up: false })
    await until('the kiosk says that it is offline', async () => (await attr(kiosk, 'line', 'data-online')) === 'false')
    const number = await take('housing', 'house-transfer')
    expect(number).toMatch(/^CK\d{3}$/)
    await screen(kiosk, 'kiosk/ticket-offline')
    expect((await hall.keepSlip('offline')).text).toContain(number)
    await home()
    const second = await take('housing', 'mortgage-end')
    expect(second).not.toBe(number)
    await home()
    await screen(kiosk, 'kiosk/home-offline')
    await until('the manager sees the kiosk off-line', async () => (await attr(manager, 'terminal-kiosk-1', 'data-online')) === 'false', 20_000)
    await screen(manager, 'manager/kiosk-offline')
    expect(Number(await attr(manager, 'total-issued', 'data-value'))).toBe(issued)
    await hall.bench('/lines', { id: 'kiosk-1', up: true })
    await until('both are in the queue, once', async () => Number(await attr(manager, 'total-issued', 'data-value')) === issued + 2, 20_000)
    await clerk(one, `queue-${number}`).waitFor()
    await until('nothing is pending', async () => (await attr(kiosk, 'line', 'data-pending')) === '0')
  })
})

describe('7 the manager watches', () => {
  it('the printer\'s paper: no number while it is out; shown at both', async () => {
    await until('the kiosk may issue', async () => (await attr(kiosk, 'kiosk', 'data-issue')) === 'true')
    const slips = (await hall.slips()).length
    await wake(kiosk)
    const t0 = Date.now()
    await hall.bench('/printer/set', { id: 'kiosk-1/printer', paper: 'end' })
    await Promise.all([
      until('the kiosk knows', async () => (await attr(kiosk, 'kiosk', 'data-issue')) === 'false'),
      until('the manager knows', async () => (await manager.locator('[data-testid^="fault-kiosk-1-printer-"]').count()) > 0),
    ])
    console.log(`paper end to both screens: ${Date.now() - t0} ms`)
    expect(await kiosk.getByTestId('issue-trouble').isVisible()).toBe(true)
    await screen(kiosk, 'kiosk/paper-out')
    await screen(manager, 'manager/paper-out')
    expect((await hall.slips()).length).toBe(slips)
    await hall.bench('/printer/set', { id: 'kiosk-1/printer', paper: 'ok' })
    await until('the kiosk may issue again', async () => (await attr(kiosk, 'kiosk', 'data-issue')) === 'true')
  })
  it('the scanner\'s cable, out and in again', async () => {
    await hall.bench('/devices/plug', { id: 'kiosk-1/scanner', plugged: false })
    await until('the manager knows', async () => (await attr(manager, 'device-kiosk-1-scanner', 'data-state')) === 'absent', 3000)
    await wake(kiosk)
    await screen(kiosk, 'kiosk/scanner-out')
    await hall.bench('/devices/plug', { id: 'kiosk-1/scanner', plugged: true })
    await until('it is found again', async () => (await attr(manager, 'device-kiosk-1-scanner', 'data-state')) === 'ready', 6000)
  })
  it('the bench shows every device', async () => {
    const bench = await hall.open('bench', '/', { width: 1440, height: 1000 })
    await bench.getByTestId('bench').waitFor()
    await until('slips are drawn', async () => bench.locator('[data-testid^="slip-"]').first().evaluate((el) => { const img = el instanceof HTMLImageElement ? el : el.querySelector('img'); img?.scrollIntoView(); return !!img && img.naturalHeight > 100 }).catch(() => false))
    await screen(bench, 'bench/devices')
  })
})

describe('at the end', () => {
  it('every language shows the kiosk in its own words', async () => {
    await home()
    const seen = new Set<string>()
    for (const lang of ['zh-Hant', 'en', 'pt', 'zh-Hans']) {
      await kiosk.getByTestId(`lang-${lang}`).click()
      await kiosk.waitForTimeout(200)
      seen.add(await kiosk.getByTestId('way-card').innerText())
      await shot(kiosk, `kiosk-home-${lang}`)
    }
    expect(seen.size).toBe(4)
  })
  it('one number has one slip', async () => {
    const codes = (await hall.slips()).flatMap((s) => s.qr)
    expect(new Set(codes).size).toBe(codes.length)
  })
  it('no page threw an error', () => {
    expect(hall.errors).toEqual([])
  })
  it('every screen on the way was accessible and readable', () => {
    expect(findings).toEqual([])
  })
})
