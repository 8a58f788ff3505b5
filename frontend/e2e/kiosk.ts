// What the journeys at the kiosk share: what its page says of itself, and the
// way back to its first screen.
import type { Page } from 'playwright-core'
import { until, wake } from './hall'

/** An attribute of the first element with that test id; '' when it is not there. */
export async function attrOf(kiosk: Page, id: string, name: string): Promise<string> {
  return (await kiosk.getByTestId(id).first().getAttribute(name, { timeout: 2000 }).catch(() => '')) ?? ''
}

/** Waits until that screen is in front. */
export async function frontOf(kiosk: Page, want: string, ms = 20_000): Promise<void> {
  await until(`the screen ${want}`, async () => (await attrOf(kiosk, 'kiosk', 'data-front')) === want, ms)
}

/** Leaves whatever is in front as a person would, until the kiosk stands free. */
export async function homeOf(kiosk: Page): Promise<void> {
  await wake(kiosk)
  await until('the kiosk stands free', async () => {
    if ((await attrOf(kiosk, 'kiosk', 'data-front')) === 'home' && (await attrOf(kiosk, 'kiosk', 'data-phase')) === 'home') return true
    for (const id of ['helped-ok', 'leave', 'done', 'notice-ok', 'leave-choose', 'leave-home', 'back', 'attract-begin'])
      if (await kiosk.getByTestId(id).first().isVisible().catch(() => false)) {
        await kiosk.getByTestId(id).first().click({ timeout: 1000 }).catch(() => undefined)
        break
      }
    return false
  }, 40_000)
}
