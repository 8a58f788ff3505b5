// An act that is kept on its way. The page's own fetch holds it: a browser that is
// told to intercept may let a request through that is sent in the next moment,
// unseen (about one in eighty on a busy machine).
import type { Page } from 'playwright-core'

interface Holding {
  asked: { path: string; body: string }[]
  release(): void
  undo(): void
}
type Holder = Window & { holding?: Holding }

export interface Held {
  /** What was asked for since, in order; the first waits for release. */
  asked(): Promise<{ path: string; body: string }[]>
  release(): Promise<void>
  /** Nothing is watched any more. */
  undo(): Promise<void>
}

/** Holds the first request whose path ends in one of these, and notes the others. */
export async function hold(page: Page, ...paths: string[]): Promise<Held> {
  await page.evaluate((ends) => {
    const real = window.fetch
    let open = () => {}
    const released = new Promise<void>((r) => (open = r))
    const one: Holding = { asked: [], release: () => open(), undo: () => (window.fetch = real) }
    window.fetch = async (input, init) => {
      const path = new URL(input instanceof Request ? input.url : String(input), location.href).pathname
      if (ends.some((end) => path.endsWith(end))) {
        one.asked.push({ path, body: String(init?.body ?? '') })
        if (one.asked.length === 1) await released
      }
      return real(input, init)
    }
    ;(window as Holder).holding = one
  }, paths)
  const asked = () => page.evaluate(() => (window as Holder).holding?.asked ?? [])
  const tell = (what: 'release' | 'undo') => page.evaluate((w) => (window as Holder).holding?.[w](), what).then(() => undefined)
  return { asked, release: () => tell('release'), undo: () => tell('undo') }
}
