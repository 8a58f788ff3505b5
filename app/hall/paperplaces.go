package hall

// PaperList names a list of papers of a department, or what they are counted in.
type PaperList string

// The lists of papers, each by item and then by what is due first (requirements
// A paper's Note is its batch.
const (
	PapersToDo       PaperList = "todo"       // wanted, at the department
	PapersOut        PaperList = "out"        // on the road to the hall
	PapersHome       PaperList = "home"       // on the road back
	PapersUnverified PaperList = "unverified" // 待核对
	PapersDisputed   PaperList = "disputed"
	PapersBack       PaperList = "back" // to be returned: see Paper.GoesBack
)

// What papers are counted in besides. PapersDue is a list too, by the limit.
const (
	PapersDue       PaperList = "due" // late after At
	PapersAttention PaperList = "attention"
)

// Of names what the papers of a department are counted in; what the names of the
// lists begin with, one for each item.
func (l PaperList) Of(department string) string {
	return PlacesFrom(CustodyFeed(department)) + "paper/" + string(l)
}

// By names the list of one item.
func (l PaperList) By(department, item string) string { return l.Of(department) + "/" + item }

// Places are where a paper stands.
func (p Paper) Places() []Place {
	var all []Place
	at, note := int64(0), BatchID(p.Number, p.Department)
	if !p.Due.IsZero() {
		at = PlaceAt(p.Due)
	}
	in := func(l PaperList) {
		all = append(all, Place{List: l.By(p.Department, p.Item), At: at, Note: note, Count: l.Of(p.Department)})
	}
	switch p.Custody {
	case AtDepartment:
		if p.Wanted() {
			in(PapersToDo)
		}
	case InTransit:
		in(PapersOut)
	case InTransitBack:
		in(PapersHome)
	case Unverified:
		in(PapersUnverified)
	case Disputed:
		in(PapersDisputed)
	}
	if p.GoesBack() {
		in(PapersBack)
	}
	if p.Overdue(p.Due.Add(1)) {
		due := PapersDue.Of(p.Department)
		all = append(all, Place{List: due, At: at, Note: note, Count: due})
	}
	if p.Attention {
		all = append(all, Place{At: at, Count: PapersAttention.Of(p.Department)})
	}
	return all
}

// BatchesDropped are the batches of a department of which something stays there,
// by their beginning; closed ones are not.
func BatchesDropped(department string) string {
	return PlacesFrom(CustodyFeed(department)) + "batch/dropped"
}

// Places are where a batch stands.
func (b Batch) Places() []Place {
	if b.State != BatchClosed {
		for _, p := range b.Papers {
			if p.Dropped {
				return []Place{{List: BatchesDropped(b.Department), At: PlaceAt(b.OpenedAt)}}
			}
		}
	}
	return nil
}

// TripsSent are the trips (交接单) of a department that are on the road, by their
// beginning.
func TripsSent(department string) string {
	return PlacesFrom(CustodyFeed(department)) + "trip/sent"
}

// Places are where a trip stands.
func (c Consignment) Places() []Place {
	if c.State != ConsignmentSent {
		return nil
	}
	return []Place{{List: TripsSent(c.Department), At: PlaceAt(c.OpenedAt)}}
}
