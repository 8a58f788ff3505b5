// Citizens one after the other at a kiosk's page: node sessions.mjs URL COUNT PID.
// Prints what the page and the program hold, twenty times on the way, as JSON.
import { readFileSync } from 'node:fs'
import { chromium } from '../../frontend/node_modules/playwright-core/index.mjs'

const [url, wanted, pid] = process.argv.slice(2)
const count = Number(wanted)
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking'] })
const page = await browser.newPage({ viewport: { width: 1080, height: 1920 } })
page.setDefaultTimeout(30_000)
const cdp = await page.context().newCDPSession(page)
await cdp.send('Performance.enable')
await page.goto(url)
await page.getByTestId('kiosk').waitFor()

const id = (name) => page.getByTestId(name).first()
const front = (name) => page.waitForFunction((want) => document.querySelector('[data-testid=kiosk]')?.getAttribute('data-front') === want, name)
const groups = await page.locator('[data-testid^="group-"]').evaluateAll((all) => all.map((one) => one.getAttribute('data-testid')))
const issue = () => page.waitForFunction(() => document.querySelector('[data-testid=kiosk]')?.getAttribute('data-issue') === 'true')

// Numbers of a day end at 999 per service: not every person takes one.
const every = Math.max(3, Math.ceil(count / (groups.length * 600)))
let taken = 0

async function takes() {
  await issue()
  await id(groups[taken++ % groups.length]).click()
  await page.locator('[data-testid^="item-"]').first().click()
  await id('done').click()
  await front('home')
}
async function typesAndLeaves(n) {
  await id('way-phone').click()
  await id('phone-field').waitFor()
  await page.keyboard.type(`139${String(n).padStart(8, '0')}`)
  await id('back').click()
  await front('home')
}
async function looks() {
  for (const lang of ['en', 'pt', 'zh-Hant', 'zh-Hans']) await id(`lang-${lang}`).click()
  await id('elder').click()
  await id(groups[0]).click()
  await front('items')
  await id('back').click()
  await id('elder').click()
  await front('home')
}

const samples = []
async function sample(sessions) {
  for (let i = 0; i < 3; i++) await cdp.send('HeapProfiler.collectGarbage')
  const { metrics } = await cdp.send('Performance.getMetrics')
  const of = (name) => metrics.find((one) => one.name === name)?.value ?? 0
  const rss = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  samples.push({ sessions, heap: of('JSHeapUsedSize') / 2 ** 20, nodes: of('Nodes'), listeners: of('JSEventListeners'), program: Number(rss?.[1] ?? 0) / 1024 })
}

const step = Math.max(1, Math.floor(count / 20))
for (let n = 1; n <= count; n++) {
  if (n % every === 0) await takes()
  else if (n % 2) await typesAndLeaves(n)
  else await looks()
  if (n >= Math.min(100, count / 10) && n % step === 0) {
    await sample(n)
    process.stderr.write(`${n} sessions, heap ${samples.at(-1).heap.toFixed(1)} MiB\n`)
  }
}
console.log(JSON.stringify(samples))
await browser.close()
