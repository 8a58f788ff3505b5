// The time of a session at the kiosk is the program's own. In this hall it is
// short: it asks, in sight; whoever answers stays, and who does not is forgotten.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Page } from 'playwright-core'
import { Hall, shot } from './hall'
import { attrOf, frontOf, homeOf } from './kiosk'

let hall: Hall
let kiosk: Page
const IDLE = 16 // seconds; it asks at half

const attr = (id: string, name: string): Promise<string> => attrOf(kiosk, id, name)
const question = (state: 'visible' | 'detached') => kiosk.getByTestId('timeout').waitFor({ state })

beforeAll(async () => {
  hall = await Hall.start(undefined, IDLE)
  kiosk = await hall.open('kiosk-1', '', { width: 1080, height: 1920 })
  await kiosk.getByTestId('kiosk').waitFor()
})
afterEach((ctx) => hall?.failed(ctx))
afterAll(async () => {
  await hall?.stop()
})

describe('the time of a session is over', () => {
  it('it asks, in sight; one touch gives more time, and what is typed stays', async () => {
    await homeOf(kiosk)
    await kiosk.getByTestId('way-phone').click()
    await kiosk.getByTestId('phone-field').waitFor()
    await kiosk.keyboard.type('1390')
    await question('visible')
    const left = Number(await attr('timeout', 'data-left'))
    expect(left).toBeGreaterThan(0)
    expect(left).toBeLessThanOrEqual(IDLE / 2)
    await shot(kiosk, 'kiosk-timeout')
    await kiosk.getByTestId('extend').click()
    await question('detached')
    expect(await attr('phone-field', 'data-length')).toBe('4')
  })
  it('the key in front gives it too', async () => {
    await question('visible')
    await kiosk.keyboard.press('Enter')
    await question('detached')
    expect(await attr('phone-field', 'data-length')).toBe('4')
  })
  it('who does not answer is forgotten', async () => {
    await question('visible')
    await frontOf(kiosk, 'home')
    expect(await attr('kiosk', 'data-phase')).toBe('home')
    await kiosk.getByTestId('way-phone').click()
    await kiosk.getByTestId('phone-field').waitFor()
    expect(await attr('phone-field', 'data-length')).toBe('0')
    expect(hall.errors).toEqual([])
  })
})
