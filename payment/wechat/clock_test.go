package wechat

import (
	"net/http"
	"testing"
	"time"
)

// Setting this machine's clock shows at once, not at the next answer.
func TestOffsetFollowsOurClock(t *testing.T) {
	noon := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	m := moment{theirs: noon}
	for name, tt := range map[string]struct {
		passed time.Duration
		now    time.Time
		want   time.Duration
	}{
		"ours was right":        {10 * time.Second, noon.Add(10 * time.Second), 0},
		"ours is late":          {10 * time.Second, noon.Add(-time.Hour + 10*time.Second), time.Hour},
		"ours was set since":    {10 * time.Second, noon.Add(10*time.Second + 300*time.Millisecond), 0},
		"ours is early":         {time.Second, noon.Add(4 * time.Minute), -4*time.Minute + time.Second},
		"less than a second is": {0, noon.Add(900 * time.Millisecond), 0},
	} {
		t.Run(name, func(t *testing.T) {
			if got := m.offset(tt.passed, tt.now); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestOffsetIsOfTheMiddle(t *testing.T) {
	var c clock
	if _, ok := c.offset(); ok {
		t.Error("an offset before the first answer")
	}
	now := time.Now()
	c.hear(&http.Response{Header: http.Header{"Date": {now.Add(-10 * time.Second).UTC().Format(http.TimeFormat)}}},
		now.Add(-20*time.Second))
	if d, ok := c.offset(); !ok || d.Abs() > time.Second {
		t.Errorf("offset = %v, %t", d, ok)
	}
	before, _ := c.offset()
	c.hear(&http.Response{Header: http.Header{"Date": {"yesterday"}}}, now)
	if d, _ := c.offset(); d != before {
		t.Errorf("a Date that is none moved the offset to %v", d)
	}
}

// The gateway's own road obeys no proxy variable, and drops connections before WeChat does.
func TestOwnTransport(t *testing.T) {
	tr, err := Road{}.transport()
	if err != nil {
		t.Fatal(err)
	}
	if tr.Proxy != nil || tr.TLSClientConfig.MinVersion < 0x0303 || tr.TLSClientConfig.InsecureSkipVerify ||
		tr.IdleConnTimeout > 7*time.Second || tr.IdleConnTimeout == 0 {
		t.Errorf("%+v", tr)
	}
}
