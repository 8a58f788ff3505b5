// The other half of the day: cases, shared materials, papers out and in, by
// clicking; nothing is mocked between the pages and the wires. Pictures and
// papers are kept in build/out.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Page } from 'playwright-core'
import { Hall, shot, until, type Slip, wake, attrOf as attr, is, sitsDown } from './hall'
import { findings, screen } from './tour'

let hall: Hall
let kiosk: Page, one: Page, two: Page, out: Page, into: Page, manager: Page

async function place(reader: string, card: string): Promise<void> {
  await hall.bench('/idcard/place', { id: reader, card })
}
async function lift(reader: string): Promise<void> {
  await hall.bench('/idcard/remove', { id: reader })
  await new Promise((r) => setTimeout(r, 1600)) // the reader sees an empty plate
}
const scan = (station: string, text: string): Promise<unknown> => hall.bench('/scanner/scan', { id: `${station}/scanner`, text })

/** Behaviour of a department with one material. */
const behave = (department: string, material: string, query: string, delivery: string): Promise<unknown> =>
  hall.departments('/behaviour', { department, material, query, delivery, seconds: 0, think: 0 })

interface Order { id: string; kind: string; state: string; material?: string; answer?: string }
/** The order of a material that waits at its department. */
async function order(material: string): Promise<Order> {
  let found: Order | undefined
  await until(`an order of ${material}`, async () => {
    const { requests } = await hall.departments<{ requests: Order[] }>('/state')
    found = requests.find((r) => r.kind === 'order' && r.material === material && r.state === 'waiting')
    return !!found
  }, 30_000)
  return found as Order
}

/** A new case for the person whose card lies on the counter's reader. */
async function open(page: Page, counter: string, card: string, item: string): Promise<void> {
  await page.getByTestId('desk-tab-case').click()
  if (await page.getByTestId('case').isVisible()) await page.getByTestId('leave').click()
  await page.getByTestId('case').waitFor({ state: 'detached' })
  await place(`${counter}/idcard`, card)
  await page.getByTestId('applicant-name').waitFor()
  await page.getByTestId(`open-item-${item}`).click()
  await page.getByTestId('case').waitFor()
  await is(page, 'case', 'data-state', 'DRAFT')
  await lift(`${counter}/idcard`)
}

/** A number is taken at the kiosk and called: the person sits down. */
async function serve(page: Page, item: string): Promise<void> {
  await home()
  await sitsDown(kiosk, page, item)
}

/** The kiosk stands free again. */
async function home(): Promise<void> {
  await wake(kiosk)
  await until('the kiosk is free', async () => {
    if ((await attr(kiosk, 'kiosk', 'data-phase')) === 'home') return true
    for (const id of ['done', 'notice-ok', 'back', 'leave'])
      if (await kiosk.getByTestId(id).first().isVisible().catch(() => false)) {
        await kiosk.getByTestId(id).first().click({ timeout: 1000 }).catch(() => undefined)
        break
      }
    return false
  }, 30_000)
}

/** The smallest picture that is one. */
const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')

async function waitSlip(printer: string, what: string, ok: (s: Slip) => boolean): Promise<Slip> {
  let found: Slip | undefined
  await until(what, async () => {
    found = (await hall.slips(printer)).find(ok)
    return !!found
  }, 30_000)
  return found as Slip
}

beforeAll(async () => {
  hall = await Hall.start()
  kiosk = await hall.open('kiosk-1', '', { width: 1080, height: 1920 })
  one = await hall.open('counter-1', '', { width: 1366, height: 768 })
  two = await hall.open('counter-2', '', { width: 1920, height: 1080 })
  out = await hall.open('station-civil-1', '', { width: 1280, height: 800 })
  into = await hall.open('station-hall-1', '', { width: 1280, height: 800 })
  manager = await hall.open('central', '/manager', { width: 1440, height: 900 })
  await behave('police', 'M02', 'yes', 'never')
  await behave('market', 'M15', 'yes', 'never')
})

afterEach((ctx) => hall?.failed(ctx))

afterAll(async () => {
  await hall?.stop()
})

