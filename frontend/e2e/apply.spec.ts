// An application that its owner begins at the kiosk: what is needed, the questions
// beforehand, the card, materials from a department and by the camera with the line
// cut in the middle, the slip; reviewed and accepted at the counter; another one is
// left and gone on with, changed and cancelled; one is made without the line. A
// photograph is taken back, and the slip printed once more. Real programs; pictures and
// slips are kept in build/out.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Page } from 'playwright-core'
import { Hall, until, is } from './hall'
import { attrOf, homeOf, tourOf } from './kiosk'
import { findings, screen } from './tour'

let hall: Hall
let kiosk: Page, one: Page
let number = '', password = ''

const press = (id: string): Promise<void> => kiosk.getByTestId(id).click()
const step = (want: string): Promise<void> => is(kiosk, 'kiosk', 'data-place', `apply_${want}`)
const material = (key: string, state: string): Promise<void> => is(kiosk, `apply-material-${key}`, 'data-state', state)
let taken = 0 // when the card was taken away: a hand needs as long as this until it is back; sooner is a bouncing contact for the reader
async function card(on: boolean): Promise<void> {
  const still = taken + 1200 - Date.now()
  if (on && still > 0) await kiosk.waitForTimeout(still)
  await hall.bench(`/idcard/${on ? 'place' : 'remove'}`, { id: 'kiosk-1/idcard', ...(on ? { card: 'resident' } : {}) })
  if (!on) taken = Date.now()
}
const line = (up: boolean): Promise<unknown> => hall.bench('/lines', { id: 'kiosk-1', up })
const behave = (department: string, key: string, query: string, delivery: string): Promise<unknown> =>
  hall.departments('/behaviour', { department, material: key, query, delivery, seconds: 0, think: 0 })

/** The department hands over what it was asked for. */
async function deliver(key: string): Promise<void> {
  let id = ''
  await until(`an order of ${key}`, async () => {
    const { requests } = await hall.departments<{ requests: { id: string; kind: string; state: string; material?: string }[] }>('/state')
    id = requests.find((r) => r.kind === 'order' && r.material === key && r.state === 'waiting')?.id ?? ''
    return id !== ''
  }, 60_000)
  await hall.departments('/deliver', { id, how: 'at_once' })
}

