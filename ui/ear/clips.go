package ear

import (
	"context"
	"slices"
	"strconv"
	"sync"

	"courtkiosk/app/ear"
	"courtkiosk/app/message"
)

// mostClips is how many samples are kept in memory in all: under a megabyte, some 22 seconds.
const mostClips = 480_000

// A clip is what is kept: what it says and how, and nothing of who heard it.
type clip struct {
	lang message.Lang
	text string
	pace int
}

// clips are the sounds that are said again and again: phrases that hold no value, and single digits. The one that was
// not used for the longest time makes room.
type clips struct {
	mu    sync.Mutex
	kept  map[clip]PCM
	order []clip // by use, the last one last
	size  int    // of all, in samples
}

// digits are how single ones are said.
var digits = sync.OnceValue(func() map[message.Lang][]string {
	m := make(map[message.Lang][]string)
	for _, lang := range []message.Lang{message.Chinese, message.English} {
		for d := range 10 {
			m[lang] = append(m[lang], ear.Digit(lang, strconv.Itoa(d)))
		}
	}
	return m
})

// keepable reports whether a phrase holds nothing of a visit.
func keepable(lang message.Lang, p ear.Phrase) bool {
	return p.Fixed || slices.Contains(digits()[lang], p.Text)
}

// get returns a copy of what is kept.
func (c *clips) get(k clip) (PCM, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p, there := c.kept[k]
	if !there {
		return nil, false
	}
	c.order = append(slices.DeleteFunc(c.order, func(o clip) bool { return o == k }), k)
	return slices.Clone(p), true
}

// put keeps a copy, unless it would take a quarter of all room. What a visit had rendered is not kept when ctx, which
// ends with it, has ended: nothing would forget it.
func (c *clips) put(ctx context.Context, k clip, p PCM) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, there := c.kept[k]; there || len(p) > mostClips/4 || ctx.Err() != nil {
		return
	}
	for c.size+len(p) > mostClips {
		c.drop(c.order[0])
	}
	if c.kept == nil {
		c.kept = make(map[clip]PCM)
	}
	c.kept[k] = slices.Clip(slices.Clone(p))
	c.order = append(c.order, k)
	c.size += len(p)
}

// room reports whether so many samples more fit without a loss.
func (c *clips) room(n int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.size+n <= mostClips
}

// forget drops what was rendered at a visitor's own pace: which digits are there would tell which were typed.
func (c *clips) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, k := range slices.Clone(c.order) {
		if k.pace != Paces[defaultPace] {
			c.drop(k)
		}
	}
}

func (c *clips) drop(k clip) {
	c.size -= len(c.kept[k])
	clear(c.kept[k])
	delete(c.kept, k)
	c.order = slices.DeleteFunc(c.order, func(o clip) bool { return o == k })
}