let number = '', password = ''

describe('0 everybody comes to work', () => {
  it('clerks, a sign-out officer, a sign-in officer and the manager sign in', async () => {
    await hall.signIn(one, '1001')
    await hall.signIn(two, '1002')
    await hall.signIn(out, '2001')
    await hall.signIn(into, '3001')
    await hall.signIn(manager, '9001')
    for (const counter of [one, two]) {
      await counter.getByTestId('open').click()
      await is(counter, 'window-state', 'data-state', 'open')
    }
    await is(out, 'station', 'data-signed', 'true')
    await is(into, 'station', 'data-signed', 'true')
    expect(await attr(out, 'station', 'data-department')).toBe('civil')
    expect(await attr(into, 'station', 'data-department')).toBe('')
  })
})

describe('1 a case is opened for the person who was called', () => {
  it('number, call, card, item: the material page shows each material', async () => {
    await serve(one, 'open-shop')
    await open(one, 'counter-1', 'resident', 'open-shop')
    for (const m of ['M01', 'M02', 'M03']) expect(await attr(one, `material-${m}`, 'data-state')).toBe('PREPARE')
    await screen(one, 'counter/case')
  })
})

describe('2 one material is handed in, two are fetched', () => {
  it('a scanned file is stored and can be looked at', async () => {
    await one.getByTestId('upload-M01').setInputFiles({ name: 'lease.png', mimeType: 'image/png', buffer: png })
    await is(one, 'material-M01', 'data-state', 'DONE')
    await one.getByTestId('preview-M01').click()
    await one.getByTestId('preview-picture').waitFor()
    await screen(one, 'counter/preview')
    await one.getByTestId('preview-close').click()
  })
  it('a file of another kind is refused with a sentence, and nothing is lost', async () => {
    await one.getByTestId('upload-M02').setInputFiles({ name: 'program.png', mimeType: 'image/png', buffer: Buffer.from('MZ this is no picture at all') })
    await one.getByTestId('case-problem').waitFor()
    expect((await one.getByTestId('case-problem').innerText()).length).toBeGreaterThan(6)
    await screen(one, 'counter/wrong-file')
    await one.getByTestId('case-problem-ok').click()
    expect(await attr(one, 'material-M02', 'data-state')).toBe('PREPARE')
  })
  it('«帮我传» lists what departments can supply; the choice is made', async () => {
    await one.getByTestId('help').click()
    await one.getByTestId('help-offer-M02-E_SHARE').waitFor()
    await one.getByTestId('help-offer-M03-PAPER_SHARE').waitFor()
    expect(await attr(one, 'help-offer-M02-E_SHARE', 'data-answer')).toBe('yes')
    await screen(one, 'counter/help')
    await one.getByTestId('help-offer-M02-E_SHARE').click()
    await is(one, 'material-M02', 'data-state', 'E_WAIT')
    await one.getByTestId('help-offer-M03-PAPER_SHARE').click()
    await is(one, 'material-M03', 'data-state', 'P_WAIT_OUT')
    await one.getByTestId('help-close').click()
  })
  it('受理 puts the case into 受理中, and a temporary receipt comes out that cannot be taken for an acceptance', async () => {
    await one.getByTestId('accept').click()
    await is(one, 'case', 'data-state', 'PENDING_SHARE')
    number = await attr(one, 'case', 'data-number')
    expect(number).toMatch(/^010101\d{6}$/)
    await screen(one, 'counter/pending')
    const slip = await waitSlip('counter-1/printer', 'the temporary receipt', (s) => s.text.includes('非受理凭证'))
    await hall.keepSlip('temporary-receipt', 'counter-1/printer', slip.n)
    expect(slip.text.replace(/\s/g, '')).toContain(number)
    expect(slip.qr.join(' ')).toContain(number)
    expect(slip.unclean).toEqual([])
    expect(slip.text).not.toContain('11010119900307')
    password = /(\d{6})/.exec(slip.text.slice(slip.text.indexOf('查询密码')))?.[1] ?? ''
    expect(password).toMatch(/^\d{6}$/)
    await one.getByTestId('desk-tab-pending').click()
    await one.getByTestId(`pending-${number}`).waitFor()
    await screen(one, 'counter/list')
  })
})

