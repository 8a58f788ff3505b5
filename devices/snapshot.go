package devices

import "slices"

// View is everything that is known about one configured device, in one place.
type View struct {
	Status
	Outcome Outcome `json:"outcome"`          // of loading it
	Reason  string  `json:"reason,omitempty"` // why it was skipped or failed to load
	Told    []Told  `json:"told,omitempty"`   // its faults in words
}

// Told is one fault in the reader's language.
type Told struct {
	Code   string `json:"code"`
	What   string `json:"what"`
	Remedy string `json:"remedy"`
}

// Snapshot gives every configured device, those that were skipped too, in the
// order of the configuration. text gives the words of a catalogue's key.
func (r *Registry) Snapshot(text func(key string) string) []View {
	statuses := r.Statuses()
	var all []View
	for _, rep := range r.Reports() {
		v := View{Status: Status{ID: rep.ID, Kind: rep.Kind, Model: rep.Model, Port: rep.Port}, Outcome: rep.Outcome, Reason: rep.Reason}
		if rep.Outcome != Skipped {
			if i := slices.IndexFunc(statuses, func(s Status) bool { return s.ID == rep.ID }); i >= 0 {
				v.Status = statuses[i]
			}
		}
		for _, f := range v.Faults {
			v.Told = append(v.Told, Told{Code: f.Code, What: text("fault." + f.Code), Remedy: text("remedy." + f.Code)})
		}
		all = append(all, v)
	}
	return all
}
