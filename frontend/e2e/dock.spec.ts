// The hall played with the dock alone, as somebody does who has a mouse and no
// devices: a card, a slip, paper out, a rating. And the pages beside the product.
import { AxeBuilder } from '@axe-core/playwright'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Page } from 'playwright-core'
import { Hall, shot, until } from './hall'
import { cutIn, findings, MODES, screen, setMode } from './tour'

let hall: Hall
let kiosk: Page, one: Page

async function attr(p: Page, id: string, name: string): Promise<string> {
  return (await p.getByTestId(id).getAttribute(name)) ?? ''
}

/** axe in the four modes; no rule off, nothing left out. And the dock's texts in
    the four languages. */
async function clean(page: Page, name: string): Promise<void> {
  expect(await cutIn(page, 'dock-panel', name)).toEqual([])
  for (const mode of MODES) {
    await setMode(page, mode)
    const { violations } = await new AxeBuilder({ page }).analyze()
    expect(violations.map((v) => `${name} ${mode}: ${v.id} ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`)).toEqual([])
    await shot(page, `${name}-${mode}`)
  }
  await setMode(page, 'normal')
}

beforeAll(async () => {
  hall = await Hall.start()
  kiosk = await hall.open('kiosk-1', '', { width: 1080, height: 1920 })
  one = await hall.open('counter-1', '', { width: 1366, height: 768 })
  for (const page of [kiosk, one]) page.setDefaultTimeout(60_000) // a busy machine is no failure
  await until('the kiosk may issue numbers', async () => (await attr(kiosk, 'kiosk', 'data-issue')) === 'true', 60_000)
})
afterEach((ctx) => hall?.failed(ctx))
afterAll(async () => {
  await hall?.stop()
})