describe('3 the electronic material arrives by call-back', () => {
  it('a forged one is refused; the true one, sent twice, arrives once', async () => {
    const o = await order('M02')
    await hall.departments('/deliver', { id: o.id, how: 'forged' })
    await new Promise((r) => setTimeout(r, 1500))
    await one.getByTestId(`pending-view-${number}`).click()
    expect(await attr(one, 'material-M02', 'data-state')).toBe('E_WAIT')
    await hall.departments('/deliver', { id: o.id, how: 'twice' })
    await is(one, 'material-M02', 'data-state', 'DONE')
    expect(await attr(one, 'case', 'data-state')).toBe('PENDING_SHARE')
    await one.getByTestId('preview-M02').click()
    await one.getByTestId('preview').waitFor()
    await screen(one, 'counter/arrived')
    await one.getByTestId('preview-close').click()
  })
})

let label = ''

describe('4 the department signs the paper out', () => {
  it('the batch is there; cover sheet and label are printed', async () => {
    await out.getByTestId(`batch-${number}`).waitFor()
    await out.getByTestId(`labels-${number}`).click()
    const slip = await waitSlip('station-civil-1/printer', 'the label', (s) => s.qr.some((q) => q.startsWith('HL1.')))
    label = slip.qr.find((q) => q.startsWith('HL1.')) ?? ''
    expect(label).toContain(number)
    const all = await hall.slips('station-civil-1/printer')
    for (const s of all) await hall.keepSlip(s.qr.some((q) => q.startsWith('HL1.')) ? 'label' : 'batch-cover', 'station-civil-1/printer', s.n)
    for (const s of all) expect(s.unclean).toEqual([])
    await screen(out, 'station/work-list')
  })
  it('codes that are no label of ours say so', async () => {
    for (const text of ['https://pay.example/abc', label.slice(0, -1) + (label.endsWith('7') ? '8' : '7'), 'HL1.010101', '\u0001<script>']) {
      await scan('station-civil-1', text)
      await is(out, 'last', 'data-result', 'wrong')
      await until('a sentence', async () => (await out.getByTestId('last-text').innerText()).length > 4)
    }
    await screen(out, 'station/wrong')
  })
  it('a paper that is signed in before it was signed out is kept and warned about', async () => {
    await scan('station-hall-1', label)
    await until('the hall station speaks', async () => (await attr(into, 'last', 'data-result')) !== '')
    expect(await into.getByTestId('last-text').innerText()).toMatch(/未签出|没有签出/)
    await screen(into, 'station/early')
    await into.getByTestId('undo-0').click().catch(() => into.getByTestId('undo').first().click())
    await until('it was taken back', async () => (await attr(into, 'last', 'data-undone')) === 'true' || (await attr(into, 'scan-0', 'data-undone')) === 'true')
  })
  it('a trip is opened, the label is scanned, the courier takes it, the hand-over slip is printed', async () => {
    await out.getByTestId('trip-open').click()
    await out.getByTestId('trip').waitFor()
    await scan('station-civil-1', label)
    await is(out, 'last', 'data-result', 'ok')
    await until('confirmed', async () => (await attr(out, 'last', 'data-pending')) === 'false')
    await scan('station-civil-1', label)
    await is(out, 'last', 'data-result', 'again')
    await is(out, 'trip', 'data-papers', '1')
    await screen(out, 'station/out')
    await is(one, 'material-M03', 'data-state', 'P_WAIT_IN')
    await out.getByTestId('courier-2002').click()
    await out.getByTestId('trip-send').click()
    const slip = await waitSlip('station-civil-1/printer', 'the hand-over slip', (s) => s.text.includes('交接单'))
    await hall.keepSlip('hand-over', 'station-civil-1/printer', slip.n)
    expect(slip.text).toContain('程远路')
    expect(slip.unclean).toEqual([])
  })
})

