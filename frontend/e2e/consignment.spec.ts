// A consignment (交接单) of a trip with a hundred batches (twelve without --long), scanned at two stations
// that cannot hear each other: the hall signs in what, as far as anybody knows,
// was never signed out. When both have synced, in the wrong order, every paper is
// where it is, every case was accepted once, and nothing is missing of the trip
// (requirements G1.3 row 10x, G1.7, G1.8).
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Page } from 'playwright-core'
import { Hall, shot, until, type Slip, attrOf as attr, is } from './hall'
import { long } from './tour'

const BATCHES = long ? 100 : 12
const CIVIL = 'station-civil-1', DOOR = 'station-hall-1'
const LONG = 240_000 // so many of something, on a slow machine

interface Desk {
  desk: { count: number; case?: { state: string; number?: string; pending: boolean; materials: { key: string; state: string }[] } }
}
interface Row {
  number: string
  state: string
}

let hall: Hall
let counter: Page, out: Page, into: Page
const numbers: string[] = []
let labels: string[] = []

/** What the page itself asks of its terminal: so many cases by hand would take an hour. */
function ask<T>(page: Page, path: string, body?: unknown): Promise<T> {
  return page.evaluate(async ([path, body]) => {
    const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${sessionStorage.getItem('hallway.door')}` }
    const get = path.startsWith('/counter/view') || path.startsWith('/counter/cases')
    const res = await fetch(`/api/v1${path}`, get ? { headers } : { method: 'POST', headers, ...(body ? { body } : {}) })
    if (!res.ok) throw new Error(`${path}: ${res.status} ${await res.text()}`)
    return (await res.json()) as unknown
  }, [path, body === undefined ? '' : JSON.stringify(body)] as const) as Promise<T>
}
const view = () => ask<Desk>(counter, '/counter/view')
const list = (name: string) => ask<Row[]>(counter, `/counter/cases?list=${name}`)
const line = (id: string, up: boolean) => hall.bench('/lines', { id, up })
/** Scans every label, one after the other, as fast as the scanner reads. */
async function scanAll(page: Page, station: string): Promise<void> {
  for (const text of labels) await hall.bench('/scanner/scan', { id: `${station}/scanner`, text })
  await is(page, 'count-today', 'data-value', String(BATCHES), LONG)
}
/** A case that waits for one paper of the department. */
async function order(): Promise<string> {
  const material = (v: Desk, key: string) => v.desk.case?.materials.find((m) => m.key === key)?.state
  await ask(counter, '/counter/case/open', { item: 'open-shop' })
  for (const key of ['M01', 'M02']) await ask(counter, '/counter/case/original', { material: key })
  await until('the case is there', async () => { const v = await view(); return material(v, 'M02') === 'DONE' && !v.desk.case?.pending })
  await ask(counter, '/counter/case/choose', { material: 'M03', method: 'PAPER_SHARE' })
  await until('the department has said yes', async () => { const v = await view(); return material(v, 'M03') === 'P_WAIT_OUT' && !v.desk.case?.pending }, 30_000)
  await ask(counter, '/counter/case/accept')
  let number = ''
  await until('it is 受理中', async () => {
    const one = (await view()).desk.case
    number = one?.number ?? ''
    return one?.state === 'PENDING_SHARE' && !one.pending
  }, 30_000)
  await ask(counter, '/counter/case/leave')
  return number
}

beforeAll(async () => {
  hall = await Hall.start()
  counter = await hall.open('counter-1', '', { width: 1366, height: 768 })
  out = await hall.open(CIVIL, '', { width: 1280, height: 800 })
  into = await hall.open(DOOR, '', { width: 1280, height: 800 })
})
afterEach((ctx) => hall?.failed(ctx))
afterAll(async () => {
  await hall?.stop()
})

describe('a trip with many batches, between two stations without a line', () => {
  it('as many cases wait for a paper each', async () => {
    await hall.signIn(counter, '1001')
    await hall.signIn(out, '2001')
    await hall.signIn(into, '3001')
    await counter.getByTestId('open').click()
    await is(counter, 'window-state', 'data-state', 'open')
    const kiosk = await hall.open('kiosk-1', '', { width: 1080, height: 1920 })
    await kiosk.getByTestId('group-business').click()
    await kiosk.getByTestId('item-open-shop').click()
    await kiosk.getByTestId('ticket').waitFor()
    await kiosk.close()
    await counter.getByTestId('next').click()
    await until('the counter has called', async () => (await attr(counter, 'current', 'data-number')) !== '')
    await counter.getByTestId('start').click()
    await is(counter, 'current', 'data-state', 'SERVING')
    await hall.bench('/idcard/place', { id: 'counter-1/idcard', card: 'resident' })
    await counter.getByTestId('desk-tab-case').click()
    await counter.getByTestId('applicant-name').waitFor()
    for (let i = 0; i < BATCHES; i++) numbers.push(await order())
    expect(new Set(numbers).size).toBe(BATCHES)
    expect((await view()).desk.count).toBe(BATCHES)
    await is(out, 'count-waiting', 'data-value', String(BATCHES))
    expect(await out.locator('[data-testid^="batch-"]').count()).toBe(BATCHES)
  }, 2 * LONG)

  it('the department prints their labels', async () => {
    for (const number of numbers) await ask(out, '/station/labels', { batch: `${number}/civil` })
    await until('every label came out', async () => {
      const codes = (await hall.slips(`${CIVIL}/printer`)).flatMap((s) => s.qr).filter((q) => q.startsWith('HL1.'))
      labels = [...new Set(codes)].sort()
      return labels.length === BATCHES
    }, LONG)
    for (const number of numbers) expect(labels.some((l) => l.includes(number))).toBe(true)
  }, 2 * LONG)

  it('both lines are cut; the department loads the trip and gives it to the courier', async () => {
    for (const [id, page] of [[CIVIL, out], [DOOR, into]] as const) {
      await line(id, false)
      await is(page, 'line', 'data-online', 'false')
    }
    await out.getByTestId('trip-open').click()
    await out.getByTestId('trip').waitFor()
    await scanAll(out, CIVIL)
    await is(out, 'trip', 'data-papers', String(BATCHES))
    await is(out, 'last', 'data-result', 'ok')
    expect(Number(await attr(out, 'count-pending', 'data-value'))).toBeGreaterThanOrEqual(BATCHES)
    expect(await attr(out, 'count-waiting', 'data-value')).toBe('0')
    await out.getByTestId('courier-2002').click()
    await out.getByTestId('trip-send').click()
    let slip: Slip | undefined
    await until('the hand-over slip', async () => !!(slip = (await hall.slips(`${CIVIL}/printer`)).find((s) => s.text.includes('交接单'))), LONG)
    const text = (slip as Slip).text.replace(/\s/g, '')
    expect(text).toContain('程远路')
    for (const number of numbers) expect(text).toContain(number)
    expect((slip as Slip).unclean).toEqual([])
    await shot(out, 'consignment-sent-offline')
  }, 2 * LONG)

  it('the hall signs in what was not signed out, as far as it knows: kept, warned about, 待核对', async () => {
    await scanAll(into, DOOR)
    expect(await attr(into, 'last', 'data-result')).toBe('wrong')
    expect(await into.getByTestId('last-text').innerText()).toMatch(/未签出|没有签出/)
    await is(into, 'count-unverified', 'data-value', String(BATCHES))
    await is(into, 'count-pending', 'data-value', String(BATCHES))
    await shot(into, 'consignment-early')
  }, 2 * LONG)

  it('the hall syncs first: everything is heard, and nothing is taken for in', async () => {
    await line(DOOR, true)
    await is(into, 'count-pending', 'data-value', '0', LONG)
    expect(await attr(into, 'count-unverified', 'data-value')).toBe(String(BATCHES))
    expect((await view()).desk.count).toBe(BATCHES)
    expect((await list('done')).length).toBe(0)
    expect(await into.locator('[data-testid^="trip-close-"]').count()).toBe(0)
  }, 2 * LONG)

  it('the department syncs: the order comes right, each case is accepted by itself', async () => {
    await line(CIVIL, true)
    await is(out, 'count-pending', 'data-value', '0', LONG)
    await is(into, 'count-unverified', 'data-value', '0', LONG)
    await until('no case waits', async () => (await view()).desk.count === 0, LONG)
    const done = await list('done')
    expect(done.length).toBe(Math.min(50, BATCHES)) // as many as a list shows
    for (const one of done) expect(one.state).toBe('ACCEPTED')
    for (const number of [numbers[0], numbers[Math.floor(BATCHES * 0.57)], numbers[BATCHES - 1]]) {
      const [found, ...others] = await ask<Row[]>(counter, `/counter/cases?list=done&query=${number}`)
      expect(found?.state).toBe('ACCEPTED')
      expect(others).toEqual([])
    }
    await is(into, 'last', 'data-result', 'ok')
    for (const id of ['count-attention', 'count-waiting']) await is(into, id, 'data-value', '0')
  }, 2 * LONG)

  it('the trip is whole at the hall, and closed with nothing missing', async () => {
    const trip = into.locator('[data-arrived]').first()
    await until('all of them are in', async () => (await trip.getAttribute('data-arrived')) === String(BATCHES), LONG)
    expect(await trip.getAttribute('data-papers')).toBe(String(BATCHES))
    expect(await trip.getAttribute('data-missing')).toBe('0')
    await shot(into, 'consignment-whole')
    await into.locator('[data-testid^="trip-close-"]').first().click()
    await until('no trip is on the road', async () => (await into.locator('[data-testid^="trip-close-"]').count()) === 0)
    let slip: Slip | undefined
    await until('its slip', async () => !!(slip = (await hall.slips(`${DOOR}/printer`)).find((s) => s.text.includes('交接单'))), LONG)
    expect((slip as Slip).text).toContain('程远路')
    await hall.keepSlip('consignment-closed', `${DOOR}/printer`, (slip as Slip).n)
    await until('nor at the department', async () => (await out.locator('[data-testid^="trip-print-"]').count()) === 0, 30_000)
    expect(hall.errors).toEqual([])
  }, 2 * LONG)
})
