package writer

// maxKnown is how many bytes of entities are kept between transactions.
const maxKnown = 32 << 20

// known is what the last transactions read and wrote of the entities, also that
// there are none: the next one is mostly about the same paper. It holds only for
// lanes that the transaction has locked: what another writer changed there since is
// in the log, and leaves (laneState.catchUp).
type known struct {
	all   map[entityKey]*storedEntity
	bytes int
}

func newKnown() *known { return &known{all: map[entityKey]*storedEntity{}} }

// keep remembers an entity as it is in the database now.
func (k *known) keep(e *storedEntity) {
	k.drop(e.key)
	e.dirty, e.kept = false, 256+len(e.value) // about what it takes: the value may change before it leaves
	k.all[e.key] = e
	if k.bytes += e.kept; k.bytes > maxKnown {
		clear(k.all)
		k.bytes = 0
	}
}

func (k *known) drop(key entityKey) {
	if e := k.all[key]; e != nil {
		k.bytes -= e.kept
		delete(k.all, key)
	}
}

// dropLane forgets everything of a lane.
func (k *known) dropLane(lane string) {
	for key := range k.all {
		if key.lane == lane {
			k.drop(key)
		}
	}
}
