// The tour of the screens. At each screen that a journey comes to: axe-core in
// the four modes (no rule off, nothing left out), the four languages looked
// through for texts that are cut or covered, and one picture whose language,
// size and mode come from a table in which every pair of them appears. What is
// found is gathered, so that one run tells all of it.
import { AxeBuilder } from '@axe-core/playwright'
import { appendFileSync, mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Page } from 'playwright-core'
import { cutTexts } from './cut'
import { shot } from './hall'

const out = resolve(import.meta.dirname, '../../build/out/tour')

export const LANGUAGES = ['zh-Hans', 'zh-Hant', 'en', 'pt'] as const
export const MODES = ['normal', 'dark', 'light', 'elder'] as const
export type Mode = (typeof MODES)[number]
type Size = { width: number; height: number }

/** Four sizes per role, from the panels that halls have. */
const SIZES: Record<string, Size[]> = {
  kiosk: [{ width: 1080, height: 1920 }, { width: 1024, height: 768 }, { width: 1280, height: 1024 }, { width: 1920, height: 1080 }],
  counter: [{ width: 1366, height: 768 }, { width: 1920, height: 1080 }, { width: 1280, height: 1024 }, { width: 1024, height: 768 }],
  station: [{ width: 1280, height: 800 }, { width: 1024, height: 768 }, { width: 800, height: 1280 }, { width: 1920, height: 1080 }],
  display: [{ width: 1920, height: 1080 }, { width: 3840, height: 2160 }, { width: 1080, height: 1920 }, { width: 1280, height: 720 }],
  evaluator: [{ width: 1280, height: 800 }, { width: 1024, height: 600 }, { width: 800, height: 1280 }, { width: 1920, height: 1080 }],
  manager: [{ width: 1440, height: 900 }, { width: 1024, height: 768 }, { width: 1920, height: 1080 }, { width: 390, height: 844 }],
  booking: [{ width: 420, height: 860 }, { width: 360, height: 740 }, { width: 1280, height: 800 }, { width: 768, height: 1024 }],
  bench: [{ width: 1440, height: 900 }, { width: 1024, height: 768 }, { width: 1920, height: 1080 }, { width: 1280, height: 800 }],
}

/** What was found; a test at the end of each journey wants nothing in it. */
export const findings: string[] = []
function find(what: string): void {
  findings.push(what)
  mkdirSync(out, { recursive: true })
  appendFileSync(join(out, 'findings.txt'), `${what}\n`) // for whoever mends while the journey still runs
}
/** The screens that were shown. */
export const toured: string[] = []

/** Row n of the table: its sixteen rows hold every pair of language, size and mode. */
export function paired(n: number): { language: number; size: number; mode: number } {
  const row = (n * 5) % 16 // neighbours differ in everything
  const language = row % 4
  const size = Math.floor(row / 4)
  return { language, size, mode: (language + size) % 4 }
}

export async function setMode(page: Page, mode: Mode): Promise<void> {
  await page.evaluate((wanted) => {
    const root = document.documentElement.dataset
    root['elder'] = wanted === 'elder' ? 'on' : 'off'
    root['contrast'] = wanted === 'elder' ? 'normal' : wanted
  }, mode)
  await settle(page)
}

/** Waits until the page has drawn what changed and nothing moves in any more. */
async function settle(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const frame = () => new Promise((r) => requestAnimationFrame(r))
    await frame()
    await frame()
    const ends = document.getAnimations().filter((one) => one.effect?.getComputedTiming().endTime !== Infinity)
    await Promise.race([Promise.allSettled(ends.map((one) => one.finished)), new Promise((r) => setTimeout(r, 1500))])
    await frame()
  })
}

/** Switches the language as a person does; false where the page has no switch. */
async function setLanguage(page: Page, language: string): Promise<boolean> {
  const button = page.getByTestId(`lang-${language}`).first()
  if ((await button.count()) === 0) return false
  await button.dispatchEvent('click')
  await page.waitForFunction((wanted) => document.documentElement.lang.startsWith(wanted), language)
  await settle(page)
  return true
}

async function language(page: Page): Promise<string> {
  const now = await page.evaluate(() => document.documentElement.lang)
  return LANGUAGES.find((one) => now.startsWith(one)) ?? 'zh-Hans'
}

