// The evaluator's screen, as the citizen at a window sees it: whose window it is,
// how satisfied one is, thanks; a person is rated for once, in the language of
// one's own, by the keyboard alone too, and nobody sees which key it was. Without
// its counter it is calm.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Page } from 'playwright-core'
import { Hall, shot, until, wake } from './hall'
import { findings, screen } from './tour'

let hall: Hall
let kiosk: Page, two: Page, glass: Page, manager: Page
const own: ChildProcess[] = []
const PANEL = { width: 1280, height: 800 }
const attr = async (page: Page, id: string, name: string) => (await page.getByTestId(id).first().getAttribute(name, { timeout: 2000 }).catch(() => '')) ?? ''
const shows = (state: string, page = glass) => until(`the screen shows ${state}`, async () => (await attr(page, 'evaluator', 'data-state')) === state, 30_000)
const desk = (state: string) => until(`the window is ${state}`, async () => (await attr(glass, 'doing', 'data-state')) === state, 30_000)

/** A screen of another counter's file, started beside the hall. */
async function another(name: string, door: string): Promise<Page> {
  const dir = join(hall.state.dir, name)
  mkdirSync(dir, { recursive: true })
  const config = join(dir, 'screen.toml')
  writeFileSync(config, `version = 1\nrole = "evaluator"\nterminal = "${name}"\nlocale = "zh-Hans"\n[evaluator]\ndoor = "${door}"\n`)
  const program = spawn(resolve(import.meta.dirname, '../../bin/hallway'), ['--config', config, '--browser'], { stdio: ['ignore', 'pipe', 'ignore'] })
  own.push(program)
  let said = ''
  program.stdout?.on('data', (d: Buffer) => (said += d.toString()))
  await until(`${name} runs`, () => /ready \S+\n/.test(said), 30_000)
  hall.state.urls[name] = /ready (\S+)\n/.exec(said)?.[1] ?? ''
  return hall.open(name, '', PANEL)
}

beforeAll(async () => {
  hall = await Hall.start(undefined, 0, 300)
  kiosk = await hall.open('kiosk-1', '', { width: 1080, height: 1920 })
  two = await hall.open('counter-2', '', { width: 1366, height: 768 })
  glass = await hall.open('evaluator-2', '', PANEL)
  manager = await hall.open('central', '/manager', { width: 1440, height: 900 })
})
afterEach((ctx) => hall?.failed(ctx))
afterAll(async () => {
  for (const one of own) one.kill('SIGTERM')
  await hall?.stop()
})

/** Somebody takes a number, in a language, is called by counter 2 and served. */
async function serve(language = ''): Promise<string> {
  await until('the kiosk is free', async () => {
    await wake(kiosk)
    if ((await attr(kiosk, 'kiosk', 'data-phase')) === 'home') return true
    for (const id of ['done', 'back'])
      if (await kiosk.getByTestId(id).first().isVisible().catch(() => false)) await kiosk.getByTestId(id).first().click({ timeout: 1000 }).catch(() => undefined)
    return false
  }, 30_000)
  if (language) await kiosk.getByTestId(`lang-${language}`).first().click()
  await kiosk.getByTestId('group-business').click()
  await kiosk.getByTestId('item-open-shop').click()
  await kiosk.getByTestId('ticket').waitFor()
  let number = ''
  await two.getByTestId('next').click()
  await until('counter 2 has called', async () => !!(number = await attr(two, 'current', 'data-number')), 30_000)
  await desk('called')
  expect(await attr(glass, 'doing', 'data-number')).toBe(number)
  await two.getByTestId('start').click()
  await desk('serving')
  return number
}

