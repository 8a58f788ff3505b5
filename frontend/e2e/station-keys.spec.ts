// A sitting at a department's station with the keyboard alone, and a scanner
// that types like one: whatever it sends goes to the label field.
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Page } from 'playwright-core'
import { Hall, shot, until } from './hall'

let hall: Hall
let page: Page
const attr = (id: string, name: string) => page.getByTestId(id).getAttribute(name)
const press = (key: string) => page.keyboard.press(key)
const focused = () => page.evaluate(() => document.activeElement?.id || document.activeElement?.getAttribute('data-testid') || '')

beforeAll(async () => {
  hall = await Hall.start()
  page = await hall.open('station-civil-1', '', { width: 1280, height: 800 })
}, 120_000)
afterAll(async () => hall?.stop())

it('signs in, scans, changes what a scan means, and signs out without a mouse', async () => {
  await page.getByTestId('staff').waitFor()
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

  // The keys are shown, and leave again.
  await press('F1')
  await page.getByTestId('keys').waitFor()
  await shot(page, 'station-keys')
  await press('Escape')
  await page.getByTestId('keys').waitFor({ state: 'detached' })

  // What a scan means.
  await press('F3')
  await until('the other mode', async () => (await attr('station', 'data-mode')) === 'return_in')
  await press('F2')
  await until('the first mode again', async () => (await attr('station', 'data-mode')) === 'out')

  // A scanner that types, while a button has the focus: nothing is pressed.
  for (let i = 0; i < 60 && (await focused()) !== 'trip-open'; i++) await press('Tab')
  expect(await focused()).toBe('trip-open')
  await page.keyboard.type('F2NOLABEL99')
  expect(await page.getByTestId('station-scan').inputValue()).toBe('F2NOLABEL99')
  expect(await attr('station', 'data-mode')).toBe('out')
  await press('Escape')
  expect(await page.getByTestId('station-scan').inputValue()).toBe('')
  await page.keyboard.type('F2NOLABEL99')
  await press('Enter')
  await until('it is told that this is no label', async () => (await attr('last', 'data-result')) === 'wrong')
  await until('the field is free again', async () => (await page.getByTestId('station-scan').inputValue()) === '')

  // A trip is begun by its key, once.
  await press('F9')
  await page.getByTestId('trip').waitFor()
  await shot(page, 'station-keys-trip')

  for (let i = 0; i < 60 && (await focused()) !== 'signout'; i++) await press('Tab')
  expect(await focused()).toBe('signout')
  await press('Enter')
  await page.getByTestId('staff').waitFor()
  expect(hall.errors).toEqual([])
}, 120_000)
