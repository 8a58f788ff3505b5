package hall

// Levels of satisfaction, GB/T 39046-2020 A.8. Stars are their mirror (5 − …)
// and are never stored.
const (
	NotRated         = 0 // no key was pressed: never counted as a level
	VerySatisfied    = 1 // 非常满意
	Satisfied        = 2 // 满意
	FairlySatisfied  = 3 // 基本满意
	Unsatisfied      = 4 // 不满意
	VeryUnsatisfied  = 5 // 非常不满意
	maxRatingOptions = 20
)

// BadRating reports whether a level is one of the two that must be followed up
// (差评).
func BadRating(level int) bool { return level == Unsatisfied || level == VeryUnsatisfied }

// rate keeps one rating of one service on site (一次一评). The first answer
// counts; a second changes nothing. Time-outs give NotRated, never a level.
func (d *decision) rate(body RateBody) error {
	if what := body.fault(); what != "" {
		d.reject("malformed", "what", what)
		return nil
	}
	t, ok, err := d.ticket()
	if !ok || err != nil {
		return err
	}
	if t.Rated != 0 {
		d.noop("already_rated", "number", t.Number)
		return nil
	}
	if t.ServedAt.IsZero() {
		d.reject("not_served", "number", t.Number)
		return nil
	}
	t.Rated = 1
	event := "rating.given"
	if body.Level == NotRated {
		event = "rating.not_rated"
	}
	if err := d.emitTicket("ticket.rated", t); err != nil {
		return err
	}
	return d.emit(FeedRating, event, EntityRating, t.ID, Rating{
		Ticket: t.ID, Number: t.Number, Day: t.Day, Window: t.Window, Staff: t.Staff, Group: t.Group,
		Level: body.Level, Options: body.Options, Channel: body.Channel, At: d.witnessed(),
	})
}

func (b RateBody) fault() string {
	switch {
	case b.Level < NotRated || b.Level > VeryUnsatisfied:
		return "level"
	case b.Channel != "evaluator" && b.Channel != "screen" && b.Channel != "qr":
		return "channel"
	case len(b.Options) > maxRatingOptions || b.Level == NotRated && len(b.Options) > 0:
		return "options"
	}
	for _, o := range b.Options {
		if o == "" || len(o) > 64 {
			return "options"
		}
	}
	return ""
}
