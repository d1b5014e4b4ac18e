package desk_test

import (
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// However often pages are loaded again, most of what WeChat may be asked in a second is left to who pays in the lobby.
func TestReloadedWithoutEnd(t *testing.T) {
	inDay(t, func(c *browser) {
		_, path := opened(c, "567890")
		const seconds, most = 10, 3 + 10 + 1
		var asked atomic.Int32
		var all sync.WaitGroup
		end := time.Now().Add(seconds * time.Second)
		for range 3 {
			all.Go(func() {
				for time.Now().Before(end) {
					w := send(c, http.MethodPost, path+"/ask", url.Values{}, "same-origin")
					if w.Code != http.StatusSeeOther {
						t.Errorf("answered %d", w.Code)
					}
					asked.Add(1)
				}
			})
		}
		all.Wait()
		if n := asked.Load(); n < seconds || n > most+2 { // two were on their way at the end
			t.Errorf("WeChat was asked %d times in %d s, want %d to %d", n, seconds, seconds, most)
		}
	})
}