describe('the dock', () => {
  it('is reached, opened and closed by keyboard, and remembers where it stands', async () => {
    const handle = kiosk.getByTestId('dock-open')
    await handle.waitFor()
    const box = await handle.boundingBox()
    expect(box && box.width >= 24 && box.height >= 24).toBe(true)
    expect(await handle.getAttribute('aria-expanded')).toBe('false')
    await until('Tab comes to it', async () => {
      await kiosk.keyboard.press('Tab')
      return kiosk.evaluate(() => document.activeElement?.getAttribute('data-testid') === 'dock-open')
    })
    await kiosk.keyboard.press('Enter')
    await kiosk.getByTestId('dock-panel').waitFor()
    expect(await kiosk.evaluate(() => document.activeElement?.getAttribute('data-testid'))).toBe('dock-close')
    await kiosk.keyboard.press('Escape')
    await handle.waitFor()
    expect(await kiosk.evaluate(() => document.activeElement?.getAttribute('data-testid'))).toBe('dock-open')
    await kiosk.keyboard.press('Enter')
    await kiosk.getByTestId('dock-side').click()
    await kiosk.reload()
    await kiosk.getByTestId('dock-panel').waitFor()
    expect(await kiosk.evaluate(() => sessionStorage.getItem('hallway.dock'))).toBe('{"open":true,"side":"left"}')
    await kiosk.getByTestId('dock-side').click()
    await kiosk.getByTestId('device-kiosk-1/idcard').waitFor()
    await clean(kiosk, 'dock-kiosk')
  })

  it('shows and touches the devices of its own terminal only', async () => {
    expect(await kiosk.locator('[data-testid^="device-counter-"], [data-testid^="line-counter-"]').count()).toBe(0)
    const status = await kiosk.evaluate(async () => {
      const token = sessionStorage.getItem('hallway.door') ?? ''
      const ask = (headers: Record<string, string>) =>
        fetch('/api/v1/demo/bench/idcard/remove', { method: 'POST', headers: { 'Content-Type': 'application/json', ...headers }, body: '{"id":"counter-1/idcard"}' }).then((r) => r.status)
      return [await ask({}), await ask({ Authorization: `Bearer ${token}` })]
    })
    expect(status).toEqual([401, 403])
  })

  it('puts a card on the reader; a number is taken and its slip comes out in the dock', async () => {
    await kiosk.getByTestId('card-kiosk-1/idcard-resident').click()
    await kiosk.getByTestId('notice').waitFor()
    await kiosk.getByTestId('remove-kiosk-1/idcard').click()
    await kiosk.getByTestId('notice-service').click()
    await kiosk.getByTestId('group-business').click({ position: { x: 40, y: 40 } })
    await kiosk.locator('[data-testid^="item-"]').first().click({ position: { x: 40, y: 20 } })
    await kiosk.getByTestId('ticket').waitFor()
    await until('the slip is out', async () => ['confirmed', 'parsed'].includes(await attr(kiosk, 'ticket', 'data-slip')))
    const slip = kiosk.getByTestId('slip-kiosk-1/printer-1')
    await until('its picture is there', () => slip.locator('img').evaluate((img) => (img as HTMLImageElement).naturalHeight > 100).catch(() => false))
    await slip.scrollIntoViewIfNeeded()
    await shot(kiosk, 'dock-slip')
    await slip.click()
    await kiosk.getByTestId('dialog-close').waitFor()
    await kiosk.keyboard.press('Escape')
    await kiosk.getByTestId('done').click({ position: { x: 30, y: 20 } })
  })

  it('pulls the paper; the kiosk says so, until there is paper again', async () => {
    await kiosk.getByTestId('paper-kiosk-1/printer-end').click()
    await until('no number is issued', async () => (await attr(kiosk, 'kiosk', 'data-issue')) === 'false')
    await kiosk.getByTestId('issue-why').first().waitFor()
    await shot(kiosk, 'dock-paper-out')
    await kiosk.getByTestId('paper-kiosk-1/printer-ok').click()
    await until('numbers again', async () => (await attr(kiosk, 'kiosk', 'data-issue')) === 'true')
  })

  it('cuts the line and mends it', async () => {
    await kiosk.getByTestId('line-switch-kiosk-1').click()
    await until('the line is cut', async () => (await attr(kiosk, 'line-kiosk-1', 'data-up')) === 'false')
    await kiosk.getByTestId('line-switch-kiosk-1').click()
    await until('the line is up', async () => (await attr(kiosk, 'line-kiosk-1', 'data-up')) === 'true')
  })

  it('scans a code that means harm, and the page goes on', async () => {
    await kiosk.getByTestId('hostile-kiosk-1/scanner').locator('summary').click()
    await kiosk.getByTestId('hostile-script-kiosk-1/scanner').click()
    await kiosk.getByTestId('notice').waitFor()
    await kiosk.getByTestId('notice-ok').click({ position: { x: 30, y: 20 } })
    await until('home again', async () => (await attr(kiosk, 'kiosk', 'data-phase')) === 'home')
  })

  it('presses the evaluator at the counter', async () => {
    await hall.signIn(one, '1001')
    await one.getByTestId('open').click()
    await one.getByTestId('next').click()
    await one.getByTestId('start').click()
    await one.getByTestId('finish').click()
    await one.getByTestId('dock-open').click()
    const asking = one.getByTestId('asking-counter-1/evaluator')
    await until('it asks', async () => (await asking.getAttribute('data-asking')) === 'true', 60_000)
    await one.getByTestId('press-counter-1/evaluator-1').click()
    await until('it has its answer', async () => (await asking.getAttribute('data-asking')) === 'false', 60_000)
    await clean(one, 'dock-counter')
  })
})

describe('beside the product', () => {
  it('the departments show how they answer', async () => {
    const departments = await hall.open('departments', '/', { width: 1440, height: 1000 })
    await departments.getByTestId('clock').waitFor()
    await screen(departments, 'bench/departments')
  })
  it('nothing was found on these screens, and no page threw an error', () => {
    expect(findings).toEqual([])
    expect(hall.errors).toEqual([])
  })
})
