// Moving by arrow keys as the eye does: to the nearest control in that
// direction, inside a dialog while one is open.

const ARROWS: Record<string, readonly [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};
const CONTROLS = "button:not(:disabled), a[href], input:not(:disabled), [tabindex='0']";

/** How far the box lies in that direction; sideways counts thrice. Infinity when it does not. */
export function distance(from: DOMRect, to: DOMRect, [dx, dy]: readonly [number, number]): number {
  const x = (to.left + to.right - from.left - from.right) / 2;
  const y = (to.top + to.bottom - from.top - from.bottom) / 2;
  const ahead = dx ? x * dx : y * dy;
  const clear = dx ? (dx > 0 ? to.left >= from.right - 4 : to.right <= from.left + 4) : dy > 0 ? to.top >= from.bottom - 4 : to.bottom <= from.top + 4;
  if (ahead <= 0 || !clear) return Infinity;
  const gap = dx ? Math.max(0, to.top - from.bottom, from.top - to.bottom) : Math.max(0, to.left - from.right, from.left - to.right);
  return ahead + 3 * gap;
}

/** Takes an arrow key; true when the focus has moved. */
export function moveFocus(event: KeyboardEvent, root: HTMLElement): boolean {
  const way = ARROWS[event.key];
  const active = document.activeElement;
  if (!way || event.altKey || event.ctrlKey || event.metaKey || !(active instanceof HTMLElement)) return false;
  // Lists and choices that know arrows themselves, and fields, keep them.
  if (active.closest("[role=radiogroup], [role=tablist], [role=menu], input, textarea, select")) return false;
  const start = active === document.body ? root : active;
  const from = start === root ? new DOMRect(0, 0, root.clientWidth, 0) : start.getBoundingClientRect();
  let best: HTMLElement | null = null;
  let least = Infinity;
  for (const one of root.querySelectorAll<HTMLElement>(CONTROLS)) {
    if (one === active || !one.checkVisibility?.()) continue;
    const far = distance(from, one.getBoundingClientRect(), way);
    if (far < least) [best, least] = [one, far];
  }
  best?.focus();
  return !!best;
}