/** From the first screen to what is needed for an item. */
async function needs(item: string): Promise<void> {
  await homeOf(kiosk)
  await press('way-apply')
  await step('items')
  await press(`apply-item-${item}`)
  await step('needs')
}
/** Through the questions, answered as they should be, and the card, to the materials. */
async function toMaterials(item: string, answers: string[], form?: () => Promise<void>): Promise<void> {
  await needs(item)
  await press('apply-begin')
  await step('check')
  for (const answer of answers) {
    const at = await attrOf(kiosk, 'apply-check', 'data-check')
    await press(`apply-${answer}`)
    await until('the next question', async () => (await attrOf(kiosk, 'apply-check', 'data-check')) !== at)
  }
  await press('apply-start')
  await step('identify')
  await card(true)
  if (form) {
    await step('form')
    await card(false)
    return form()
  }
  await step('materials')
  await card(false)
}
/** The question of the form that is in front. */
const question = (field: string): Promise<void> => is(kiosk, 'apply-form', 'data-field', field)
async function typeIn(text: string): Promise<void> {
  await kiosk.getByTestId('form-text').fill(text)
  await press('form-next')
}
async function dial(digits: string): Promise<void> {
  for (const one of digits) await press(`pad-${one}`)
  await press('form-next')
}
/** The form of a refund: one answer is wrong at first, one is left empty, one is changed at the end. */
async function fillRefund(): Promise<void> {
  await question('holder') // the card has said who it is
  await tourOf(kiosk, 'apply-form-text')
  await press('form-next')
  await question('account')
  await dial('62')
  await is(kiosk, 'apply-form', 'data-fault', 'pattern')
  await tourOf(kiosk, 'apply-form-wrong')
  await dial('00000000000000019')
  await question('bank')
  await typeIn('示例银行')
  await question('amount')
  for (const key of ['pad-1', 'pad-2', 'form-point', 'pad-5']) await press(key)
  await tourOf(kiosk, 'apply-form-amount')
  await press('form-next')
  await question('treated') // today, by the centre's clock
  await tourOf(kiosk, 'apply-form-day')
  await press('form-next')
  await question('kind')
  await tourOf(kiosk, 'apply-form-choice')
  await press('form-pick-outpatient')
  await question('phone')
  await press('form-next')
  await is(kiosk, 'apply-form', 'data-all', 'true')
  await press('form-change-kind')
  await question('kind')
  await press('form-pick-hospital')
  await is(kiosk, 'apply-form', 'data-all', 'true')
  await tourOf(kiosk, 'apply-form-all')
  await press('form-save')
  await step('materials')
  expect(await kiosk.getByTestId('apply-message').innerText()).toContain('保存成功')
}
/** The card of a material is open. */
async function opened(key: string): Promise<void> {
  if ((await attrOf(kiosk, `apply-material-${key}`, 'data-open')) !== 'true') await kiosk.getByTestId(`apply-material-${key}`).locator('.head').click()
}
/** A sheet is laid under the camera and photographed for a material. */
async function photograph(key: string, sheet: string): Promise<void> {
  await opened(key)
  await press(`apply-way-${key}-UPLOAD`)
  await step('capture')
  await hall.bench('/capture/lay', { id: 'kiosk-1/capture', sheet })
  await is(kiosk, 'capture-stage', 'data-sheet', 'true')
  await press('capture-take')
  await is(kiosk, 'apply-capture', 'data-shown', '1')
  await kiosk.getByTestId('capture-shown').locator('img').waitFor()
}
/** Without the line it is on its way until the line is back. */
async function handIn(key: string, look = 'DONE'): Promise<void> {
  await press('capture-finish')
  await step('materials')
  await is(kiosk, `apply-material-${key}`, 'data-look', look)
}
/** Looks it over and hands it in; the number on the screen. The slip comes by itself the first time. */
async function submit(first = true): Promise<string> {
  await until('it may be handed in', async () => kiosk.getByTestId('apply-next').isEnabled().catch(() => false), 60_000)
  await press('apply-next')
  await step('confirm')
  await press('apply-submit')
  await step('done')
  await until('there is a number', async () => (await attrOf(kiosk, 'apply-done', 'data-number')) !== '')
  if (first) await until('the slip is out', async () => ['confirmed', 'parsed'].includes(await attrOf(kiosk, 'apply-done', 'data-slip')), 60_000)
  return attrOf(kiosk, 'apply-done', 'data-number')
}
/** One's own cases, by the card. */
async function mine(): Promise<void> {
  await homeOf(kiosk)
  await press('way-progress')
  await is(kiosk, 'progress', 'data-step', 'ask')
  await card(true)
  await is(kiosk, 'progress', 'data-step', 'list')
  await card(false)
}

beforeAll(async () => {
  hall = await Hall.start()
  kiosk = await hall.open('kiosk-1', '', { width: 1080, height: 1920 })
  one = await hall.open('counter-1', '', { width: 1366, height: 768 })
  await kiosk.getByTestId('kiosk').waitFor()
  await behave('police', 'M10', 'yes', 'never')
  await behave('civil', 'M03', 'no', 'never')
  await hall.signIn(one, '1001')
  await one.getByTestId('open').click()
  await is(one, 'window-state', 'data-state', 'open')
  await until('the kiosk may issue numbers', async () => (await attrOf(kiosk, 'kiosk', 'data-issue')) === 'true')
})
afterEach((ctx) => hall?.failed(ctx))
afterAll(async () => {
  await hall?.stop()
})

describe('1 before one says who one is', () => {
  it('the first screen has the way in, an item too; what is needed is shown, and printed to take along', async () => {
    await homeOf(kiosk)
    await tourOf(kiosk, 'apply-home')
    await press('group-police')
    await kiosk.getByTestId('apply-newborn').waitFor()
    await tourOf(kiosk, 'apply-beside')
    await press('back')
    await press('way-apply')
    await step('items')
    await tourOf(kiosk, 'apply-items')
    await press('apply-item-newborn')
    await step('needs')
    await press('apply-print-needs')
    await until('the list is out', async () => ['confirmed', 'parsed'].includes(await attrOf(kiosk, 'apply-slip', 'data-outcome')), 60_000)
    const slip = await hall.keepSlip('apply-needs')
    expect(slip.unclean).toEqual([])
    await tourOf(kiosk, 'apply-needs')
  })
  it('the questions come one at a time; an answer that will not do is told at once', async () => {
    await press('apply-begin')
    await step('check')
    await tourOf(kiosk, 'apply-check')
    await press('apply-no')
    await is(kiosk, 'apply-check', 'data-stops', 'true')
    await tourOf(kiosk, 'apply-check-stops')
    await press('apply-again')
    await press('apply-yes')
    await is(kiosk, 'apply-check', 'data-check', '')
    await tourOf(kiosk, 'apply-check-done')
    await press('apply-start')
    await step('identify')
    await tourOf(kiosk, 'apply-identify')
  })
})

