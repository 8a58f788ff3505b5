// Texts that a person cannot read whole: cut by a box that hides what does not
// fit, outside the window, or covered by something else.
import type { Page } from 'playwright-core'

/** Every such text on the page, with the box that does it. */
export async function cutTexts(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found = new Set<string>()
    const name = (el: Element) =>
      el.getAttribute('data-testid') ? `[data-testid=${el.getAttribute('data-testid')}]` : `${el.tagName.toLowerCase()}.${[...el.classList].join('.')}`
    const hidden = (el: Element): boolean => {
      if (!el.checkVisibility()) return true // also what is folded away in a <details>
      for (let at: Element | null = el; at; at = at.parentElement) {
        const style = getComputedStyle(at)
        if (style.display === 'none' || style.visibility === 'hidden' || style.opacity === '0' || style.clipPath === 'inset(50%)') return true
        if (at.closest('svg, option, script, style, noscript, [data-tour=aside]')) return true
      }
      return false
    }
    /** Whether what lies on top hides what is below it, and is not only an empty box. */
    const opaque = (top: Element, below: Element): boolean => {
      // Tools that come only when a hand does: their box is clear, whatever stands in it.
      for (let at: Element | null = top; at && !at.contains(below); at = at.parentElement) {
        const style = getComputedStyle(at)
        if (style.opacity === '0' || style.position === 'sticky') return false // or scrolled below a header, and back again
      }
      for (let at: Element | null = top; at && !at.contains(below); at = at.parentElement) {
        const style = getComputedStyle(at)
        if (style.position === 'fixed') return false
        if (at.closest('svg, img, canvas, video') || style.backgroundImage !== 'none' || !/^rgba\(.*, 0\)$|^transparent$/.test(style.backgroundColor)) return true
      }
      return false
    }
    const modal = document.querySelector('.h-dialog, [role=dialog], [role=alertdialog]')
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const words = node.textContent?.trim() ?? ''
      const parent = node.parentElement
      if (!words || !parent || hidden(parent)) continue
      if (modal && !modal.contains(parent)) continue // behind a dialog nothing is read
      const range = document.createRange()
      range.selectNodeContents(node)
      const rects = [...range.getClientRects()].filter((one) => one.width > 0.5 && one.height > 0.5)
      const said = words.length > 40 ? `${words.slice(0, 40)}…` : words
      for (const rect of rects) {
        // Ink is about as high as the letters, not as the line.
        const size = parseFloat(getComputedStyle(parent).fontSize)
        const slack = Math.max(2, (rect.height - size) / 2 + size * 0.14)
        let inSight = true
        let verdict = ''
        for (let at: Element | null = parent; at && at !== document.documentElement; at = at.parentElement) {
          const style = getComputedStyle(at)
          const box = at.getBoundingClientRect()
          if (at.matches('.el-table__header-wrapper')) {
            // A table's head moves with its rows when they are scrolled.
            if (rect.right > box.right + 1 || rect.left < box.left - 1) inSight = false
            break
          }
          if (/(auto|scroll)/.test(style.overflowX + style.overflowY)) {
            const away = rect.bottom > box.bottom + 1 || rect.top < box.top - 1 || rect.right > box.right + 1 || rect.left < box.left - 1
            if (/(auto|scroll)/.test(style.overflowX) === false && (rect.right > box.right + 3 || rect.left < box.left - 3)) verdict = `cut at the side by ${name(at)}`
            if (away) inSight = false
            break
          }
          if (style.overflowX !== 'visible' && (rect.right > box.right + 1.5 || rect.left < box.left - 1.5)) verdict = `cut at the side by ${name(at)}`
          if (style.overflowY !== 'visible' && (rect.bottom > box.bottom + slack || rect.top < box.top - slack)) verdict = `cut below or above by ${name(at)}`
          if (style.position === 'fixed') break
          if (verdict) break
        }
        if (!verdict && inSight) {
          if (rect.right > window.innerWidth + 1.5 || rect.left < -1.5) verdict = 'outside the window'
          else {
            const x = rect.left + rect.width / 2
            const y = rect.top + rect.height / 2
            const top = y >= 0 && y < window.innerHeight ? document.elementFromPoint(x, y) : null
            if (top && getComputedStyle(parent).pointerEvents !== 'none' && !top.contains(parent) && !parent.contains(top) && !top.closest('label, [data-tour=aside]') && opaque(top, parent)) verdict = `covered by ${name(top)}`
          }
        }
        if (verdict) {
          found.add(`«${said}» in ${name(parent)} is ${verdict}`)
          break
        }
      }
    }
    return [...found]
  })
}
