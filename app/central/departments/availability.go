package departments

import (
	"context"
	"sync"
	"time"

	"hallway/app/hall"
)

// availabilityTimeout is how long one department may think while a clerk looks
// at the list.
const availabilityTimeout = 6 * time.Second

// Offer is what a department says to one way of supplying a material.
type Offer struct {
	Method hall.Method `json:"method"`
	Answer string      `json:"answer" enum:"yes,no,failed"`
}

// MaterialOffers is what can be had for one open material (帮传清单).
type MaterialOffers struct {
	Key    string  `json:"key"`
	Offers []Offer `json:"offers"`
}

// Available asks, for every open material of a case, each way that the item
// offers, all at the same time. It changes nothing.
func (a *Adapter) Available(ctx context.Context, c hall.Case) ([]MaterialOffers, error) {
	w := a.opt.Writer.HallWorld(ctx, a.opt.Hall)
	cat, err := w.Catalogue()
	if err != nil {
		return nil, err
	}
	it, _ := cat.Item(c.Item)
	version, _ := it.Version(c.ItemVersion)
	list := []MaterialOffers{}
	for _, m := range c.Materials {
		im, _ := version.Material(m.Code)
		if !m.Open() || len(im.Methods) == 0 {
			continue
		}
		o := MaterialOffers{Key: m.Key}
		for _, method := range im.Methods {
			o.Offers = append(o.Offers, Offer{Method: method, Answer: hall.AnswerFailed})
		}
		list = append(list, o)
	}
	if len(list) == 0 {
		return list, nil
	}
	s, err := a.subject(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	var all sync.WaitGroup
	for i := range list {
		m, _ := c.Material(list[i].Key)
		def, _ := cat.MaterialDef(m.Code)
		rights, _ := it.RightsOf(m.Code)
		for j := range list[i].Offers {
			offer := &list[i].Offers[j]
			department := def.Department
			if offer.Method == hall.MethodPaper && rights.SignOut != "" {
				department = rights.SignOut
			}
			q := Query{Request: hall.RequestID(c.ID, m.Key, 0), Subject: s, Item: c.Item, Material: m.Code, Method: string(offer.Method)}
			all.Go(func() { offer.Answer = a.offer(ctx, department, q) })
		}
	}
	all.Wait()
	return list, nil
}

// offer asks one department, when it is its turn in time.
func (a *Adapter) offer(ctx context.Context, department string, q Query) string {
	l, ok := a.lineOf(department)
	if !ok {
		return hall.AnswerFailed
	}
	ctx, cancel := context.WithTimeout(ctx, availabilityTimeout)
	defer cancel()
	stop := context.AfterFunc(a.ctx, cancel)
	defer stop()
	select {
	case l.asking <- struct{}{}:
		defer func() { <-l.asking }()
	case <-ctx.Done():
		return hall.AnswerFailed
	}
	answer, _ := a.ask(ctx, l, q)
	return answer
}