describe('2 the materials, with the line cut in the middle', () => {
  it('the card opens them; a department is asked for one (M1)', async () => {
    await card(true)
    await step('materials')
    await card(false)
    await is(kiosk, 'apply-materials', 'data-left', '3')
    await tourOf(kiosk, 'apply-materials')
    await kiosk.getByTestId('apply-material-M10').locator('.head').click()
    await press('apply-way-M10-E_SHARE')
    await material('M10', 'E_WAIT')
    expect(await kiosk.getByTestId('apply-message').innerText()).toContain('材料共享请求已发送')
  })
  it('another department says no (M3), and another way is chosen', async () => {
    await opened('M03')
    await press('apply-way-M03-E_SHARE')
    await material('M03', 'MISSING')
    expect(await kiosk.getByTestId('apply-message').innerText()).toContain('该材料暂不可共享，请选择其他提交方式')
    await tourOf(kiosk, 'apply-missing')
  })
  it('the line is cut: no department can be asked, photographing goes on', async () => {
    await line(false)
    await is(kiosk, 'line', 'data-online', 'false')
    await opened('M03')
    await until('sharing waits for the line', async () => kiosk.getByTestId('apply-way-M03-E_SHARE').isDisabled())
    await tourOf(kiosk, 'apply-cut')
    await photograph('M09', 'certificate')
    await tourOf(kiosk, 'apply-page')
    await press('capture-more')
    await is(kiosk, 'capture-stage', 'data-state', 'preview')
    await tourOf(kiosk, 'apply-camera')
    await press('capture-look')
    await handIn('M09', 'WAIT')
    expect(await kiosk.getByTestId('apply-next').count()).toBe(0)
  })
  it('the line is back: the last one is photographed, taken back and photographed anew, and all is looked over', async () => {
    await line(true)
    await is(kiosk, 'line', 'data-online', 'true')
    await photograph('M03', 'lease-1')
    await handIn('M03')
    await opened('M03')
    await tourOf(kiosk, 'apply-take-back')
    await press('apply-drop-M03')
    await material('M03', 'PREPARE')
    expect(await kiosk.getByTestId('apply-message').innerText()).toContain('已收回')
    expect(await kiosk.getByTestId('apply-next').count()).toBe(0)
    await tourOf(kiosk, 'apply-taken-back')
    await photograph('M03', 'lease-2')
    await handIn('M03')
    await until('it may be handed in', async () => kiosk.getByTestId('apply-next').isEnabled(), 60_000)
    await tourOf(kiosk, 'apply-ready')
    await press('apply-next')
    await step('confirm')
    await tourOf(kiosk, 'apply-confirm')
    await press('back')
    await step('materials')
  })
  it('it is handed in: the number stands large, the password only on the slip', async () => {
    number = await submit()
    expect(number).toMatch(/^\d{12,15}$/)
    await is(kiosk, 'apply-done', 'data-state', 'PENDING_SHARE')
    const slip = await hall.keepSlip('apply-success')
    expect(slip.unclean).toEqual([])
    expect(slip.text.replace(/\s/g, '')).toContain(number)
    expect(slip.text).not.toContain('11010119900307')
    password = /(\d{6})/.exec(slip.text.slice(slip.text.indexOf('查询密码')))?.[1] ?? ''
    expect(password).toMatch(/^\d{6}$/)
    expect(await kiosk.locator('body').innerText()).not.toContain(password)
    await tourOf(kiosk, 'apply-done')
    await press('done')
    await is(kiosk, 'kiosk', 'data-place', 'home')
    expect(await kiosk.content()).not.toContain(number)
  })
})