describe('the evaluator at a window', () => {
  it('says whose window it is, and the clerk\'s number once there is one', async () => {
    await shows('welcome')
    await desk('closed')
    expect(await attr(glass, 'evaluator', 'data-window')).toBe('2')
    await screen(glass, 'evaluator/closed')
    await hall.signIn(two, '1002')
    await two.getByTestId('open').click()
    await desk('open')
    expect(await glass.getByTestId('staff').innerText()).toContain('1002')
    await screen(glass, 'evaluator/open')
  })
  it('follows the person: called, served, asked in the language that was chosen', async () => {
    await serve()
    await screen(glass, 'evaluator/serving')
    await glass.getByTestId('lang-pt').click()
    await glass.waitForFunction(() => document.documentElement.lang.startsWith('pt'))
    await two.getByTestId('finish').click()
    await shows('ask')
    expect(await glass.evaluate(() => document.documentElement.lang.slice(0, 2))).toBe('pt')
    await screen(glass, 'evaluator/ask')
  })
  it('has five keys of one size, 12.7 mm or more each way, and so has all that is touched', async () => {
    const boxes = await glass.getByTestId('evaluator').locator('button').evaluateAll((all) => {
      const mm = parseFloat(getComputedStyle(document.documentElement).getPropertyValue('--mm'))
      return all.map((one) => {
        const { width, height } = one.getBoundingClientRect()
        return { id: one.getAttribute('data-testid') ?? '', width: width / mm, height: height / mm }
      })
    })
    const levels = boxes.filter((one) => one.id.startsWith('level-'))
    expect(levels).toHaveLength(5)
    expect(boxes.filter((one) => one.width < 12.69 || one.height < 12.69)).toEqual([])
    expect(new Set(levels.map((one) => `${one.width.toFixed(1)}×${one.height.toFixed(1)}`)).size).toBe(1)
  })
  it('takes one key, by the keyboard, thanks, and forgets the person', async () => {
    const before = Number(await signedManager('rating-2'))
    for (let i = 0; i < 10 && (await glass.evaluate(() => document.activeElement?.getAttribute('data-testid'))) !== 'level-2'; i++) await glass.keyboard.press('Tab')
    await glass.keyboard.press('Enter')
    await shows('thanks')
    await shot(glass, 'evaluator-thanks')
    await until('the counter knows that, and not what', async () => (await attr(two, 'evaluator', 'data-state')) === 'rated')
    await until('the rating is on the manager\'s page', async () => Number(await attr(manager, 'rating-2', 'data-value')) === before + 1, 30_000)
    await shows('welcome')
    await glass.waitForFunction(() => document.documentElement.lang.startsWith('zh'))
  })
  it('speaks to a person in the language in which the number was taken', async () => {
    await serve('en')
    await glass.waitForFunction(() => document.documentElement.lang.startsWith('en'))
    await two.getByTestId('finish').click()
    await shows('ask')
    expect(await glass.evaluate(() => document.documentElement.lang.slice(0, 2))).toBe('en')
    await glass.reload() // as after a crash of the page: the person stands there all the same
    await shows('ask')
    await glass.waitForFunction(() => document.documentElement.lang.startsWith('en'))
    expect(await glass.getByTestId('left').isVisible()).toBe(false) // 300 s hurry nobody
    await glass.evaluate(() => (document.activeElement as HTMLElement | null)?.blur()) // no keyboard stands at a window
    await shot(glass, 'evaluator-ask') // README's picture is this one
    await glass.getByTestId('level-1').click()
    await shows('thanks')
    await shows('welcome')
    await glass.waitForFunction(() => document.documentElement.lang.startsWith('zh'))
  })
  it('is calm where it has no counter, and says why', async () => {
    const apart = await another('evaluator-lost', join(hall.state.dir, 'nowhere', 'evaluator.door'))
    await shows('offline', apart)
    expect(await attr(apart, 'why', 'data-why')).toBe('absent')
    await screen(apart, 'evaluator/offline')
  })
  it('is one at a counter: a second one says so', async () => {
    const second = await another('evaluator-second', join(hall.state.dir, 'counter-2', 'evaluator.door'))
    await shows('offline', second)
    await until('it says why', async () => (await attr(second, 'why', 'data-why')) === 'busy')
    expect(await attr(glass, 'evaluator', 'data-state')).toBe('welcome')
  })
  it('no page threw an error', () => {
    expect(hall.errors).toEqual([])
  })
  it('every screen on the way was accessible and readable', () => {
    expect(findings).toEqual([])
  })
})

/** A figure of the manager's page, which is signed in at the first question. */
async function signedManager(id: string): Promise<string> {
  if (await manager.getByTestId('signin').isVisible().catch(() => false)) await hall.signIn(manager, '9001')
  await manager.getByTestId(id).first().waitFor()
  return attr(manager, id, 'data-value')
}
