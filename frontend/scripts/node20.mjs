// Vitest's reporter calls Map.groupBy, which Node 20 does not have yet.
Map.groupBy ??= (items, key) => {
  const groups = new Map()
  let i = 0
  for (const item of items) {
    const k = key(item, i++)
    const group = groups.get(k)
    if (group) group.push(item)
    else groups.set(k, [item])
  }
  return groups
}