describe('3 at the counter', () => {
  it('it comes to the preliminary review when the department has delivered, and passes', async () => {
    await deliver('M10')
    await one.getByTestId('desk-tab-review').click()
    await one.getByTestId(`review-view-${number}`).click({ timeout: 60_000 })
    await is(one, 'case', 'data-number', number)
    await one.getByTestId('edit').click()
    await is(one, 'case', 'data-state', 'PRE_REVIEW')
    await one.getByTestId('pass').waitFor()
    await screen(one, 'counter/review')
    await until('it may be passed', async () => one.getByTestId('pass').isEnabled())
    await one.getByTestId('pass').click()
    await one.getByTestId('pass-dialog').waitFor()
    await one.getByTestId('bring-M09').check()
    await one.getByTestId('pass-confirm').click()
    await is(one, 'case', 'data-state', 'RECEIVED')
  })
  it('the person sees at the kiosk what to bring', async () => {
    await mine()
    await is(kiosk, `progress-case-${number}`, 'data-state', 'RECEIVED')
  })
  it('and prints the slip once more: marked as a copy, without the password', async () => {
    const before = (await hall.slips()).length
    await press(`progress-reprint-${number}`)
    await until('the copy is out', async () => ['confirmed', 'parsed'].includes(await attrOf(kiosk, 'progress', 'data-print')), 60_000)
    expect((await hall.slips()).length).toBe(before + 1)
    const slip = await hall.keepSlip('apply-copy')
    expect(slip.unclean).toEqual([])
    expect(slip.text.replace(/\s/g, '')).toContain(number)
    expect(slip.text).toContain('补打')
    expect(slip.text).not.toContain(password)
    expect(slip.text).not.toContain('11010119900307')
    await tourOf(kiosk, 'apply-copy')
    await press('done')
  })
  it('it is accepted', async () => {
    await until('it may be accepted', async () => one.getByTestId('accept').isEnabled(), 60_000)
    await one.getByTestId('accept').click()
    await is(one, 'case', 'data-state', 'ACCEPTED')
    await is(one, 'case', 'data-pending', 'false')
  })
})

describe('4 it is left, gone on with, changed and cancelled', () => {
  it('what was given is kept when one leaves, and gone on with by the card', async () => {
    await toMaterials('id-card', ['yes', 'no'])
    await photograph('M11', 'certificate')
    await handIn('M11')
    await until('it is kept', async () => (await attrOf(kiosk, 'apply-materials', 'data-waiting')) === 'false')
    await press('leave-home')
    await is(kiosk, 'kiosk', 'data-place', 'home')
    await mine()
    const draft = kiosk.locator('[data-testid^="progress-case-"][data-state="DRAFT"]').first()
    await draft.waitFor()
    if ((await draft.getAttribute('data-open')) !== 'true') await draft.locator('.head').click()
    await tourOf(kiosk, 'apply-mine')
    await draft.locator('[data-testid^="progress-continue-"]').click()
    await step('materials')
    await material('M11', 'DONE')
    await press('apply-way-M10-E_SHARE')
    await material('M10', 'E_WAIT')
  })
  it('it is handed in, and another way is chosen afterwards: it must be handed in again', async () => {
    number = await submit()
    await press('done')
    await mine()
    const row = kiosk.getByTestId(`progress-case-${number}`)
    if ((await row.getAttribute('data-open')) !== 'true') await row.locator('.head').click()
    await press(`progress-continue-${number}`)
    await step('materials')
    await kiosk.getByTestId('apply-material-M10').locator('.head').click()
    await press('apply-drop-M10')
    await material('M10', 'PREPARE')
    await press('apply-way-M10-E_SHARE')
    await material('M10', 'E_WAIT')
    await is(kiosk, 'apply-materials', 'data-resubmit', 'true')
    expect(await submit(false)).toBe(number)
  })
  it('it is cancelled after the question (M5)', async () => {
    await press('done')
    await mine()
    const row = kiosk.getByTestId(`progress-case-${number}`)
    if ((await row.getAttribute('data-open')) !== 'true') await row.locator('.head').click()
    await press(`progress-cancel-${number}`)
    await step('cancel')
    expect(await kiosk.getByTestId('apply-cancel-question').innerText()).toContain('该办件正在等待材料提交，是否取消申请？')
    await tourOf(kiosk, 'apply-cancel')
    await press('apply-cancel-yes')
    await step('done')
    await is(kiosk, 'apply-done', 'data-state', 'WITHDRAWN')
    await tourOf(kiosk, 'apply-cancelled')
    await press('done')
  })
})

