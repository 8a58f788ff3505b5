// Papers under the document camera: pages are taken, ordered and handed in as one
// PDF by keyboard; what was taken stays when the camera's cable is pulled, when the
// page is loaded again and when the line is cut, and goes when it is given up. Then the
// sheets of a scanner's feeder (SANE's own simulator), at the counter that has one.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { execFileSync, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Page } from 'playwright-core'
import { Hall, shot, until } from './hall'
import { attrOf, homeOf } from './kiosk'
import { axe, findings, screen } from './tour'

const out = resolve(import.meta.dirname, '../../build/out')
let hall: Hall
let kiosk: Page, one: Page

const attr = (id: string, name: string): Promise<string> => attrOf(one, id, name)
async function is(id: string, name: string, want: string, ms = 30_000): Promise<void> {
  await until(`${id} has ${name}=${want}`, async () => (await attr(id, name)) === want, ms)
}
const lay = (sheet: string): Promise<unknown> => hall.bench('/capture/lay', { id: 'counter-1/capture', sheet })
const plug = (plugged: boolean): Promise<unknown> => hall.bench('/devices/plug', { id: 'counter-1/capture', plugged })
async function press(key: string): Promise<void> {
  await one.waitForTimeout(150) // as a hand
  await one.keyboard.press(key)
}
/** How many pages there are. */
const pages = (n: number): Promise<void> => is('capture', 'data-pages', String(n))
/** Opens the dialog for a material and waits until the camera sees. */
async function begin(material: string): Promise<void> {
  await one.getByTestId(`capture-${material}`).click()
  await one.getByTestId('capture').waitFor()
  await is('capture-stage', 'data-state', 'preview')
}
/** Has a clerk serve the next person and open a case for who shows a card. */
async function caseFor(counter: string, staff: string, card: string): Promise<void> {
  await hall.signIn(one, staff)
  await one.getByTestId('open').click()
  await is('window-state', 'data-state', 'open')
  await homeOf(kiosk)
  await until('the kiosk may issue numbers', async () => (await attrOf(kiosk, 'kiosk', 'data-issue')) === 'true')
  await kiosk.getByTestId('group-business').click()
  await kiosk.getByTestId('item-open-shop').click()
  await kiosk.getByTestId('ticket').waitFor()
  await one.getByTestId('next').click()
  await one.getByTestId('start').click()
  await is('current', 'data-state', 'SERVING')
  await hall.bench('/idcard/place', { id: `${counter}/idcard`, card })
  await one.getByTestId('applicant-name').waitFor()
  await one.getByTestId('open-item-open-shop').click()
  await is('case', 'data-state', 'DRAFT')
  await hall.bench('/idcard/remove', { id: `${counter}/idcard` })
}
/** Lays a sheet down and takes it by its key. */
async function take(sheet: string, want: number): Promise<void> {
  await lay(sheet)
  await is('capture-stage', 'data-sheet', String(sheet !== ''))
  await is('capture', 'data-state', 'ready')
  await press('t')
  await pages(want)
  await is('capture', 'data-state', 'ready')
}
/** The document of a material, as the preview fetches it; its pages are kept as pictures. */
async function documentOf(material: string, name: string): Promise<number> {
  const [reply] = await Promise.all([one.waitForResponse((r) => r.url().includes('/counter/file/')), one.getByTestId(`preview-${material}`).click()])
  const file = join(out, `${name}.pdf`)
  const again = await fetch(reply.url(), { headers: { Authorization: (await reply.request().allHeaders())['authorization'] ?? '' } }) // the browser keeps no copy
  writeFileSync(file, Buffer.from(await again.arrayBuffer()))
  await one.getByTestId('preview-close').click()
  execFileSync('pdftoppm', ['-r', '60', '-png', file, join(out, name)])
  return Number(/Pages:\s+(\d+)/.exec(execFileSync('pdfinfo', [file], { encoding: 'utf8' }))?.[1])
}

beforeAll(async () => {
  hall = await Hall.start()
  kiosk = await hall.open('kiosk-1', '', { width: 1080, height: 1920 })
  one = await hall.open('counter-1', '', { width: 1366, height: 768 })
})
afterEach((ctx) => hall?.failed(ctx))
afterAll(async () => {
  await hall?.stop()
})

describe('1 pages under the document camera', () => {
  it('a case is open for the person at the window', () => caseFor('counter-1', '1001', 'resident'))
  it('the camera shows what lies there, and says whether it has found a sheet', async () => {
    await begin('M01')
    await is('capture-stage', 'data-sheet', 'false')
    await screen(one, 'counter/capture-empty')
    await lay('lease-1')
    await is('capture-stage', 'data-sheet', 'true')
    await shot(one, 'counter-capture-preview')
  })
  it('pages are taken, turned and moved by keys', async () => {
    await take('lease-1', 1)
    await take('lease-2', 2)
    await press('r')
    await is('capture-page-2', 'data-turn', '1')
    await press('l')
    await is('capture-page-2', 'data-turn', '0')
    const second = await attr('capture-page-2', 'data-page')
    await press('e')
    await is('capture-page-1', 'data-page', second)
    await press('n')
    await is('capture-page-2', 'data-page', second)
    await screen(one, 'counter/capture')
    await axe(one, 'counter/capture')
    await press('1')
    await is('capture-stage', 'data-state', 'page')
    await one.getByTestId('capture-shown').locator('img').waitFor()
    await screen(one, 'counter/capture-page')
    await press('v')
    await is('capture-stage', 'data-state', 'preview')
  })
})

