// The whole demo hall for the end-to-end tests: real programs, a real browser.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, existsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'

const root = resolve(import.meta.dirname, '../..')
const out = join(root, 'build/out')

/** What the demo writes for the tests. */
interface State {
  dir: string
  urls: Record<string, string>
  passwords: Record<string, string>
}

/** Starts the programs in a folder and waits until the hall runs. */
async function programs(dir: string, clock: string, more: string[]): Promise<{ process: ChildProcess; state: State }> {
  const stateFile = join(dir, 'state.json')
  const bin = join(root, 'bin')
  rmSync(stateFile, { force: true })
  const process = spawn(
    join(bin, 'demo'),
    ['--bin', bin, '--run', join(dir, 'hall'), '--hall', join(root, 'build/demo/hall'), '--state', stateFile, '--clock', clock, '--quick', ...more],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let said = ''
  process.stdout?.on('data', (d: Buffer) => (said += d.toString()))
  process.stderr?.on('data', (d: Buffer) => (said += d.toString()))
  await until('the hall runs', () => {
    if (process.exitCode !== null) throw new Error(`the demo hall ended: ${said}`)
    return existsSync(stateFile)
  }, 60_000)
  return { process, state: JSON.parse(readFileSync(stateFile, 'utf8')) as State }
}

/** Ends the programs. */
async function ended(demo: ChildProcess): Promise<void> {
  if (demo.exitCode !== null) return
  const exit = new Promise((r) => demo.once('exit', r))
  demo.kill('SIGTERM')
  await exit
}

/** One running hall with a browser beside it. */
export class Hall {
  private constructor(
    private demo: ChildProcess,
    private readonly dir: string,
    private readonly browser: Browser,
    public state: State,
  ) {}

  /** idle: seconds until a kiosk forgets whoever is silent; rate: that an evaluator waits for a key. */
  static async start(clock = '2026-11-23T09:40:00+08:00', idle = 0, rate = 0): Promise<Hall> {
    mkdirSync(out, { recursive: true })
    const dir = mkdtempSync(join(tmpdir(), 'hallway-e2e-'))
    const demo = await programs(dir, clock, ['--idle', String(idle), '--rate', String(rate)])
    const browser = await chromium.launch({
      executablePath: '/usr/bin/chromium',
      args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-quic', '--no-first-run', '--disable-component-update', '--disable-sync'],
    })
    return new Hall(demo.process, dir, browser, demo.state)
  }

  /** The whole hall is switched off, and on again at a later time, with everything that it knew. */
  async later(clock: string): Promise<void> {
    for (const context of this.browser.contexts()) await context.close()
    await ended(this.demo)
    const next = await programs(this.dir, clock, [])
    this.demo = next.process
    this.state = next.state
  }

  /** A page of a program, in a browser window of its own; with a clock that a test can put on, when it asks for one. */
  async open(program: string, path = '', size: { width: number; height: number } = { width: 1280, height: 800 }, clock = false): Promise<Page> {
    const url = this.state.urls[program]
    if (!url) throw new Error(`no program ${program}`)
    const context: BrowserContext = await this.browser.newContext({ viewport: size, locale: 'zh-CN', timezoneId: 'Asia/Shanghai' })
    const page = await context.newPage()
    if (clock) await page.clock.install()
    page.setDefaultTimeout(30_000)
    this.pages.push([`${program}${path.split('?')[0]}`, page])
    page.on('pageerror', (e) => this.errors.push(`${program}${path}: ${e.message}`))
    page.on('console', (m) => {
      if (m.type() === 'error' && !/net::ERR|status of [45]\d\d/.test(m.text())) this.errors.push(`${program}${path}: ${m.text()}`)
    })
    await page.goto(path ? new URL(path, url).href : url)
    return page
  }

  /** Somebody of the staff signs in, with the password of this start. */
  async signIn(page: Page, staff: string): Promise<void> {
    await page.getByTestId('staff').fill(staff)
    await page.getByTestId('password').fill(this.state.passwords[staff] ?? '')
    await page.getByTestId('signin').click()
  }

  /** Errors that any page threw; a test at the end wants none. */
  readonly errors: string[] = []

  /** An act on the device bench. */
  async bench<T = unknown>(path: string, body?: unknown): Promise<T> {
    const res = await fetch(new URL(`/bench/v1${path}`, this.state.urls['bench']), {
      method: body === undefined ? 'GET' : 'POST',
      headers: { 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (!res.ok) throw new Error(`bench ${path}: ${res.status} ${await res.text()}`)
    return (await res.json()) as T
  }

  /** An act on the simulated departments. */
  async departments<T = unknown>(path: string, body?: unknown): Promise<T> {
    const res = await fetch(new URL(`/depsim/v1${path}`, this.state.urls['departments']), {
      method: body === undefined ? 'GET' : 'POST',
      headers: { 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (!res.ok) throw new Error(`departments ${path}: ${res.status} ${await res.text()}`)
    return (await res.json()) as T
  }

  /** Keeps the latest slip of a printer as a picture. */
  async keepSlip(name: string, printer = 'kiosk-1/printer', n?: number): Promise<Slip> {
    const slips = await this.slips(printer)
    const slip = n === undefined ? slips[0] : slips.find((one) => one.n === n)
    if (!slip) throw new Error(`no slip on ${printer}`)
    const png = await fetch(new URL(`/bench/v1/printer/slip.png?id=${printer}&n=${slip.n}`, this.state.urls['bench']))
    writeFileSync(join(out, `slip-${name}.png`), Buffer.from(await png.arrayBuffer()))
    return slip
  }

  async slips(printer = 'kiosk-1/printer'): Promise<Slip[]> {
    return (await this.bench<{ slips: Slip[] }>(`/printer/slips?id=${printer}`)).slips
  }

  /** Keeps a document of a page printer, as PDF and as a picture; returns its text. */
  async keepDocument(name: string, printer: string, n: number): Promise<string> {
    const pdf = await fetch(new URL(`/bench/v1/sheet/document.pdf?id=${printer}&n=${n}`, this.state.urls['bench']))
    if (!pdf.ok) throw new Error(`no document ${n} on ${printer}`)
    const file = join(out, `paper-${name}.pdf`)
    writeFileSync(file, Buffer.from(await pdf.arrayBuffer()))
    execFileSync('pdftoppm', ['-r', '90', '-singlefile', '-png', file, join(out, `paper-${name}`)])
    return execFileSync('pdftotext', ['-layout', file, '-'], { encoding: 'utf8' })
  }

  /** After a step that failed: what each page shows is said and kept as a picture, beside the programs' logs. */
  async failed(ctx: { task: { file: { name: string }; result?: { state?: string } | undefined } }): Promise<void> {
    if (ctx.task.result?.state !== 'fail') return
    const journey = /([\w-]+)\.spec/.exec(ctx.task.file.name)?.[1] ?? 'journey'
    for (const [name, page] of this.pages) {
      if (page.isClosed()) continue
      const file = `failed-${journey}-${name.replace(/\W+/g, '-')}`
      await shot(page, file).catch(() => undefined)
      const says = await page.locator('body').innerText({ timeout: 2000 }).catch((e: Error) => e.message)
      console.log(`${file}: ${says.replace(/\s+/g, ' ').slice(0, 800)}`)
    }
    cpSync(join(this.dir, 'hall/log'), join(out, 'failed-logs'), { recursive: true })
  }
  private readonly pages: [string, Page][] = []

  async stop(): Promise<void> {
    await this.browser.close()
    await ended(this.demo)
    rmSync(this.dir, { recursive: true, force: true })
  }
}

/** A cut piece of paper, as the bench lists it. */
export interface Slip {
  n: number
  text: string
  qr: string[]
  unclean: string[]
}

/** Keeps a screenshot in build/out. */
export async function shot(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(out, `${name}.png`) })
}

/** Touches the kiosk's picture, which stands where nobody has touched for a while. */
export async function wake(kiosk: Page): Promise<void> {
  const picture = kiosk.getByTestId('attract-begin')
  if (await picture.isVisible().catch(() => false)) await picture.click({ timeout: 2000 }).catch(() => undefined)
}

/** Waits until a condition holds; says what was waited for. */
export async function until(what: string, ok: () => boolean | Promise<boolean>, ms = 15_000): Promise<number> {
  const t0 = Date.now()
  for (;;) {
    if (await ok()) return Date.now() - t0
    if (Date.now() - t0 > ms) throw new Error(`${what}: not within ${ms} ms`)
    await new Promise((r) => setTimeout(r, 40))
  }
}

/** An attribute of the first element with that test id; '' when it is not there. */
export async function attrOf(page: Page, id: string, name: string): Promise<string> {
  return (await page.getByTestId(id).first().getAttribute(name, { timeout: 2000 }).catch(() => '')) ?? ''
}

/** Waits until an attribute is what it should be; says what it is instead. */
export async function is(page: Page, id: string, name: string, want: string, ms = 60_000): Promise<void> {
  let seen = ''
  await until(`${id} has ${name}=${want}`, async () => (seen = await attrOf(page, id, name)) === want, ms).catch((e: Error) => {
    throw new Error(`${e.message}; it is «${seen}»`)
  })
}

/** A number is taken at the kiosk for an item of a group and called: the person sits down. */
export async function sitsDown(kiosk: Page, counter: Page, item: string, group = 'business'): Promise<void> {
  await wake(kiosk)
  await until('the kiosk may issue numbers', async () => (await attrOf(kiosk, 'kiosk', 'data-issue')) === 'true')
  await kiosk.getByTestId(`group-${group}`).click()
  await kiosk.getByTestId(`item-${item}`).click()
  await kiosk.getByTestId('ticket').waitFor()
  await counter.getByTestId('next').click()
  await until('the counter has called', async () => (await attrOf(counter, 'current', 'data-number')) !== '')
  await counter.getByTestId('start').click()
  await is(counter, 'current', 'data-state', 'SERVING')
}

/** The test id of what has the focus. */
export const focusedOf = (page: Page): Promise<string> => page.evaluate(() => document.activeElement?.getAttribute('data-testid') ?? '')

/** Presses Tab until the focus is at a thing; says so when it never comes there. */
export async function tabTo(page: Page, wanted: string, key = 'Tab', most = 120): Promise<void> {
  for (let i = 0; i < most; i++) {
    if ((await focusedOf(page)) === wanted) return
    await page.keyboard.press(key)
  }
  throw new Error(`Tab never comes to ${wanted}`)
}