describe('5 the hall signs it in while its network is cut', () => {
  it('the scan is on disk and shown as 待同步', async () => {
    await until('the trip is known', async () => (await into.locator('[data-testid^="trip-"]').count()) > 0)
    await hall.bench('/lines', { id: 'station-hall-1', up: false })
    await is(into, 'line', 'data-online', 'false')
    await scan('station-hall-1', label)
    await until('shown as pending', async () => (await attr(into, 'last', 'data-pending')) === 'true' && (await attr(into, 'last', 'data-result')) === 'ok')
    await is(into, 'count-pending', 'data-value', '1')
    await screen(into, 'station/pending')
    expect(await attr(one, 'case', 'data-state')).toBe('PENDING_SHARE')
  })
  it('the network returns: confirmed, accepted by itself once, gone from 受理中', async () => {
    await hall.bench('/lines', { id: 'station-hall-1', up: true })
    await is(one, 'case', 'data-state', 'ACCEPTED', 30_000)
    await one.getByTestId('case-accepted').waitFor()
    expect(await attr(one, 'case-accepted', 'data-itself')).toBe('true')
    await until('nothing is pending', async () => (await attr(into, 'count-pending', 'data-value')) === '0')
    await is(into, 'last', 'data-pending', 'false')
    await screen(into, 'station/in')
    await screen(one, 'counter/accepted')
  })
  it('the acceptance notice is printed, on A4 and on 80 mm', async () => {
    await one.getByTestId('print-sheet').click()
    await is(one, 'printed-sheet', 'data-outcome', 'confirmed')
    const text = (await hall.keepDocument('acceptance', 'counter-1/sheet', 1)).replace(/\s/g, '')
    for (const want of ['受理通知书', number, '37010001-2026-']) expect(text).toContain(want)
    await one.getByTestId('print-acceptance').click()
    const slip = await waitSlip('counter-1/printer', 'the notice on 80 mm', (s) => s.text.includes('受理通知书') && !s.text.includes('非受理凭证'))
    await hall.keepSlip('acceptance', 'counter-1/printer', slip.n)
    await one.getByTestId('desk-tab-pending').click()
    await until('gone from the list', async () => (await one.getByTestId(`pending-${number}`).count()) === 0)
  })
  it('the trip is closed with nothing missing', async () => {
    await into.locator('[data-testid^="trip-close-"]').first().click()
    await until('no trip is on the road', async () => (await into.locator('[data-testid^="trip-close-"]').count()) === 0)
  })
})

describe('6 the citizen looks at the kiosk', () => {
  it('with the card', async () => {
    await home()
    await kiosk.getByTestId('way-progress').click()
    await is(kiosk, 'progress', 'data-step', 'ask')
    await screen(kiosk, 'kiosk/progress-ask')
    await place('kiosk-1/idcard', 'resident')
    await is(kiosk, `progress-case-${number}`, 'data-state', 'ACCEPTED')
    await screen(kiosk, 'kiosk/progress')
    await lift('kiosk-1/idcard')
    await home()
  })
  it('a wrong password says so; with number and query password, and printed', async () => {
    await kiosk.getByTestId('way-progress').click()
    await is(kiosk, 'progress', 'data-step', 'ask')
    await kiosk.getByTestId('progress-number').click()
    await kiosk.keyboard.type(number)
    await kiosk.getByTestId('progress-password').click()
    await kiosk.keyboard.type(password === '000000' ? '000001' : '000000')
    await kiosk.getByTestId('progress-submit').click()
    await kiosk.getByTestId('problem').first().waitFor()
    await screen(kiosk, 'kiosk/progress-wrong')
    await kiosk.getByTestId('progress-password').click()
    await kiosk.keyboard.type(password)
    await kiosk.getByTestId('progress-submit').click()
    await is(kiosk, `progress-case-${number}`, 'data-state', 'ACCEPTED')
    await kiosk.getByTestId('progress-print').click()
    await until('the progress is printed', async () => ['confirmed', 'parsed'].includes(await attr(kiosk, 'progress', 'data-print')))
    const slip = await hall.keepSlip('progress')
    expect(slip.text.replace(/\s/g, '')).toContain(number)
    expect(slip.text).not.toContain('110101199003')
    await home()
  })
})

