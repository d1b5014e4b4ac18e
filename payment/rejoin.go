package payment

import "time"

// Rejoin returns a bill's open order once a visit that has confirmed r stands before it, or a *BlockedError when it is
// of another amount. It withdraws the wish of an earlier visit that it be closed, as long as nothing came of it: a
// visitor left while the code was prepared, and this one wants to pay. An order that has ended stays as it is.
func (o Order) Rejoin(r Request, now time.Time) (Change, error) {
	if o.Final() {
		return Change{Order: o}, nil
	}
	if o.Amount != r.Amount {
		return Change{}, &BlockedError{o}
	}
	c := o.Join(r.Visit, r.ID, now)
	if o.withdrawnBy(r.Visit) {
		c.Order.Unwanted, c.Note = Wish{}, "visitor back, wish of an earlier visit withdrawn"
	}
	return c, nil
}

// withdrawnBy reports whether a visit that wants to pay takes back the wish that the order be closed: it is an earlier
// visit's, nobody can have been shown a code, and no close can be on its way.
func (o Order) withdrawnBy(visit string) bool {
	w := o.Unwanted
	return w.Source == ByVisit && w.Visit != "" && visit != "" && w.Visit != visit &&
		o.State == Created && o.CodeURL == "" && o.CloseBegunAt.IsZero()
}

// outlives reports whether a new wish takes the place of the one that the order has. The first one stays, but a visit's
// that might be withdrawn gives way to one that lasts longer.
func (o Order) outlives(w Wish) bool {
	old := o.Unwanted
	return old == (Wish{}) ||
		old.Source == ByVisit && o.State == Created && (w.Source != ByVisit || w.Visit != old.Visit)
}

// BeginClose returns the order once a close is about to be sent.
func (o Order) BeginClose(now time.Time) Change {
	if o.CloseBegunAt.IsZero() {
		o.CloseBegunAt = now
	}
	return Change{Order: o, Note: "close begun"}
}

// Shown returns the order as it may be shown: the code of one that is wished closed would be closed under its payer's
// hands.
func (o Order) Shown() Order {
	if o.Unwanted != (Wish{}) {
		o.CodeURL = ""
	}
	return o
}

// told shows at once what was wished beside the session, which may be in the middle of a slow question. It takes over
// the wish alone: the session may know more of the order than who wished.
func (s *Session) told(o Order) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o.Incarnation() != s.incarnation || s.news.Order.Final() {
		return
	}
	s.wished, s.withdrawn = o.Unwanted, o.Unwanted == (Wish{})
	n := s.news
	n.Order.Unwanted = o.Unwanted
	if o.State == Closing && n.Order.State == Waiting {
		n.Order.State = Closing
	}
	s.spread(n)
}

// forget is called before the order is read: what was wished since is heard of again.
func (s *Session) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wished, s.withdrawn = Wish{}, false
}

// spread gives every watcher news in place of those it has not read yet; s.mu is held. Of a wish that the session has
// not read yet, or that it has read and that was withdrawn since, it knows.
func (s *Session) spread(n News) {
	switch {
	case n.Order.Final():
	case n.Order.Unwanted == (Wish{}):
		n.Order.Unwanted = s.wished
	case s.withdrawn && n.Order.State == Created && n.Order.CodeURL == "": // where alone it can be
		n.Order.Unwanted = Wish{}
	}
	n.Order = s.rules().Shown(n.Order)
	s.news = n
	for ch := range s.watchers {
		replace(ch, n)
	}
}
