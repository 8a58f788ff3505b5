// What becomes of a case after its acceptance, at the desk: it is handled, a special
// procedure stops its clock, the time is extended, it is reviewed, decided, completed
// and collected, each by whom the rules let. Real programs; pictures are kept in
// build/out.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Page } from 'playwright-core'
import { Hall, until, attrOf as attr, is, sitsDown } from './hall'
import { homeOf } from './kiosk'
import { findings, screen } from './tour'

let hall: Hall
let kiosk: Page, window1: Page, desk: Page
let number = ''

const settled = (p: Page): Promise<void> => is(p, 'case', 'data-pending', 'false')
async function signIn(p: Page, staff: string): Promise<void> {
  await hall.signIn(p, staff)
  await p.getByTestId('staff-name').waitFor()
}
/** Somebody of the office comes to the desk and opens the case from the list. */
async function comes(staff: string): Promise<void> {
  if (await desk.getByTestId('signout').isVisible().catch(() => false)) await desk.getByTestId('signout').click()
  await signIn(desk, staff)
  await is(desk, 'desk', 'data-tab', 'approval')
  await desk.getByTestId(`approval-view-${number}`).click()
  await is(desk, 'case', 'data-number', number)
}
/** An act of the office with what it asks. */
async function act(p: Page, which: string, fill: () => Promise<void>): Promise<void> {
  await until(`${which} may be done`, async () => p.getByTestId(`office-${which}`).isEnabled().catch(() => false))
  await p.getByTestId(`office-${which}`).click()
  await is(p, 'office-dialog', 'data-act', which)
  await fill()
  await p.getByTestId('office-confirm').click()
  await p.getByTestId('office-dialog').waitFor({ state: 'detached' })
}

beforeAll(async () => {
  hall = await Hall.start()
  kiosk = await hall.open('kiosk-1', '', { width: 1080, height: 1920 })
  window1 = await hall.open('counter-1', '', { width: 1366, height: 768 })
  desk = await hall.open('counter-2', '', { width: 1366, height: 768 })
  await signIn(window1, '1001')
  await window1.getByTestId('open').click()
  await is(window1, 'window-state', 'data-state', 'open')
})
afterEach((ctx) => hall?.failed(ctx))
afterAll(async () => {
  await hall?.stop()
})

describe('1 a case is accepted', () => {
  it('with all its papers at the window: the clock of the decision runs, and it waits for who handles it', async () => {
    await sitsDown(kiosk, window1, 'open-shop')
    await hall.bench('/idcard/place', { id: 'counter-1/idcard', card: 'resident' })
    await window1.getByTestId('applicant-name').waitFor()
    await window1.getByTestId('open-item-open-shop').click()
    await is(window1, 'case', 'data-state', 'DRAFT')
    for (const key of ['M01', 'M02', 'M03']) {
      await window1.getByTestId(`original-${key}`).click()
      await is(window1, `material-${key}`, 'data-state', 'DONE')
    }
    await until('it may be accepted', async () => window1.getByTestId('accept').isEnabled())
    await window1.getByTestId('accept').click()
    await is(window1, 'case', 'data-state', 'ACCEPTED', 60_000)
    await settled(window1)
    number = await attr(window1, 'case', 'data-number')
    expect(number).not.toBe('')
    expect(await attr(window1, 'clock', 'data-kind')).toBe('decision')
    expect(await attr(window1, 'case-approval', 'data-step')).toBe('1')
    // This item's first step is the office's, and the window is told so.
    expect(await window1.getByTestId('office-pass').isDisabled()).toBe(true)
    await screen(window1, 'counter/accepted')
  })
})

