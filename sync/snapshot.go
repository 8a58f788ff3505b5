package sync

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"hallway/app/hall"
	"hallway/sync/pack"
)

// Manifest is a Snapshot in pieces: the whole state of one feed at Row, in
// chunks that are named by what they hold. Who has some of them already, from
// this snapshot or another, needs only the others.
type Manifest struct {
	Epoch     int64     `json:"epoch"`
	Lane      string    `json:"lane"`
	Feed      hall.Feed `json:"feed"`
	Row       int64     `json:"row"`
	Hash      string    `json:"hash"` // of the last row of the feed at or before Row
	StateHash string    `json:"state_hash"`
	Chunks    []Chunk   `json:"chunks"` // in order; each entity is in one
}

// Chunk names a piece of a snapshot: a JSON array of EntityValue, packed (zstd).
type Chunk struct {
	SHA256 string `json:"sha256"` // of the packed bytes
	Size   int64  `json:"size"`   // of the packed bytes
}

// MaxChunk bounds what a chunk holds when it is opened. One entity may be as
// long as an operation.
const MaxChunk = 16 << 20

// ErrChunk: what came is not the chunk that its name says.
var ErrChunk = errors.New("sync: a piece of a snapshot is not what its name says")

// PackChunk makes a chunk.
func PackChunk(entities []EntityValue) (Chunk, []byte, error) {
	raw, err := json.Marshal(entities)
	if err != nil {
		return Chunk{}, nil, fmt.Errorf("sync: write a chunk: %w", err)
	}
	packed := pack.Pack(nil, raw)
	sum := sha256.Sum256(packed)
	return Chunk{hex.EncodeToString(sum[:]), int64(len(packed))}, packed, nil
}

// Check says whether these are the bytes of the chunk.
func (c Chunk) Check(packed []byte) error {
	if sum := sha256.Sum256(packed); int64(len(packed)) != c.Size || hex.EncodeToString(sum[:]) != c.SHA256 {
		return ErrChunk
	}
	return nil
}

// Open reads a chunk.
func (c Chunk) Open(packed []byte) ([]EntityValue, error) {
	if err := c.Check(packed); err != nil {
		return nil, err
	}
	raw, err := pack.Open(packed, MaxChunk)
	if err != nil {
		return nil, errors.Join(ErrChunk, err)
	}
	var out []EntityValue
	if err := hall.Decode(raw, &out); err != nil {
		return nil, errors.Join(ErrChunk, err)
	}
	return out, nil
}
