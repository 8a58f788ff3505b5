// What happens when nobody says anything in time: five working days after it was
// taken in, a case is accepted by the law itself, as of the day when it was taken in,
// and says everywhere that it was. The hall is switched off and on again on later
// days. Real programs; pictures and papers are kept in build/out.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Page } from 'playwright-core'
import { Hall, until, wake, attrOf as attr, is, sitsDown } from './hall'
import { findings, screen } from './tour'

let hall: Hall
let kiosk: Page, one: Page
let number = ''

/** The pages are there, and the clerk has signed in with the password of this start. */
async function atWork(): Promise<void> {
  kiosk = await hall.open('kiosk-1', '', { width: 1080, height: 1920 })
  one = await hall.open('counter-1', '', { width: 1366, height: 768 })
  await hall.signIn(one, '1001')
  await one.getByTestId('open').click()
  await is(one, 'window-state', 'data-state', 'open')
}

/** The case, found by its number. */
async function found(list: string): Promise<void> {
  await one.getByTestId(`desk-tab-${list}`).click()
  await one.getByTestId(`${list}-${number}`).waitFor()
  await screen(one, `counter/deemed-${list}`)
  await one.getByTestId(`${list}-view-${number}`).click()
  await one.getByTestId('case').waitFor()
}

beforeAll(async () => {
  hall = await Hall.start('2026-11-23T09:40:00+08:00') // a Monday
  await hall.departments('/behaviour', { department: 'police', material: 'M02', query: 'yes', delivery: 'never', seconds: 0, think: 0 })
  await atWork()
})
afterEach((ctx) => hall?.failed(ctx))
afterAll(async () => {
  await hall?.stop()
})

describe('1 Monday: a case is taken in', () => {
  it('a licence, of which a material is missing and nobody tells', async () => {
    await sitsDown(kiosk, one, 'open-shop')
    await hall.bench('/idcard/place', { id: 'counter-1/idcard', card: 'resident' })
    await one.getByTestId('applicant-name').waitFor()
    await one.getByTestId('open-item-open-shop').click()
    await is(one, 'case', 'data-state', 'DRAFT')
    await one.getByTestId('original-M01').click()
    await is(one, 'material-M01', 'data-state', 'DONE')
    await one.getByTestId('receive').click()
    await is(one, 'case', 'data-state', 'RECEIVED')
    await is(one, 'case', 'data-pending', 'false')
    number = await attr(one, 'case', 'data-number')
    expect(number).not.toBe('')
    expect(await attr(one, 'clock', 'data-kind')).toBe('notice')
    expect(await attr(one, 'clock', 'data-left')).toBe('5')
    expect(await attr(one, 'clock', 'data-light')).toBe('green')
  })
})

describe('2 the next Monday, the last day', () => {
  it('the clock is yellow, and it can still be told', async () => {
    await hall.later('2026-11-30T09:30:00+08:00')
    await atWork()
    await found('mine')
    expect(await attr(one, 'case', 'data-state')).toBe('RECEIVED')
    expect(await attr(one, 'clock', 'data-light')).toBe('yellow')
    expect(await attr(one, 'clock', 'data-left')).toBe('0')
    await screen(one, 'counter/last-day')
  })
})

describe('3 the day after', () => {
  it('it is accepted by the law, and whoever has it is told', async () => {
    await hall.later('2026-12-01T09:30:00+08:00')
    await atWork()
    await is(one, `news-${number}`, 'data-code', 'deemed')
    await found('mine')
    await is(one, 'case', 'data-state', 'ACCEPTED')
    expect(await attr(one, 'case-accepted', 'data-deemed')).toBe('true')
    expect(await one.getByTestId('case-deemed').isVisible()).toBe(true)
    expect(await attr(one, 'clock', 'data-kind')).toBe('decision')
    for (const key of ['M02', 'M03']) expect(await attr(one, `material-${key}`, 'data-state')).toBe('PREPARE')
    await screen(one, 'counter/deemed')
  })
  it('the acceptance notice is of the day when it was taken in', async () => {
    await until('the notice may be printed', async () => (await attr(one, 'print-sheet', 'data-why')) === '')
    await one.getByTestId('print-sheet').click()
    await is(one, 'printed-sheet', 'data-outcome', 'confirmed', 60_000)
    const words = (await hall.keepDocument('deemed', 'counter-1/sheet', 1)).replace(/\s/g, '')
    for (const want of ['受理通知书', number, '2026年11月23日', '第三十二条', '尚未收到']) expect(words).toContain(want)
    expect(words).not.toContain('材料齐全')
  })
  it('what was missing is still taken in', async () => {
    await one.getByTestId('edit').click().catch(() => undefined)
    await one.getByTestId('original-M03').click()
    await is(one, 'material-M03', 'data-state', 'DONE')
  })
  it('the person reads it at the kiosk', async () => {
    await wake(kiosk)
    await is(kiosk, 'kiosk', 'data-phase', 'home')
    await kiosk.getByTestId('way-progress').click()
    await is(kiosk, 'progress', 'data-step', 'ask')
    await hall.bench('/idcard/place', { id: 'kiosk-1/idcard', card: 'resident' })
    await is(kiosk, `progress-case-${number}`, 'data-state', 'ACCEPTED')
    await screen(kiosk, 'kiosk/deemed')
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
