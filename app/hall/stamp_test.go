package hall

import (
	"testing"
	"time"
)

// TestStampsAreClamped: a time is between the last sync and the receipt; one that
// was further off than its bound says so, and one that is untrusted stays as it is.
func TestStampsAreClamped(t *testing.T) {
	at := func(clock string) time.Time {
		v, err := time.ParseInLocation("2006-01-02 15:04:05", "2026-03-02 "+clock, Zone)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	synced, received := at("09:00:00"), at("10:00:00")
	for name, c := range map[string]struct {
		in    Stamp
		at    time.Time
		trust Trust
	}{
		"between":                  {Stamp{At: at("09:30:00"), Trust: TrustSynced, SyncedAt: synced}, at("09:30:00"), TrustSynced},
		"just received":            {Stamp{At: received, Trust: TrustSynced, SyncedAt: synced}, received, TrustSynced},
		"a little early":           {Stamp{At: at("10:00:01"), BoundMS: 1000, Trust: TrustSynced, SyncedAt: synced}, received, TrustSynced},
		"more than it said":        {Stamp{At: at("10:00:02"), BoundMS: 1000, Trust: TrustSynced, SyncedAt: synced}, received, TrustClamped},
		"before the sync":          {Stamp{At: at("08:59:00"), BoundMS: 1000, Trust: TrustSynced, SyncedAt: synced}, synced, TrustClamped},
		"a little before it":       {Stamp{At: at("08:59:59"), BoundMS: 1000, Trust: TrustSynced, SyncedAt: synced}, synced, TrustSynced},
		"of an earlier version":    {Stamp{At: at("08:00:00"), Trust: TrustSynced}, at("08:00:00"), TrustSynced},
		"a sync that is to come":   {Stamp{At: at("09:30:00"), Trust: TrustSynced, SyncedAt: at("11:00:00")}, received, TrustClamped},
		"untrusted":                {Stamp{At: at("11:00:00"), Trust: TrustUntrusted, SyncedAt: synced}, at("11:00:00"), TrustUntrusted},
		"nonsense is told as such": {Stamp{At: at("11:00:00"), BoundMS: -5, Trust: TrustSynced}, received, TrustClamped},
	} {
		got := c.in.Clamped(received)
		if !got.At.Equal(c.at) || got.Trust != c.trust || !got.SyncedAt.IsZero() {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// The ticket of a slip keeps the stamp as it was clamped, and without what only
// the decision needed.
func TestTicketsKeepClampedStamps(t *testing.T) {
	m := newMemory()
	op := m.op(TakeTicket, "T1", citizen, "kiosk-1", m.slip(t, "social", ClassOrdinary))
	op.Stamp = Stamp{At: m.now.AddDate(10, 0, 0), BoundMS: 50, Trust: TrustSynced, SyncedAt: m.now.Add(-time.Minute)}
	m.must(t, op)
	if k := m.ticket(t, "T1"); !k.TakenAt.At.Equal(m.now) || k.TakenAt.Trust != TrustClamped || !k.TakenAt.SyncedAt.IsZero() {
		t.Errorf("%+v", k.TakenAt)
	}
}
