package hall

// Queue is the queue of one hall day.
type Queue struct{}
