package central

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// keptLimits is how long a bucket that nobody asks for is kept in the database.
const keptLimits = 24 * time.Hour

// bucket is a token bucket in the database, one for all centres over it.
type bucket struct {
	store *ownStore
	name  string
	each  time.Duration // until a token comes back
	burst int
	real  func() time.Time
}

// take takes one token of a key. One statement decides, so that centres that ask
// at once do not get the same token: at_us is when the bucket would be full again.
func (b *bucket) take(ctx context.Context, key string) (bool, error) {
	now := b.real().UnixMicro()
	each := b.each.Microseconds()
	var at int64
	err := b.store.db.QueryRowContext(ctx, `INSERT INTO central_limit (id, at_us) VALUES ($1, $2)
		ON CONFLICT (id) DO UPDATE SET at_us = CASE WHEN central_limit.at_us > $3 THEN central_limit.at_us ELSE $3 END + $4
		WHERE central_limit.at_us <= $5 RETURNING at_us`,
		b.name+"/"+key, now+each, now, each, now+each*int64(b.burst-1)).Scan(&at)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("database: limits: %w", err)
	}
	return true, nil
}

// eachToken is how long one token takes to come back.
func eachToken(perSecond float64) time.Duration {
	return time.Duration(math.Round(float64(time.Second) / perSecond))
}

// sharedGuesses is guesses of all centres over one database.
type sharedGuesses struct {
	store *ownStore
	rules *guesses // span and bounds
}

// begin counts a try; false when no more is allowed now.
func (g *sharedGuesses) begin(ctx context.Context, now time.Time, number, terminal string) (allowed bool, err error) {
	most := map[string]int{"n" + number: g.rules.perNumber, "t" + terminal: g.rules.perTerminal}
	err = g.change(ctx, now, number, terminal, func(tries map[string][]int64) bool {
		allowed = true
		for key, list := range tries {
			allowed = allowed && len(list) < most[key]
		}
		for key := range tries {
			tries[key] = append(tries[key], now.UnixMilli())
		}
		return allowed
	})
	return allowed, err
}

// right takes the latest try back.
func (g *sharedGuesses) right(ctx context.Context, now time.Time, number, terminal string) error {
	return g.change(ctx, now, number, terminal, func(tries map[string][]int64) bool {
		for key, list := range tries {
			tries[key] = list[:max(len(list)-1, 0)]
		}
		return true
	})
}

// change reads the tries of a number and a terminal, alone, and writes them when
// do says so.
func (g *sharedGuesses) change(ctx context.Context, now time.Time, number, terminal string, do func(map[string][]int64) bool) error {
	keys := []string{"n" + number, "t" + terminal}
	slices.Sort(keys) // in one order, so that two centres never wait for each other
	return g.store.inTx(ctx, func(tx *sql.Tx) error {
		tries := map[string][]int64{}
		for _, key := range keys {
			var text string
			err := tx.QueryRowContext(ctx, `INSERT INTO central_guess (id, tries, at) VALUES ($1, '', $2)
				ON CONFLICT (id) DO UPDATE SET at = excluded.at RETURNING tries`, key, now.UnixMilli()).Scan(&text)
			if err != nil {
				return fmt.Errorf("database: guesses: %w", err)
			}
			tries[key] = recentOf(text, now.Add(-g.rules.span).UnixMilli())
		}
		if !do(tries) {
			return nil
		}
		for _, key := range keys {
			var words []string
			for _, at := range tries[key] {
				words = append(words, strconv.FormatInt(at, 10))
			}
			if _, err := tx.ExecContext(ctx, `UPDATE central_guess SET tries = $1 WHERE id = $2`, strings.Join(words, ","), key); err != nil {
				return fmt.Errorf("database: guesses: %w", err)
			}
		}
		return nil
	})
}

// recentOf reads tries after a moment.
func recentOf(text string, after int64) (out []int64) {
	for _, word := range strings.Split(text, ",") {
		if at, err := strconv.ParseInt(word, 10, 64); err == nil && at > after {
			out = append(out, at)
		}
	}
	return out
}

// forgetShared drops what counts for nobody any more.
func (s *ownStore) forgetShared(ctx context.Context, real, now time.Time) error {
	_, err := s.db.ExecContext(ctx, `DELETE FROM central_limit WHERE at_us < $1`, real.Add(-keptLimits).UnixMicro())
	if err == nil {
		_, err = s.db.ExecContext(ctx, `DELETE FROM central_guess WHERE at < $1`, now.Add(-keptLimits).UnixMilli())
	}
	if err != nil {
		return fmt.Errorf("database: limits: %w", err)
	}
	return nil
}
