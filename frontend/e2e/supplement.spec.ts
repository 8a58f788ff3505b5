// What the law makes of a case at the counter, by clicking and by keys: everything
// that is missing is told once and never twice, the supplement is taken in and the
// case accepted, another is not accepted; their papers come out on A4. Real
// programs; pictures and papers are kept in build/out.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Page } from 'playwright-core'
import { Hall, until, wake, attrOf as attr, is, sitsDown } from './hall'
import { findings, screen } from './tour'

let hall: Hall
let kiosk: Page, one: Page

const settled = (p: Page): Promise<void> => is(p, 'case', 'data-pending', 'false')

interface Order { id: string; kind: string; state: string; material?: string }

const serve = (): Promise<void> => sitsDown(kiosk, one, 'open-shop')

/** A case for the person whose card lies on the reader, taken in by the clerk. */
async function received(item: string, before: () => Promise<void>): Promise<string> {
  await hall.bench('/idcard/place', { id: 'counter-1/idcard', card: 'resident' })
  await one.getByTestId('applicant-name').waitFor()
  await one.getByTestId(`open-item-${item}`).click()
  await is(one, 'case', 'data-state', 'DRAFT')
  await hall.bench('/idcard/remove', { id: 'counter-1/idcard' })
  await before()
  await one.getByTestId('receive').click()
  await is(one, 'case', 'data-state', 'RECEIVED')
  await settled(one)
  return attr(one, 'case', 'data-number')
}

/** A paper of the case in hand comes out on A4; its words. */
async function sheet(paper: string, n: number): Promise<string> {
  await until(`${paper} may be printed`, async () => (await attr(one, `print-${paper}`, 'data-why')) === '')
  await one.getByTestId(`print-${paper}`).click()
  await is(one, `printed-${paper}`, 'data-outcome', 'confirmed', 60_000)
  return (await hall.keepDocument(paper, 'counter-1/sheet', n)).replace(/\s/g, '')
}

/** A card lies on the kiosk's reader: the cases of its person. */
async function progressByCard(number: string, state: string): Promise<void> {
  await wake(kiosk)
  for (const id of ['done', 'notice-ok', 'back', 'leave'])
    if (await kiosk.getByTestId(id).first().isVisible().catch(() => false)) {
      await kiosk.getByTestId(id).first().click({ timeout: 1000 }).catch(() => undefined)
      break
    }
  await is(kiosk, 'kiosk', 'data-phase', 'home')
  await kiosk.getByTestId('way-progress').click()
  await is(kiosk, 'progress', 'data-step', 'ask')
  await hall.bench('/idcard/place', { id: 'kiosk-1/idcard', card: 'resident' })
  await is(kiosk, `progress-case-${number}`, 'data-state', state)
}

beforeAll(async () => {
  hall = await Hall.start()
  kiosk = await hall.open('kiosk-1', '', { width: 1080, height: 1920 })
  one = await hall.open('counter-1', '', { width: 1366, height: 768 })
  await hall.departments('/behaviour', { department: 'police', material: 'M02', query: 'yes', delivery: 'never', seconds: 0, think: 0 })
  await hall.signIn(one, '1001')
  await one.getByTestId('open').click()
  await is(one, 'window-state', 'data-state', 'open')
})
afterEach((ctx) => hall?.failed(ctx))
afterAll(async () => {
  await hall?.stop()
})

let number = ''

describe('1 everything that is missing is told, once', () => {
  it('a case is taken in: the clock of the notice runs, in words', async () => {
    await serve()
    number = await received('open-shop', async () => {
      await one.getByTestId('method-M02-E_SHARE').click()
      await is(one, 'material-M02', 'data-state', 'E_WAIT')
    })
    expect(await attr(one, 'clock', 'data-kind')).toBe('notice')
    expect(await attr(one, 'clock', 'data-light')).toBe('green')
    expect(await attr(one, 'clock', 'data-left')).toBe('5')
    await screen(one, 'counter/received')
  })
  it('the key «,» opens the list: what is missing is on it and stays, what a department brings is not', async () => {
    await one.getByTestId('case-number').focus().catch(() => undefined)
    await one.keyboard.press(',')
    await one.getByTestId('missing-dialog').waitFor()
    expect(await attr(one, 'missing-dialog', 'data-listed')).toBe('2')
    for (const key of ['M01', 'M03']) expect(await one.getByTestId(`missing-on-${key}`).isDisabled()).toBe(true)
    expect(await attr(one, 'missing-M02', 'data-on')).toBe('false')
    await one.getByTestId('missing-words-M01').fill('租赁合同要有出租人签字，示例第二页')
    await screen(one, 'counter/tell-missing')
  })
  it('what was typed stays when the page is loaded again', async () => {
    await one.waitForTimeout(1500) // it is kept a moment after the last key
    await one.reload()
    await one.getByTestId('missing-dialog').waitFor()
    expect(await one.getByTestId('missing-words-M01').inputValue()).toBe('租赁合同要有出租人签字，示例第二页')
  })
  it('it is told: the case waits for the person, the other clock runs, the notice comes out on A4', async () => {
    await one.getByTestId('missing-confirm').click()
    await is(one, 'case', 'data-state', 'SUPPLEMENT_DUE')
    await settled(one)
    expect(await attr(one, 'case-supplement', 'data-open')).toBe('2')
    expect(await attr(one, 'clock', 'data-kind')).toBe('supplement')
    expect(await one.getByTestId('missing').count()).toBe(0)
    expect(await attr(one, 'supplied', 'data-why')).toBe('supplement_open')
    const words = await sheet('supplement', 1)
    for (const want of ['补正告知书', '37010001-2026-B000001', number, '一次性告知', '租赁合同要有出租人签字', '未提交', '示例市市场监督管理局', '收到人签字']) expect(words).toContain(want)
    await screen(one, 'counter/supplement-due')
  })
  it('the person sees at the kiosk what to bring, and until when', async () => {
    await progressByCard(number, 'SUPPLEMENT_DUE')
    expect(await attr(kiosk, 'progress-next-step', 'data-code')).toBe('supplement_by')
    expect(await attr(kiosk, 'progress-material-0', 'data-fault')).toBe('missing')
    await screen(kiosk, 'kiosk/supplement')
    await hall.bench('/idcard/remove', { id: 'kiosk-1/idcard' })
    await kiosk.getByTestId('done').click()
  })
})