/** What axe finds on a screen as it stands; the tour does it in every mode. */
export async function axe(page: Page, name: string, mode: Mode = 'normal'): Promise<void> {
  const result = await new AxeBuilder({ page }).analyze()
  for (const one of result.violations) {
    for (const node of one.nodes.slice(0, 4)) {
      find(`${name} [${mode}] axe ${one.id}: ${node.target.join(' ')} ${node.any[0]?.message ?? node.all[0]?.message ?? node.none[0]?.message ?? one.help}`)
    }
  }
}

/**
 * What of one part of a page cannot be read whole, in the four languages. The
 * rest is not looked at: that part lies over it.
 */
export async function cutIn(page: Page, part: string, name: string): Promise<string[]> {
  const aside = (on: boolean) =>
    page.getByTestId(part).evaluate((el, on) => {
      for (let at: Element | null = el; at && at !== document.body; at = at.parentElement)
        for (const one of at.parentElement?.children ?? []) {
          if (one === at) continue
          if (on) one.setAttribute('data-tour', 'aside')
          else one.removeAttribute('data-tour')
        }
    }, on)
  const spoken = await language(page)
  const cut: string[] = []
  for (const one of LANGUAGES) {
    await setLanguage(page, one)
    await aside(true) // what a language has brought, too
    cut.push(...(await cutTexts(page)).map((text) => `${name} [${one}] ${text}`))
  }
  await aside(false)
  await setLanguage(page, spoken)
  return cut
}

/** build/test --long: the tour is taken; without it each screen is looked at once, as it stands. */
export const long = process.env['HALLWAY_LONG'] === '1'

/** One look: a picture, axe in one of the modes in turn, texts that are cut. */
async function glance(page: Page, name: string): Promise<void> {
  const mode = MODES[toured.push(name) % MODES.length] ?? 'normal'
  await setMode(page, mode)
  await axe(page, name, mode)
  await setMode(page, 'normal')
  const size = page.viewportSize()
  for (const cut of await cutTexts(page)) find(`${name} [${await language(page)} ${size?.width}×${size?.height}] ${cut}`)
  await shot(page, name.replace('/', '-'))
}

/**
 * Shows one screen in everything; the page stays as it was. name is role/screen.
 * A screen that only stands in the hall's own language, as choosing another one
 * leads on from it, is shown in that language.
 */
export async function screen(page: Page, name: string, tongues: 'all' | 'own' = 'all'): Promise<void> {
  if (!long) return glance(page, name)
  const role = name.split('/')[0] ?? ''
  const sizes = SIZES[role]
  if (!sizes) throw new Error(`no sizes for ${role}`)
  toured.push(name)
  mkdirSync(out, { recursive: true })
  const size = page.viewportSize() ?? { width: 1280, height: 800 }
  const spoken = await language(page)

  for (const mode of MODES) {
    await setMode(page, mode)
    await axe(page, name, mode)
  }
  await setMode(page, 'normal')
  for (const one of tongues === 'all' ? LANGUAGES : [spoken]) {
    if (tongues === 'all' && !(await setLanguage(page, one))) break
    for (const cut of await cutTexts(page)) find(`${name} [${one} ${size.width}×${size.height}] ${cut}`)
  }

  const n = toured.filter((one) => one.startsWith(`${role}/`)).length - 1
  const pair = paired(n)
  const mode = MODES[pair.mode] ?? 'normal'
  const wide = sizes[pair.size] ?? size
  const tongue = LANGUAGES[pair.language] ?? 'en'
  const shown = tongues === 'all' && (await setLanguage(page, tongue)) ? tongue : spoken
  await page.setViewportSize(wide)
  await setMode(page, mode)
  for (const cut of await cutTexts(page)) find(`${name} [${shown} ${wide.width}×${wide.height} ${mode}] ${cut}`)
  await page.screenshot({ path: join(out, `${name.replace('/', '-')}--${shown}-${wide.width}x${wide.height}-${mode}.png`) })

  await setMode(page, 'normal')
  await page.setViewportSize(size)
  if (tongues === 'all') await setLanguage(page, spoken)
}