describe('2 the cable is pulled in the middle', () => {
  it('it is said what to do, and the pages stay', async () => {
    await plug(false)
    await is('capture', 'data-state', 'absent')
    await one.getByTestId('capture-absent').waitFor()
    expect((await one.getByTestId('capture-absent').innerText()).length).toBeGreaterThan(10)
    await pages(2)
    expect(await one.getByTestId('capture-take').isDisabled()).toBe(true)
    expect(await one.getByTestId('capture-finish').isEnabled()).toBe(true)
    await screen(one, 'counter/capture-unplugged')
    await axe(one, 'counter/capture-unplugged')
  })
  it('a page that is loaded again finds them', async () => {
    await one.reload()
    await is('capture', 'data-state', 'absent')
    await pages(2)
    await until('their small pictures', async () => (await one.locator('[data-testid=capture-pages] img').count()) === 2)
  })
  it('the cable is back: taking goes on, and a page is taken out', async () => {
    await plug(true)
    await is('capture-stage', 'data-state', 'preview')
    await take('certificate', 3)
    await press('d')
    await pages(2)
  })
})

describe('3 one PDF on the material', () => {
  it('two pages become one document', async () => {
    await press('a')
    await one.getByTestId('capture').waitFor({ state: 'detached' })
    await is('desk-notice', 'data-code', 'capture_done')
    await is('material-M01', 'data-state', 'DONE')
    await shot(one, 'counter-capture-done')
    expect(await documentOf('M01', 'captured-lease')).toBe(2)
  })
  it('pages can be given up, after a question; nothing is handed in', async () => {
    await begin('M03')
    await take('certificate', 1)
    await press('Escape')
    await one.getByTestId('capture-asking').waitFor()
    await screen(one, 'counter/capture-asking')
    await one.getByTestId('capture-keep').click()
    await pages(1)
    await press('Escape')
    await one.getByTestId('capture-abandon').click()
    await one.getByTestId('capture').waitFor({ state: 'detached' })
    expect(await attr('material-M03', 'data-state')).toBe('PREPARE')
    expect(await one.getByTestId('preview-M03').count()).toBe(0)
  })
  it('without the line it is kept here, and goes to the centre when the line is back', async () => {
    await hall.bench('/lines', { id: 'counter-1', up: false })
    await is('line', 'data-online', 'false')
    await begin('M02')
    await take('certificate', 1)
    await press('a')
    await one.getByTestId('capture').waitFor({ state: 'detached' })
    expect(await documentOf('M02', 'captured-offline')).toBe(1)
    await hall.bench('/lines', { id: 'counter-1', up: true })
    await is('material-M02', 'data-state', 'DONE', 60_000)
  })
  it('the bench has what is laid down', async () => {
    const bench = await hall.open('bench', '', { width: 1440, height: 900 })
    await bench.getByTestId('lay-counter-1/capture-lease-1').click()
    await until('it lies there', async () => (await attrOf(bench, 'lies-counter-1/capture', 'data-lies')) === 'lease-1')
    await bench.getByTestId('lies-counter-1/capture').scrollIntoViewIfNeeded()
    await screen(bench, 'bench/capture')
  })
})

/** SANE's simulator has so many sheets in its feeder, each time. */
const FED = 10
const scans = spawnSync('scanimage', ['--version']).error === undefined || !!process.env['HALLWAY_TEST_NEEDS_ALL']
if (!scans) console.warn('NOT TESTED, the sheets of a feeder: scanimage is missing: apt-get install sane-utils')

describe.skipIf(!scans)('4 the sheets of a feeder', () => {
  it('a case is open at the counter with the scanner', async () => {
    one = await hall.open('counter-2', '', { width: 1366, height: 768 })
    await caseFor('counter-2', '1002', 'J')
    await one.getByTestId('capture-M01').click()
    await one.getByTestId('capture').waitFor()
    await is('capture-stage', 'data-state', 'ready')
    await screen(one, 'counter/feeder-empty')
    await axe(one, 'counter/feeder-empty')
  })
  it('one key takes them all, in their order; a sheet more comes from the glass', async () => {
    await press('f')
    await pages(FED)
    await is('capture', 'data-state', 'ready')
    await press('t')
    await pages(FED + 1)
    await is('capture', 'data-state', 'ready')
    await screen(one, 'counter/feeder')
    await axe(one, 'counter/feeder')
  })
  it('a page is turned, one is taken out, and they become one PDF of the material', async () => {
    await press('r')
    await is(`capture-page-${FED + 1}`, 'data-turn', '1')
    await press('d')
    await pages(FED)
    await press('a')
    await one.getByTestId('capture').waitFor({ state: 'detached' })
    await is('desk-notice', 'data-code', 'capture_done')
    await is('material-M01', 'data-state', 'DONE')
    expect(await documentOf('M01', 'captured-feeder')).toBe(FED)
  })
})

describe('5 at the end', () => {
  it('nothing was found on the way', () => {
    expect(hall.errors).toEqual([])
    expect(findings).toEqual([])
  })
})