describe('2 it goes through the office', () => {
  it('who handles it has it in the list, and passes it on with an opinion', async () => {
    await comes('4001')
    await screen(desk, 'counter/office-case')
    await desk.getByTestId('office-pass').click()
    await desk.getByTestId('office-dialog').waitFor()
    expect(await desk.getByTestId('office-confirm').isDisabled()).toBe(true) // without an opinion
    await desk.getByTestId('office-words').fill('材料齐全，拟同意')
    await screen(desk, 'counter/office-pass')
    await desk.getByTestId('office-confirm').click()
    await is(desk, 'case', 'data-state', 'IN_APPROVAL')
    await is(desk, 'case-approval', 'data-step', '2')
  })
  it('a special procedure of the law stops the clock until it ends', async () => {
    await comes('4005')
    await act(desk, 'special', async () => {
      await desk.getByTestId('office-name').selectOption('expert_review')
      await desk.getByTestId('office-reason-law_requires').check()
      await desk.getByTestId('office-n').fill('5')
      await screen(desk, 'counter/office-special')
    })
    await is(desk, 'case', 'data-state', 'SPECIAL_STOP')
    await is(desk, 'clock', 'data-light', 'paused')
    await settled(desk)
    // What the applicant is told in writing comes out by itself.
    await is(desk, 'printed-special.1', 'data-outcome', 'confirmed', 60_000)
    await screen(desk, 'counter/office-stopped')
    await act(desk, 'special_end', async () => {
      await desk.getByTestId('office-result-passed').check()
    })
    await is(desk, 'case', 'data-state', 'IN_APPROVAL')
    await is(desk, 'clock', 'data-light', 'green')
  })
  it('who reviews it passes it on; who handled it could not', async () => {
    await comes('4002')
    // The reviewer reads what the handler said; the window does not.
    await is(desk, 'case-steps', 'data-opinions', 'shown', 60_000)
    expect(await desk.getByTestId('said-1').innerText()).toBe('材料齐全，拟同意')
    expect(await attr(window1, 'case-steps', 'data-opinions')).toBe('closed')
    expect(await window1.getByTestId('said-1').count()).toBe(0)
    await screen(desk, 'counter/office-opinions')
    await act(desk, 'pass', async () => {
      await desk.getByTestId('office-words').fill('经审核，符合条件')
    })
    await is(desk, 'case-approval', 'data-step', '3')
  })
  it('the head of the authority extends the time, once', async () => {
    await comes('4004')
    const before = await attr(desk, 'clock', 'data-left')
    await act(desk, 'extend', async () => {
      await desk.getByTestId('office-days').fill('5')
      await desk.getByTestId('office-reason-complex').check()
    })
    await is(desk, 'clock', 'data-left', String(Number(before) + 5))
    expect(await desk.getByTestId('office-extend').count()).toBe(0)
    await is(desk, 'printed-extension', 'data-outcome', 'confirmed', 60_000)
  })
  it('it is granted', async () => {
    await comes('4003')
    await act(desk, 'decide', async () => {
      await desk.getByTestId('office-result-grant').check()
      await screen(desk, 'counter/office-decide')
    })
    await is(desk, 'case', 'data-state', 'DECIDED')
    await is(desk, 'case-decision', 'data-result', 'grant')
    await settled(desk)
    await is(desk, 'printed-grant', 'data-outcome', 'confirmed', 60_000)
    await screen(desk, 'counter/office-decided')
  })
})

describe('3 the person gets it', () => {
  it('the window completes it with the certificate', async () => {
    await is(window1, 'case', 'data-state', 'DECIDED')
    await act(window1, 'complete', async () => {
      await window1.getByTestId('office-completion-0').check()
      await window1.getByTestId('office-cert_name').fill('营业执照')
      await window1.getByTestId('office-cert_no').fill('示例字第0001号')
      await window1.getByTestId('office-cert_issuer').fill('示例市市场监督管理局')
      await screen(window1, 'counter/office-complete')
    })
    await is(window1, 'case', 'data-state', 'COMPLETED')
    await settled(window1)
  })
  it('and hands it to the person whose card was read', async () => {
    await act(window1, 'collect', async () => {
      await window1.getByTestId('office-way-counter').check()
      await window1.getByTestId('office-collector').waitFor()
    })
    await is(window1, 'case', 'data-state', 'COLLECTED')
    expect(await attr(window1, 'case-collection', 'data-way')).toBe('counter')
    await settled(window1)
    await is(window1, 'printed-collection', 'data-outcome', 'confirmed', 60_000)
    // Again, by the clerk: a copy.
    await window1.getByTestId('print-collection').click()
    await until('the copy is out', async () => (await attr(window1, 'printed-collection', 'data-outcome')) === 'confirmed')
    await screen(window1, 'counter/collected')
    await hall.bench('/idcard/remove', { id: 'counter-1/idcard' })
  })
})

