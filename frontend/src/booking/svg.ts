// A drawing that came as text: only shapes are let in, nothing that could act.

const SHAPES = new Set(["svg", "g", "path", "rect", "title"]);
const ATTRIBUTES = new Set(["viewBox", "xmlns", "d", "x", "y", "width", "height", "fill", "shape-rendering", "version", "transform"]);

/** The drawing, or null when it holds anything but shapes. */
export function drawing(text: string): SVGElement | null {
  const parsed = new DOMParser().parseFromString(text, "image/svg+xml");
  const root = parsed.documentElement;
  if (root.nodeName !== "svg") return null;
  for (const element of [root, ...root.querySelectorAll("*")]) {
    if (!SHAPES.has(element.nodeName)) return null;
    for (const attribute of [...element.attributes]) {
      if (!ATTRIBUTES.has(attribute.name)) element.removeAttribute(attribute.name);
    }
  }
  return document.importNode(root, true) as unknown as SVGElement;
}
