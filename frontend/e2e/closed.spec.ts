// The hall before it opens: what its screens say when nobody is served yet.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Page } from 'playwright-core'
import { Hall, until } from './hall'
import { asleepOf, attrOf, homeOf } from './kiosk'
import { findings, screen } from './tour'

let hall: Hall
let kiosk: Page, display: Page, board: Page, counter: Page

beforeAll(async () => {
  hall = await Hall.start('2026-11-23T07:10:00+08:00')
  kiosk = await hall.open('kiosk-1', '', { width: 1080, height: 1920 }, true)
  display = await hall.open('display-1', '', { width: 1920, height: 1080 })
  board = await hall.open('display-2', '', { width: 1920, height: 1080 })
  counter = await hall.open('counter-1', '', { width: 1366, height: 768 })
})
afterEach((ctx) => hall?.failed(ctx))
afterAll(async () => {
  await hall?.stop()
})

describe('a closed hall', () => {
  it('says so on its displays, and when it opens again', async () => {
    await display.getByTestId('hall-closed').waitFor()
    await screen(display, 'display/closed')
    await board.getByTestId('hall-closed').waitFor()
    await screen(board, 'display/windows-closed')
  })
  it('gives no number at the kiosk, and says why', async () => {
    await homeOf(kiosk)
    expect(await attrOf(kiosk, 'kiosk', 'data-open')).toBe('false')
    expect(await attrOf(kiosk, 'kiosk', 'data-issue')).toBe('false')
    await screen(kiosk, 'kiosk/closed')
    await asleepOf(kiosk)
    await kiosk.getByTestId('attract-closed').waitFor()
    await screen(kiosk, 'kiosk/attract-closed', 'own')
  })
  it('lets nobody be called', async () => {
    await hall.signIn(counter, '1001')
    await until('signed in', async () => (await attrOf(counter, 'counter', 'data-signed')) === 'true')
    expect(await counter.getByTestId('next').isDisabled()).toBe(true)
    await screen(counter, 'counter/early')
  })
  it('no page threw an error, and nothing was found on the way', () => {
    expect(hall.errors).toEqual([])
    expect(findings).toEqual([])
  })
})
