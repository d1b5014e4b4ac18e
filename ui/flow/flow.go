// Package flow places what stands on a page. A page says what it shows, in which order, weight and role; flow finds
// where each thing stands on the panel that there is: 9:16, 16:9, 4:3, with large text, in the low layout. It knows
// neither Fyne nor the lobby.
//
// # Decisions
//
// 2026-11-28: one description in place of two literals for each control. Heights follow from widths, as text wraps; a
// page that does not fit gives first of its gaps, then of what it says itself that it can spare, then a tenth of its
// text size. Its columns give way each for itself, so that one with room keeps its words. What does not fit even then
// is an error of the page, and the tests hold every page against every panel.
package flow

import (
	"fmt"
	"math"
)

// Metrics are the panel's measures, and how wide its words are.
type Metrics struct {
	Scale float32 // pixels of a design unit: 1 on a panel whose shorter side is 1080
	Text  float32 // factor of text sizes: 1, or 1.3 for large text
	Tight float32 // factor of gaps and pads, 1 down to a half
	Lying bool    // the panel is wider than high

	// Width is how many pixels wide a line of text is at a size in pixels.
	Width func(line string, size float32, bold bool) float32

	memo *Memo
}

// A Memo keeps what items need from one placing of a page to the next: one that counts down is placed each second, and
// each of its items is asked many times. Whoever shows another page takes another Memo, so that nothing of a visit
// outlives it.
type Memo struct{ needs map[asked]Need }

// An asked is what the need of an item depends on; items must be comparable.
type asked struct {
	item               Item
	scale, text, width float32 // width is -1 where it is asked for
	lying              bool
}

// mostNeeds is how many needs a Memo keeps: a countdown has another text each second.
const mostNeeds = 4096

// need returns what the item has said before, or asks it.
func (m Metrics) need(i Item, width float32, ask func() Need) Need {
	if m.memo == nil {
		return ask()
	}
	of := asked{i, m.Scale, m.Text, width, m.Lying}
	n, ok := m.memo.needs[of]
	if !ok {
		if n = ask(); m.memo.needs == nil || len(m.memo.needs) >= mostNeeds {
			m.memo.needs = make(map[asked]Need)
		}
		m.memo.needs[of] = n
	}
	return n
}

func (m Metrics) widthOf(i Item) Need { return m.need(i, -1, func() Need { return i.Width(m) }) }

func (m Metrics) heightOf(i Item, width float32) Need {
	return m.need(i, width, func() Need { return i.Height(m, width) })
}

// Px returns design units as pixels.
func (m Metrics) Px(units float32) float32 { return units * m.Scale }

// Size returns a text size of design units in pixels: large text is larger, and on a small panel none falls below 20.
func (m Metrics) Size(units float32) float32 { return max(units*m.Scale*m.Text, 20*min(m.Text, 1)) }

// gap returns a gap or a pad in pixels.
func (m Metrics) gap(units float32) float32 { return units * m.Scale * m.Tight }

// A Need is how much room a thing needs along one axis, in pixels. It is never given less than Least; what is more
// than Wish helps only what grows.
type Need struct{ Least, Wish float32 }

// Exactly is the need of a thing that can be no other size.
func Exactly(px float32) Need { return Need{px, px} }

// An Item is what a node shows. It is drawn by whoever placed it.
type Item interface {
	// Width is what the item needs from left to right when nothing beside it asks for room.
	Width(m Metrics) Need
	// Height is what the item needs at a width.
	Height(m Metrics, width float32) Need
}

// Axis is the way in which a box lines up what it holds.
type Axis int

// The axes.
const (
	Down   Axis = iota // one below the other
	Across             // one beside the other
	Turn               // below each other on a standing panel, beside each other on a lying one
	Wrap               // beside each other, in as many rows as they need
	Fold               // beside each other where a line has room for all, else close below each other
)

