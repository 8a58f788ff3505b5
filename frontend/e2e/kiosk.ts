// What the journeys at the kiosk share: what its page says of itself, and the
// way back to its first screen.
import type { Page } from 'playwright-core'
import { attrOf, until, wake } from './hall'
import { screen } from './tour'

export { attrOf }

/** Waits until that screen is in front. */
export async function frontOf(kiosk: Page, want: string, ms = 20_000): Promise<void> {
  await until(`the screen ${want}`, async () => (await attrOf(kiosk, 'kiosk', 'data-front')) === want, ms)
}

/** Nobody touches the kiosk for so long, by the clock of its page. */
export async function quiet(kiosk: Page, seconds: number): Promise<void> {
  await kiosk.clock.fastForward(seconds * 1000)
}

/** Nobody touches the kiosk until that has come; nobody waits either. */
export async function quietUntil(kiosk: Page, what: string, ok: () => Promise<boolean>): Promise<void> {
  await until(what, async () => {
    if (await ok()) return true
    await quiet(kiosk, 5)
    await new Promise((r) => setTimeout(r, 100)) // the page draws
    return ok()
  })
}

/** Nobody is there, until the picture that invites stands there. */
export async function asleepOf(kiosk: Page): Promise<void> {
  await homeOf(kiosk)
  await quietUntil(kiosk, 'the picture stands there', async () => (await attrOf(kiosk, 'kiosk', 'data-front')) === 'attract')
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

/** The tour of a screen, by somebody who is still there: a key that does nothing is touched. */
export async function tourOf(kiosk: Page, name: string): Promise<void> {
  const there = setInterval(() => void kiosk.keyboard.press('Shift').catch(() => undefined), 4000)
  await screen(kiosk, `kiosk/${name}`).finally(() => clearInterval(there))
}
