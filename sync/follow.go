package sync

import "errors"

// What a follower's store says of a page that it cannot take in.
var (
	// ErrStale: the page does not begin at the cursor. Ask again from there.
	ErrStale = errors.New("sync: the rows do not follow the cursor; ask again from the cursor")
	// ErrDiverged: the rows are not on the replica's chain, or the state is not
	// the writer's. Take a snapshot.
	ErrDiverged = errors.New("sync: the replica is not what the writer has; take a snapshot")
)