describe('5 without the line', () => {
  it('the form is filled in with the line; a blank one can be taken along', async () => {
    await needs('medical-refund')
    await press('apply-print-form')
    await until('the blank form is out', async () => ['confirmed', 'parsed'].includes(await attrOf(kiosk, 'apply-slip', 'data-outcome')), 60_000)
    const slip = await hall.keepSlip('apply-blank-form')
    expect(slip.unclean).toEqual([])
    expect(slip.text).toContain('银行账号')
    await tourOf(kiosk, 'apply-needs-form')
    await toMaterials('medical-refund', ['yes', 'yes', 'yes'], fillRefund)
    await tourOf(kiosk, 'apply-form-saved')
  })
  it('all by the camera is taken here and sent later', async () => {
    await line(false)
    await is(kiosk, 'line', 'data-online', 'false')
    for (const key of ['M12', 'M13', 'M14']) {
      await photograph(key, 'certificate')
      await handIn(key, 'WAIT')
    }
    number = await submit()
    expect(number).not.toBe('')
    expect(await attrOf(kiosk, 'apply-done', 'data-offline')).toBe('true')
    await tourOf(kiosk, 'apply-offline')
    await press('done')
    await line(true)
    await is(kiosk, 'line', 'data-online', 'true')
    await until('the centre has it', async () => {
      await mine()
      return kiosk.getByTestId(`progress-case-${number}`).isVisible()
    }, 120_000)
    await is(kiosk, `progress-case-${number}`, 'data-state', 'APPLIED')
    await press('done')
  })
})

describe('6 what only a counter can take', () => {
  it('leads there with a list; what was given is kept', async () => {
    await toMaterials('id-card', ['yes', 'no'])
    await kiosk.getByTestId('apply-material-M11').locator('.head').click()
    await press('apply-way-M11-ORIGINAL')
    await is(kiosk, 'apply-material-M11', 'data-look', 'BRING')
    await press('apply-way-M10-E_SHARE')
    await material('M10', 'E_WAIT')
    await kiosk.getByTestId('apply-print-needs').waitFor()
    await tourOf(kiosk, 'apply-at-counter')
    await press('done')
    await is(kiosk, 'kiosk', 'data-place', 'home')
  })
  it('the clerk goes on with it when the card is read', async () => {
    await press('group-police')
    await press('item-id-card')
    await kiosk.getByTestId('ticket').waitFor()
    await one.getByTestId('next').click()
    await until('the counter has called', async () => (await attrOf(one, 'current', 'data-number')) !== '')
    await one.getByTestId('start').click()
    await is(one, 'current', 'data-state', 'SERVING')
    if (await one.getByTestId('leave').isVisible().catch(() => false)) await one.getByTestId('leave').click()
    await hall.bench('/idcard/place', { id: 'counter-1/idcard', card: 'resident' })
    const theirs = one.locator('[data-testid^="theirs-"][data-state="DRAFT"]').first()
    await theirs.waitFor()
    await screen(one, 'counter/theirs')
    await theirs.click()
    await is(one, 'case', 'data-state', 'DRAFT')
    await is(one, 'material-M10', 'data-state', 'E_WAIT')
    await hall.bench('/idcard/remove', { id: 'counter-1/idcard' })
  })
})

describe('7 a form at the counter', () => {
  it('begins with what is known; what is wrong is marked, and nothing goes on without it', async () => {
    await one.getByTestId('leave').click()
    await one.getByTestId('open-item-house-tax').click()
    await is(one, 'case', 'data-state', 'DRAFT')
    await is(one, 'form-line', 'data-done', 'false')
    await screen(one, 'counter/form-open')
    await one.getByTestId('form-open').click()
    await one.getByTestId('form-dialog').waitFor()
    await until('the buyer is known', async () => (await one.getByTestId('form-buyer').inputValue()) !== '')
    await one.getByTestId('form-address').fill('示例市示例路 1 号')
    await one.getByTestId('form-price').fill('abc')
    await one.getByTestId('form-save').click()
    await one.getByTestId('form-check').waitFor()
    await screen(one, 'counter/form-wrong')
  })
  it('is saved when it is right, and printed', async () => {
    await one.getByTestId('form-area').fill('88.5')
    await one.getByTestId('form-price').fill('1200000')
    await one.getByTestId('form-only_home-true').check()
    await one.getByTestId('form-save').click()
    await is(one, 'form-line', 'data-done', 'true')
    await one.getByTestId('form-dialog').waitFor({ state: 'detached' })
    await one.getByTestId('form-saved').waitFor()
    await until('the form may be printed', async () => one.getByTestId('print-form').isEnabled())
    await one.getByTestId('print-form').click()
    await until('the form is out', async () => ['confirmed', 'parsed'].includes(await attrOf(one, 'printed-form', 'data-outcome')), 60_000)
    await screen(one, 'counter/form-done')
    await one.getByTestId('leave').click()
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