/** What a step of the office writes into the form; it cannot be done before. */
async function formAtTheOffice(key: string, fill: () => Promise<void>, still: Record<string, string>): Promise<void> {
  await is(desk, 'form-line', 'data-known', 'true')
  await is(desk, 'form-line', 'data-done', 'false')
  expect(await desk.getByTestId('office-pass').isDisabled()).toBe(true)
  await desk.getByTestId('form-open').click()
  await desk.getByTestId('form-dialog').waitFor()
  for (const [field, text] of Object.entries(still)) expect(await desk.getByTestId(`form-${field}`).innerText(), field).toBe(text)
  await desk.getByTestId('form-save').click()
  await until('what is missing is told', async () => (await desk.locator(`[data-field=${key}][data-wrong=true]`).count()) === 1)
  await fill()
  await screen(desk, `counter/office-form-${key}`)
  await desk.getByTestId('form-save').click()
  await desk.getByTestId('form-dialog').waitFor({ state: 'detached' })
  await is(desk, 'form-line', 'data-done', 'true')
}

describe('4 a form in which the office writes, too', () => {
  it('the window fills in its part, and owes nothing of the office', async () => {
    await window1.getByTestId('finish').click()
    await is(window1, 'current', 'data-number', '')
    await homeOf(kiosk)
    await sitsDown(kiosk, window1, 'medical-refund', 'insurance')
    await hall.bench('/idcard/place', { id: 'counter-1/idcard', card: 'resident' })
    await window1.getByTestId('applicant-name').waitFor()
    await window1.getByTestId('open-item-medical-refund').click()
    await is(window1, 'case', 'data-state', 'DRAFT')
    for (const key of ['M12', 'M13', 'M14']) {
      await window1.getByTestId(`original-${key}`).click()
      await is(window1, `material-${key}`, 'data-state', 'DONE')
    }
    expect(await window1.getByTestId('accept').isDisabled()).toBe(true)
    await window1.getByTestId('form-open').click()
    expect(await window1.getByTestId('form-granted').count()).toBe(0)
    for (const [field, text] of [['account', '6200000000000000019'], ['bank', '示例银行'], ['amount', '1200.50'], ['treated', '2026-11-02']])
      await window1.getByTestId(`form-${field}`).fill(text as string)
    await window1.getByTestId('form-kind').selectOption('hospital')
    await screen(window1, 'counter/office-form-window')
    await window1.getByTestId('form-checked-true').check()
    await window1.getByTestId('form-save').click()
    await window1.getByTestId('form-dialog').waitFor({ state: 'detached' })
    await until('it may be accepted', async () => window1.getByTestId('accept').isEnabled())
    await window1.getByTestId('accept').click()
    await is(window1, 'case', 'data-state', 'ACCEPTED')
    await settled(window1)
    number = await attr(window1, 'case', 'data-number')
    await hall.bench('/idcard/remove', { id: 'counter-1/idcard' })
  })
  it('who handles it writes the first answer, who reviews it the sum', async () => {
    await comes('4001')
    await formAtTheOffice('repeated', () => desk.getByTestId('form-repeated-true').check(), { account: '6200000000000000019', amount: '1200.50' })
    await act(desk, 'pass', () => desk.getByTestId('office-words').fill('未见重复报销，拟同意'))
    await comes('4002')
    await formAtTheOffice('granted', async () => {
      await desk.getByTestId('form-granted').fill('980.40')
      await desk.getByTestId('form-deducted').fill('目录外药品 220.10 元')
    }, { amount: '1200.50', repeated: '是' })
    await act(desk, 'pass', () => desk.getByTestId('office-words').fill('已核算'))
    await is(desk, 'case-approval', 'data-step', '3')
  })
  it('who decides reads it all, and changes nothing', async () => {
    await comes('4003')
    await is(desk, 'form-line', 'data-known', 'true')
    await desk.getByTestId('form-open').click()
    await desk.getByTestId('form-dialog').waitFor()
    for (const [field, text] of [['amount', '1200.50'], ['repeated', '是'], ['granted', '980.40'], ['deducted', '目录外药品 220.10 元']])
      expect(await desk.getByTestId(`form-${field}`).innerText(), field).toBe(text)
    expect(await desk.getByTestId('form-save').count()).toBe(0)
    await screen(desk, 'counter/office-form-read')
    await desk.getByTestId('form-close').click()
    await act(desk, 'decide', () => desk.getByTestId('office-result-grant').check())
    await is(desk, 'case', 'data-state', 'DECIDED')
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
