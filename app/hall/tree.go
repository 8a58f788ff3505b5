package hall

// tree is a persistent ordered map: every change gives a new tree that shares
// what it did not touch, so that a copy costs nothing and a reader of an old
// one is never disturbed. It is a treap; its priorities come from a counter,
// so nothing here is random.
type tree[K, V any] struct {
	root    *node[K, V]
	counter uint64
	compare func(a, b K) int
}

type node[K, V any] struct {
	key         K
	value       V
	priority    uint64
	size        int
	left, right *node[K, V]
}

func newTree[K, V any](compare func(a, b K) int) tree[K, V] {
	return tree[K, V]{compare: compare}
}

func (n *node[K, V]) count() int {
	if n == nil {
		return 0
	}
	return n.size
}

// with is a copy of n with other children.
func (n *node[K, V]) with(left, right *node[K, V]) *node[K, V] {
	m := *n
	m.left, m.right = left, right
	m.size = 1 + left.count() + right.count()
	return &m
}

// len is the number of entries.
func (t tree[K, V]) len() int { return t.root.count() }

// get finds one entry.
func (t tree[K, V]) get(key K) (V, bool) {
	n := t.root
	for n != nil {
		switch c := t.compare(key, n.key); {
		case c < 0:
			n = n.left
		case c > 0:
			n = n.right
		default:
			return n.value, true
		}
	}
	var none V
	return none, false
}

// put is the tree with key set to value.
func (t tree[K, V]) put(key K, value V) tree[K, V] {
	t.counter++
	left, _, right := t.split(t.root, key)
	middle := &node[K, V]{key: key, value: value, priority: scatter(t.counter), size: 1}
	t.root = merge(merge(left, middle), right)
	return t
}

// remove is the tree without key.
func (t tree[K, V]) remove(key K) tree[K, V] {
	if _, ok := t.get(key); !ok {
		return t
	}
	left, _, right := t.split(t.root, key)
	t.root = merge(left, right)
	return t
}

// split parts n into what is below key, the entry of key, and what is above.
func (t tree[K, V]) split(n *node[K, V], key K) (left, middle, right *node[K, V]) {
	if n == nil {
		return nil, nil, nil
	}
	switch c := t.compare(key, n.key); {
	case c < 0:
		l, m, r := t.split(n.left, key)
		return l, m, n.with(r, n.right)
	case c > 0:
		l, m, r := t.split(n.right, key)
		return n.with(n.left, l), m, r
	default:
		return n.left, n, n.right
	}
}

// merge joins two trees, every key of a below every key of b.
func merge[K, V any](a, b *node[K, V]) *node[K, V] {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	case a.priority >= b.priority:
		return a.with(a.left, merge(a.right, b))
	default:
		return b.with(merge(a, b.left), b.right)
	}
}

// each visits the entries in order until visit says no.
func (t tree[K, V]) each(visit func(K, V) bool) {
	c := t.cursor()
	for n := c.head(); n != nil; n = c.next() {
		if !visit(n.key, n.value) {
			return
		}
	}
}

// cursor walks a tree in order.
type cursor[K, V any] struct{ stack []*node[K, V] }

func (t tree[K, V]) cursor() *cursor[K, V] {
	c := &cursor[K, V]{}
	c.push(t.root)
	return c
}

func (c *cursor[K, V]) push(n *node[K, V]) {
	for ; n != nil; n = n.left {
		c.stack = append(c.stack, n)
	}
}

// head is where the cursor stands, nil at the end.
func (c *cursor[K, V]) head() *node[K, V] {
	if len(c.stack) == 0 {
		return nil
	}
	return c.stack[len(c.stack)-1]
}

// next moves on by one and gives the new head.
func (c *cursor[K, V]) next() *node[K, V] {
	if n := c.head(); n != nil {
		c.stack = c.stack[:len(c.stack)-1]
		c.push(n.right)
	}
	return c.head()
}

// scatter spreads a counter over 64 bits (SplitMix64).
func scatter(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb
	return x ^ (x >> 31)
}