describe('2 the supplement is taken in', () => {
  it('with everything on the list in, the key «.» takes it in; the department is still waited for', async () => {
    for (const key of ['M01', 'M03']) {
      await one.getByTestId(`original-${key}`).click()
      await is(one, `material-${key}`, 'data-state', 'DONE')
    }
    await until('it may be taken in', async () => (await attr(one, 'supplied', 'data-why')) === '')
    await one.keyboard.press('.')
    await is(one, 'case', 'data-state', 'PENDING_SHARE')
    await settled(one)
    const words = await sheet('supplied', 2)
    for (const want of ['补交材料接收凭证', '37010001-2026-B000001', number]) expect(words).toContain(want)
  })
  it('nothing is told a second time, and the rule says why', async () => {
    expect(await attr(one, 'missing', 'data-why')).toBe('supplement_used')
    expect(await one.getByTestId('missing').isDisabled()).toBe(true)
    expect(await one.getByTestId('missing').getAttribute('title')).toBe('补正只能告知一次，这个办件已经告知过')
    await one.keyboard.press(',')
    expect(await one.getByTestId('missing-dialog').count()).toBe(0)
    await screen(one, 'counter/told-once')
  })
  it('the last material comes: accepted, and the clock of the decision runs', async () => {
    let found: Order | undefined
    await until('the order of M02', async () => {
      const { requests } = await hall.departments<{ requests: Order[] }>('/state')
      found = requests.find((r) => r.kind === 'order' && r.material === 'M02' && r.state === 'waiting')
      return !!found
    }, 30_000)
    await hall.departments('/deliver', { id: found?.id, how: 'twice' })
    await is(one, 'case', 'data-state', 'ACCEPTED')
    expect(await attr(one, 'clock', 'data-kind')).toBe('decision')
    const words = await sheet('sheet', 3)
    for (const want of ['受理通知书', number]) expect(words).toContain(want)
  })
})

let refused = ''

describe('3 another case is not accepted', () => {
  it('the key «-» asks for the reason, and for where to go', async () => {
    await one.getByTestId('leave').click()
    await one.getByTestId('case').waitFor({ state: 'detached' })
    refused = await received('card-lost', async () => {
      await one.getByTestId('original-M02').click()
      await is(one, 'material-M02', 'data-state', 'DONE')
    })
    await one.keyboard.press('-')
    await one.getByTestId('refuse-dialog').waitFor()
    expect(await one.getByTestId('refuse-confirm').isDisabled()).toBe(true)
    await one.getByTestId('refuse-outside_remit').check()
    expect(await one.getByTestId('refuse-confirm').isDisabled()).toBe(true)
    await one.getByTestId('refuse-authority').fill('示例县社会保险事业中心')
    await one.getByTestId('refuse-words').fill('参保地不在本市，请到参保地办理')
    await screen(one, 'counter/refuse')
    await one.getByTestId('refuse-confirm').click()
    await is(one, 'case', 'data-state', 'NOT_ACCEPTED')
    await settled(one)
    await one.getByTestId('case-refused').waitFor()
    await screen(one, 'counter/refused')
    const words = await sheet('refusal', 4)
    for (const want of ['不予受理通知书', '37010001-2026-J000001', refused, '不属于本机关职权范围', '示例县社会保险事业中心', '参保地不在本市', '行政复议']) expect(words).toContain(want)
  })
  it('the person reads at the kiosk that it was not accepted', async () => {
    await progressByCard(refused, 'NOT_ACCEPTED')
    await screen(kiosk, 'kiosk/not-accepted')
    await hall.bench('/idcard/remove', { id: 'kiosk-1/idcard' })
    await kiosk.getByTestId('done').click()
  })
})

describe('4 the lists', () => {
  it('the list of applications from outside is reached by «0»; one\'s own cases show their clocks', async () => {
    await one.getByTestId('desk-tab-case').focus()
    await one.keyboard.press('0')
    await is(one, 'desk', 'data-tab', 'review')
    await screen(one, 'counter/review')
    await one.getByTestId('desk-tab-mine').click()
    await one.getByTestId(`mine-${number}`).waitFor()
    expect(await one.getByTestId(`mine-${number}`).getByTestId('clock').getAttribute('data-kind')).toBe('decision')
    await screen(one, 'counter/mine')
  })
})

describe('at the end', () => {
  it('no page threw an error', () => {
    expect(hall.errors).toEqual([])
  })
  it('every screen on the way was accessible and readable', () => {
    expect(findings).toEqual([])
  })
})