// Way is on which panels a node stands: what lies above others on a standing panel may belong beside them on a lying
// one.
type Way int

// The ways.
const (
	Always Way = iota
	Standing
	Lying
)

// A Node is a thing on a page, or a box of things.
type Node struct {
	Key    string // names a thing that can be touched
	Name   string // names a thing among those of its box; its place in the box otherwise
	Item   Item   // what is shown; nil for a box
	Ground Item   // what lies under a box, as large as the box, which is at least as high as the ground needs
	Axis   Axis
	Nodes  []Node
	Parts  Item // what stands between the things of a box that are there

	Gap, PadX, PadY float32 // design units between things, and around them
	Weight          float32 // share of the room that is left along the axis of the box that holds it
	Grows           float32 // share of the height that is left over in a column
	Middle          bool    // a box: its things stand in the middle across its axis, not stretched or at the top
	Spare           int     // the higher, the earlier a page without room does without it; 0 is never spared
	Less            *Node   // what a page without room shows in its place; nil for nothing
	Way             Way     // on which panels it stands
}

// Column returns a box of things below one another.
func Column(gap float32, nodes ...Node) Node { return Node{Axis: Down, Gap: gap, Nodes: nodes} }

// Row returns a box of things beside one another, in the middle of the row's height.
func Row(gap float32, nodes ...Node) Node {
	return Node{Axis: Across, Gap: gap, Nodes: nodes, Middle: true}
}

// Flowing returns a box of things beside one another, that go on in a further row where one is too short.
func Flowing(gap float32, nodes ...Node) Node { return Node{Axis: Wrap, Gap: gap, Nodes: nodes} }

// Pair returns a label and what it says, in one line or in two.
func Pair(gap float32, label, says Node) Node {
	return Node{Axis: Fold, Gap: gap, Nodes: []Node{label, says.Weighs(1)}, Middle: true}
}

// Grid returns rows of so many things each; all rows are equally high and all things of a row equally wide.
func Grid(columns int, gap float32, nodes ...Node) Node {
	g := Node{Axis: Down, Gap: gap}
	for len(nodes) > 0 {
		r := Node{Axis: Across, Gap: gap, Weight: 1, Grows: 1}
		for i := range columns {
			n := Node{Weight: 1} // an empty place
			if i < len(nodes) {
				n = nodes[i]
				n.Weight = 1
			}
			r.Nodes = append(r.Nodes, n)
		}
		g.Nodes = append(g.Nodes, r)
		nodes = nodes[min(columns, len(nodes)):]
	}
	return g
}

// Show returns a node of an item.
func Show(i Item) Node { return Node{Item: i} }

// Touch returns a node of an item that can be touched.
func Touch(key string, i Item) Node { return Node{Key: key, Item: i} }

// Space returns room that nothing fills.
func Space() Node { return Node{Grows: 1, Weight: 1} }

// Padded returns the node with room around what it holds.
func (n Node) Padded(x, y float32) Node { n.PadX, n.PadY = x, y; return n }

// On returns the node with a ground under it.
func (n Node) On(ground Item) Node { n.Ground = ground; return n }

// Weighs returns the node with a share of its row's room.
func (n Node) Weighs(w float32) Node { n.Weight = w; return n }

// Growing returns the node with a share of the height that is left over.
func (n Node) Growing(w float32) Node { n.Grows = w; return n }

// Parted returns the box with an item between each two of its things.
func (n Node) Parted(by Item) Node { n.Parts = by; return n }

// Spared returns the node as one that a page without room does without.
func (n Node) Spared(rank int) Node { n.Spare = rank; return n }

// Or returns the node as one in whose place a page without room shows another.
func (n Node) Or(rank int, less Node) Node { n.Spare, n.Less = rank, &less; return n }

// When returns the node as one of some panels only.
func (n Node) When(w Way) Node { n.Way = w; return n }

