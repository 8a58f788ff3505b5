package bench

// Cards are the sample cards.
func (b *Bench) Cards() []Card                                       { return nil }
func (b *Bench) PlaceCard(id, card string, custom *CustomCard) error { return nil }
func (b *Bench) RemoveCard(id string) error                          { return nil }
func (b *Bench) Scan(id, text, hex string, cut, garbage bool) error  { return nil }
func (b *Bench) SetPrinter(id string, c PrinterChange) error         { return nil }
func (b *Bench) Press(id string, level int) error                    { return nil }
func (b *Bench) Slips(id string) ([]Slip, error)                     { return nil, nil }
func (b *Bench) SlipPNG(id string, n int) ([]byte, error)            { return nil, nil }
func (b *Bench) SlipBytes(id string, n int) ([]byte, error)          { return nil, nil }