describe('7 what goes wrong', () => {
  let late = '', refused = '', cancelled = ''

  it('a department that never answers: the case waits, and the minute runs', async () => {
    await serve(two, 'open-company')
    await open(two, 'counter-2', 'J', 'open-company')
    for (const m of ['M05', 'M01', 'M02']) {
      await two.getByTestId(`original-${m}`).click()
      await is(two, `material-${m}`, 'data-state', 'DONE')
    }
    await two.getByTestId('method-M15-E_SHARE').click()
    await is(two, 'material-M15', 'data-state', 'E_WAIT')
    await two.getByTestId('accept').click()
    await is(two, 'case', 'data-state', 'PENDING_SHARE')
    late = await attr(two, 'case', 'data-number')
    await screen(two, 'counter/waiting')
  })
  it('a department that says no: 材料缺失, changed, submitted again, accepted', async () => {
    await open(one, 'counter-1', 'resident', 'card-lost')
    await one.getByTestId('method-M02-E_SHARE').click()
    await is(one, 'material-M02', 'data-state', 'E_WAIT')
    await one.getByTestId('accept').click()
    await is(one, 'case', 'data-state', 'PENDING_SHARE')
    refused = await attr(one, 'case', 'data-number')
    await hall.departments('/refuse', { id: (await order('M02')).id, reason: 'not_found' })
    await is(one, 'material-M02', 'data-state', 'MISSING')
    await is(one, 'case', 'data-anomaly', 'true')
    await screen(one, 'counter/missing')
    if (await one.getByTestId('edit').isVisible().catch(() => false)) await one.getByTestId('edit').click()
    expect(await one.getByTestId('accept').isEnabled()).toBe(false)
    expect(await attr(one, 'accept', 'data-why')).toBe('material_missing')
    await one.getByTestId('original-M02').click()
    await is(one, 'material-M02', 'data-state', 'DONE')
    await is(one, 'case', 'data-resubmit', 'true')
    await one.getByTestId('accept').click()
    await is(one, 'case', 'data-state', 'ACCEPTED')
    expect(refused).not.toBe(number)
  })
  it('a case that is cancelled while its paper is on the way: the paper is taken in, for custody only', async () => {
    await open(one, 'counter-1', 'resident', 'open-shop')
    for (const m of ['M01', 'M02']) {
      await one.getByTestId(`original-${m}`).click()
      await is(one, `material-${m}`, 'data-state', 'DONE')
    }
    await one.getByTestId('method-M03-PAPER_SHARE').click()
    await is(one, 'material-M03', 'data-state', 'P_WAIT_OUT')
    await one.getByTestId('accept').click()
    await is(one, 'case', 'data-state', 'PENDING_SHARE')
    cancelled = await attr(one, 'case', 'data-number')
    await out.getByTestId(`batch-${cancelled}`).waitFor()
    await out.getByTestId(`labels-${cancelled}`).click()
    const slip = await waitSlip('station-civil-1/printer', 'the label', (s) => s.qr.some((q) => q.startsWith('HL1.') && q.includes(cancelled)))
    const paper = slip.qr.find((q) => q.startsWith('HL1.')) ?? ''
    await scan('station-civil-1', paper)
    await is(out, 'last', 'data-result', 'ok')
    await is(one, 'material-M03', 'data-state', 'P_WAIT_IN')
    if (await one.getByTestId('edit').isVisible().catch(() => false)) await one.getByTestId('edit').click()
    await one.getByTestId('cancel').click()
    await one.getByTestId('cancel-dialog').waitFor()
    expect(await one.getByTestId('cancel-dialog').innerText()).toContain('该办件正在等待材料提交，是否取消办件？')
    await screen(one, 'counter/cancel')
    await one.getByTestId('cancel-confirm').click()
    await is(one, 'case', 'data-state', 'WITHDRAWN')
    await until('the hall station knows', async () => (await attr(into, `batch-${cancelled}`, 'data-withdrawn')) === 'true')
    await scan('station-hall-1', paper)
    await is(into, 'last', 'data-result', 'return')
    await screen(into, 'station/custody-only')
    await into.getByTestId('mode-return_out').click()
    await is(into, 'station', 'data-mode', 'return_out')
    await scan('station-hall-1', paper)
    await is(into, 'last', 'data-result', 'ok')
    await into.getByTestId('mode-in').click()
    await out.getByTestId('mode-return_in').click()
    await is(out, 'station', 'data-mode', 'return_in')
    await scan('station-civil-1', paper)
    await is(out, 'last', 'data-result', 'ok')
    await out.getByTestId('mode-out').click()
  })
  it('two clerks on one case: the second is told that it has changed', async () => {
    await open(one, 'counter-1', 'resident', 'open-shop')
    await one.getByTestId('original-M01').click()
    await is(one, 'material-M01', 'data-state', 'DONE')
    await one.getByTestId('receive').click()
    await is(one, 'case', 'data-state', 'RECEIVED')
    const shared = await attr(one, 'case', 'data-number')
    // Both look at one version; what one does, the other must not undo unseen.
    await two.getByTestId('desk-tab-done').click().catch(() => undefined)
    // What was just made may not have come over yet: then the desk says so, and one scans again.
    await until('counter 2 has the case', async () => {
      await scan('counter-2', shared)
      await two.waitForTimeout(700)
      return (await two.getByTestId('case').getAttribute('data-number', { timeout: 300 }).catch(() => '')) === shared
    }, 30_000)
    await hall.bench('/lines', { id: 'counter-2', up: false })
    await is(two, 'line', 'data-online', 'false')
    await one.getByTestId('method-M03-PAPER_SHARE').click()
    await is(one, 'material-M03', 'data-state', 'P_WAIT_OUT')
    expect(await attr(two, 'material-M03', 'data-state')).toBe('PREPARE')
    await two.getByTestId('original-M03').click().catch(() => undefined)
    await screen(two, 'counter/offline')
    await hall.bench('/lines', { id: 'counter-2', up: true })
    await is(two, 'line', 'data-online', 'true')
    await until('both see the same', async () => (await attr(two, 'case', 'data-version')) === (await attr(one, 'case', 'data-version')), 30_000)
    expect(await attr(two, 'material-M03', 'data-state')).toBe(await attr(one, 'material-M03', 'data-state'))
  })
  it('共享超时: the minute is over; changed, submitted again, accepted', async () => {
    await scan('counter-2', late)
    await is(two, 'case', 'data-number', late)
    await is(two, 'material-M15', 'data-state', 'TIMEOUT', 90_000)
    await is(two, 'case', 'data-anomaly', 'true')
    await screen(two, 'counter/timeout')
    await manager.getByTestId('section-cases').click()
    await until('the manager sees it', async () => (await manager.getByText(late).count()) > 0)
    await screen(manager, 'manager/cases')
    if (await two.getByTestId('edit').isVisible().catch(() => false)) await two.getByTestId('edit').click()
    await two.getByTestId('drop-M15').click()
    await is(two, 'material-M15', 'data-state', 'PREPARE')
    await two.getByTestId('original-M15').click()
    await is(two, 'material-M15', 'data-state', 'DONE')
    await two.getByTestId('accept').click()
    await is(two, 'case', 'data-state', 'ACCEPTED')
  }, 150_000)
})

describe('at the end', () => {
  it('the stations, the desk and the progress speak every language', async () => {
    for (const [page, name] of [[out, 'station'], [one, 'desk'], [manager, 'manager-cases']] as const)
      for (const lang of ['zh-Hant', 'en', 'pt', 'zh-Hans']) {
        await page.getByTestId(`lang-${lang}`).first().click()
        await page.waitForTimeout(150)
        await shot(page, `${name}-${lang}`)
      }
  })
  it('no page threw an error', () => {
    expect(hall.errors).toEqual([])
  })
  it('every screen on the way was accessible and readable', () => {
    expect(findings).toEqual([])
  })
})