// absent reports whether the node does not stand on the panel.
func (n Node) absent(m Metrics) bool {
	return n.Way == Standing && m.Lying || n.Way == Lying && !m.Lying
}

// control reports whether something in the node can be touched.
func (n Node) control() bool {
	if n.Key != "" {
		return true
	}
	for _, c := range n.Nodes {
		if c.control() {
			return true
		}
	}
	return false
}

// A Box is a place in pixels from the panel's top left.
type Box struct{ X, Y, W, H float32 }

// inset returns the box without its edges.
func (b Box) inset(x, y float32) Box { return Box{b.X + x, b.Y + y, b.W - 2*x, b.H - 2*y} }

// A Placed is an item at its place. Its name is its key, or else where it stands in the page.
type Placed struct {
	Box
	Name string
	Key  string
	Item Item
	M    Metrics // as it was placed: text may be a tenth smaller
}

// An OverflowError says that a page does not fit.
type OverflowError struct {
	Name string  // of what has no room
	By   float32 // pixels
}

func (e *OverflowError) Error() string {
	return fmt.Sprintf("%s has %.0f pixels too few", e.Name, e.By)
}

func (n Node) axis(m Metrics) Axis {
	if n.Axis == Turn && m.Lying {
		return Across
	}
	if n.Axis == Turn {
		return Down
	}
	return n.Axis
}

// width is what the node needs from left to right.
func (n Node) width(m Metrics) Need {
	if n.Item != nil {
		return m.widthOf(n.Item)
	}
	var sum Need
	for i, c := range n.Nodes {
		w := c.width(m)
		if n.Axis == Wrap || n.Axis == Fold {
			w.Least = max(0, w.Least-sum.Least) // of the widest
		} else if i > 0 && n.axis(m) == Across {
			w.Least += m.gap(n.Gap)
		}
		if n.axis(m) == Down {
			sum.Least, sum.Wish = max(sum.Least, w.Least), max(sum.Wish, w.Wish)
			continue
		}
		if i > 0 {
			w.Wish += m.gap(n.Gap)
		}
		sum.Least, sum.Wish = sum.Least+w.Least, sum.Wish+w.Wish
	}
	pad := 2 * m.gap(n.PadX)
	return Need{sum.Least + pad, sum.Wish + pad}
}

// height is what the node needs from top to bottom at a width.
func (n Node) height(m Metrics, width float32) Need {
	if n.Item != nil {
		return m.heightOf(n.Item, whole(width))
	}
	inner := width - 2*m.gap(n.PadX)
	n = n.turned(m, inner)
	var sum Need
	widths := n.widths(m, inner)
	for i, c := range n.Nodes {
		h := c.height(m, widths[i])
		if n.axis(m) == Across {
			sum.Least, sum.Wish = max(sum.Least, h.Least), max(sum.Wish, h.Wish)
			continue
		}
		if i > 0 {
			h.Least, h.Wish = h.Least+m.gap(n.Gap), h.Wish+m.gap(n.Gap)
		}
		sum.Least, sum.Wish = sum.Least+h.Least, sum.Wish+h.Wish
	}
	pad := 2 * m.gap(n.PadY)
	sum = Need{sum.Least + pad, sum.Wish + pad}
	if n.Ground != nil {
		ground := m.heightOf(n.Ground, width)
		sum = Need{max(sum.Least, ground.Least), max(sum.Wish, ground.Wish)}
	}
	return sum
}

// turned returns a box that wraps or folds as it stands at a width.
func (n Node) turned(m Metrics, width float32) Node {
	switch n.Axis {
	case Wrap:
		return n.wrapped(m, width)
	case Fold:
		if n.Axis = Across; n.folds(m, width) {
			n.Axis, n.Gap, n.Middle = Down, 0, false
		}
	}
	return n
}

