// The engine of the desktop window (WebKitGTK) by its own driver, on an X server
// of its own: the other journeys run in Chromium, which lays out otherwise.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const BROWSER = `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu/webkit2gtk-4.1/MiniBrowser`

/** A page of WebKit that fills a screen of the given size. */
export class WebKit {
  private constructor(
    private readonly children: ChildProcess[],
    private readonly home: string,
    private readonly session: string,
  ) {}

  static async start(width: number, height: number): Promise<WebKit> {
    const home = mkdtempSync(join(tmpdir(), 'hallway-webkit-'))
    const children: ChildProcess[] = []
    const child = (command: string, args: string[], env = {}): ChildProcess => {
      const one = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'ignore'] })
      one.on('error', () => undefined) // said by what waits for it
      children.push(one)
      return one
    }
    try {
      const x = child('Xvfb', ['-displayfd', '1', '-screen', '0', `${width}x${height}x24`, '-nolisten', 'tcp'])
      const number = await new Promise<string>((found, failed) => {
        x.stdout?.once('data', (d: Buffer) => found(d.toString().trim()))
        x.once('exit', () => failed(new Error('Xvfb did not start')))
      })
      const env = {
        DISPLAY: `:${number}`, HOME: home, XDG_CACHE_HOME: home, XDG_DATA_HOME: home,
        WEBKIT_DISABLE_COMPOSITING_MODE: '1', LIBGL_ALWAYS_SOFTWARE: '1', NO_AT_BRIDGE: '1',
      }
      child('openbox', [], env)
      const port = await freePort()
      child('WebKitWebDriver', ['--host=127.0.0.1', `--port=${port}`], env)
      const base = `http://127.0.0.1:${port}`
      await answering(`${base}/status`)
      const made = (await call('POST', `${base}/session`, {
        capabilities: { alwaysMatch: { browserName: 'MiniBrowser', 'webkitgtk:browserOptions': { binary: BROWSER, args: ['--automation', '--full-screen'] } } },
      })) as { sessionId: string }
      return new WebKit(children, home, `${base}/session/${made.sessionId}`)
    } catch (failure) {
      for (const one of children.reverse()) one.kill()
      rmSync(home, { recursive: true, force: true })
      throw failure
    }
  }

  async open(url: string): Promise<void> {
    await call('POST', `${this.session}/url`, { url })
  }

  /** What a function of the page returns; it sees nothing of the test. */
  async run<T, A extends unknown[]>(what: (...args: A) => T, ...args: A): Promise<T> {
    return (await call('POST', `${this.session}/execute/sync`, { script: `return (${what.toString()}).apply(null, arguments)`, args })) as T
  }

  /** Waits until the page says yes. */
  async until<A extends unknown[]>(what: string, is: (...args: A) => boolean, ...args: A): Promise<void> {
    const end = Date.now() + 60_000
    while (!(await this.run(is, ...args))) {
      if (Date.now() > end) throw new Error(`not in 60 s: ${what}`)
      await new Promise((r) => setTimeout(r, 100))
    }
  }

  async keep(file: string): Promise<void> {
    writeFileSync(file, Buffer.from((await call('GET', `${this.session}/screenshot`)) as string, 'base64'))
  }

  async stop(): Promise<void> {
    await call('DELETE', this.session).catch(() => undefined)
    for (const one of this.children.reverse()) one.kill()
    rmSync(this.home, { recursive: true, force: true })
  }
}

async function call(method: string, url: string, body?: unknown): Promise<unknown> {
  const reply = await fetch(url, { method, headers: { 'Content-Type': 'application/json' }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
  const { value } = (await reply.json()) as { value: unknown }
  if (!reply.ok) throw new Error(`WebKit: ${method} ${new URL(url).pathname}: ${JSON.stringify(value)}`)
  return value
}

async function answering(url: string): Promise<void> {
  const end = Date.now() + 30_000
  for (;;) {
    if (await fetch(url).then((r) => r.ok, () => false)) return
    if (Date.now() > end) throw new Error('WebKitWebDriver does not answer: is the package webkit2gtk-driver installed?')
    await new Promise((r) => setTimeout(r, 100))
  }
}

function freePort(): Promise<number> {
  return new Promise((found, failed) => {
    const server = createServer().on('error', failed)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => (address && typeof address === 'object' ? found(address.port) : failed(new Error('no port'))))
    })
  })
}