// folds reports whether a line is too short for all, and lines of their own make the box no higher.
func (n Node) folds(m Metrics, width float32) bool {
	var wish, least float32
	for i, c := range n.Nodes {
		if i > 0 {
			wish, least = wish+m.gap(n.Gap), least+m.gap(n.Gap)
		}
		w := c.width(m)
		if wish += w.Wish; c.Weight == 0 {
			w.Least = w.Wish
		}
		least += w.Least
	}
	n.PadX, n.PadY, n.Ground = 0, 0, nil
	below := n
	below.Axis, below.Gap = Down, 0
	return wish > width && (least > width || below.height(m, width).Least <= n.height(m, width).Least)
}

// wrapped returns a box as the rows that it has at a width.
func (n Node) wrapped(m Metrics, width float32) Node {
	var rows []Node
	used := width
	for _, c := range n.Nodes {
		w := c.width(m).Wish + m.gap(n.Gap)
		if used+w > width || len(rows) == 0 {
			rows, used = append(rows, Row(n.Gap)), -m.gap(n.Gap)
			rows[len(rows)-1].Name = fmt.Sprint("row ", len(rows))
		}
		last := &rows[len(rows)-1]
		last.Nodes, used = append(last.Nodes, c), used+w
	}
	n.Axis, n.Nodes, n.Middle = Down, rows, true
	return n
}

// widths gives the node's things their widths. In a row, what has no weight takes what it wishes, and the others share
// the rest.
func (n Node) widths(m Metrics, width float32) []float32 {
	list := make([]float32, len(n.Nodes))
	if n.axis(m) == Down {
		for i := range list {
			list[i] = width
		}
		return list
	}
	rest, weights := width-m.gap(n.Gap)*float32(max(0, len(list)-1)), float32(0)
	for i, c := range n.Nodes {
		if weights += c.Weight; c.Weight == 0 {
			list[i] = c.width(m).Wish
			rest -= list[i]
		}
	}
	if rest < 0 { // all wish more than there is
		var wish, least float32
		for i, c := range n.Nodes {
			if c.Weight == 0 {
				wish, least = wish+list[i], least+c.width(m).Least
			}
		}
		for i, c := range n.Nodes {
			if need := c.width(m); c.Weight == 0 && wish > least {
				list[i] = need.Wish - min(1, -rest/(wish-least))*(need.Wish-need.Least)
			}
		}
	}
	for i, c := range n.Nodes {
		if c.Weight > 0 {
			list[i] = max(0, rest*c.Weight/weights)
		}
	}
	return list
}

// heights shares a column's height among its things.
func (n Node) heights(m Metrics, width, height float32) (list []float32, missing float32) {
	var least, wish, grows, weights float32
	needs := make([]Need, len(n.Nodes))
	for i, c := range n.Nodes {
		needs[i] = c.height(m, width)
		least, wish, grows = least+needs[i].Least, wish+needs[i].Wish, grows+c.Grows
		weights += c.Weight
	}
	height -= m.gap(n.Gap) * float32(max(0, len(needs)-1))
	list = make([]float32, len(needs))
	for i, c := range n.Nodes {
		switch need := needs[i]; {
		case height >= wish && grows > 0:
			list[i] = need.Wish + (height-wish)*c.Grows/grows
		case height >= wish:
			list[i] = need.Wish
		case wish > least:
			list[i] = need.Least + max(0, height-least)*(need.Wish-need.Least)/(wish-least)
		default:
			list[i] = need.Least
		}
	}
	return list, max(0, least-height)
}

// A placer collects what was placed.
type placer struct {
	m     Metrics
	spare int // nodes of this rank and above are left out
	list  []Placed
	err   *OverflowError
}

// kept returns the node without what is spared.
func (p *placer) kept(n Node) Node {
	var nodes []Node
	for i, c := range n.Nodes {
		if c.absent(p.m) {
			continue
		}
		for c.Less != nil && c.Spare >= p.spare { // what stands in its place has its share of the room
			share := c.Weight
			c = *c.Less
			c.Weight = max(c.Weight, share)
		}
		if c.Spare == 0 || c.Spare < p.spare {
			if c = p.kept(c); c.Key == "" && c.Name == "" {
				c.Name = fmt.Sprint(i)
			}
			if n.Parts != nil && len(nodes) > 0 {
				nodes = append(nodes, Node{Name: fmt.Sprint("before ", i), Item: n.Parts})
			}
			nodes = append(nodes, c)
		}
	}
	n.Nodes = nodes
	return n
}

func (p *placer) overflow(name string, by float32) {
	if by > 1 && (p.err == nil || by > p.err.By) {
		p.err = &OverflowError{Name: name, By: by}
	}
}

func (p *placer) put(name string, n Node, b Box, i Item) {
	x, y := round(b.X), round(b.Y)
	p.list = append(p.list, Placed{Box: Box{x, y, round(b.X+b.W) - x, round(b.Y+b.H) - y}, Name: name, Key: n.Key,
		Item: i, M: p.m})
}

// part places a part of the page. Each gives way for itself: one that has room keeps its words.
func (p *placer) part(name string, n Node, b Box) {
	p.try(func(one *placer) { one.place(name, one.kept(n), b) })
}

// try places with all that there is to say, then with smaller gaps, then without what can be spared, until there is
// room.
func (p *placer) try(place func(*placer)) {
	one := new(placer)
	for _, spare := range []int{9, 4, 3, 2, 1} {
		for _, tight := range []float32{1, 0.75, 0.5} {
			*one = placer{m: p.m, spare: spare}
			one.m.Tight = tight
			if place(one); one.err == nil {
				p.list = append(p.list, one.list...)
				return
			}
		}
	}
	p.list = append(p.list, one.list...)
	p.overflow(one.err.Name, one.err.By)
}

// place puts a node into a box.
func (p *placer) place(name string, n Node, b Box) {
	if n.Key != "" {
		name = n.Key
	}
	if n.Ground != nil {
		p.put(name+" ground", n, b, n.Ground)
	}
	if n.Item != nil {
		b.W = whole(b.W)
		p.overflow(name, p.m.heightOf(n.Item, b.W).Least-b.H)
		p.overflow(name, p.m.widthOf(n.Item).Least-b.W)
		p.put(name, n, b, n.Item)
		return
	}
	b = b.inset(p.m.gap(n.PadX), p.m.gap(n.PadY))
	n = n.turned(p.m, b.W)
	if n.axis(p.m) == Across {
		p.row(name, n, b)
		return
	}
	heights, missing := n.heights(p.m, b.W, b.H)
	p.overflow(name, missing)
	y := b.Y
	for i, c := range n.Nodes {
		box := Box{b.X, y, b.W, heights[i]}
		if n.Middle {
			box.W = min(b.W, c.width(p.m).Wish)
			box.X += (b.W - box.W) / 2
		}
		p.place(name+"/"+c.Name, c, box)
		y += heights[i] + p.m.gap(n.Gap)
	}
}

func (p *placer) row(name string, n Node, b Box) {
	x, widths := b.X, n.widths(p.m, b.W)
	for i, c := range n.Nodes {
		box := Box{x, b.Y, widths[i], b.H}
		if h := c.height(p.m, widths[i]).Wish; n.Middle && h < b.H {
			box.Y, box.H = b.Y+(b.H-h)/2, h
		}
		p.place(name+"/"+c.Name, c, box)
		x += widths[i] + p.m.gap(n.Gap)
	}
	p.overflow(name, x-p.m.gap(n.Gap)-(b.X+b.W))
}

// whole is a width in whole pixels: an item is as wide as it was measured, or its text would wrap in another way.
func whole(v float32) float32 { return float32(math.Floor(float64(v) + 0.01)) }

func round(v float32) float32 { return float32(math.Round(float64(v))) }
