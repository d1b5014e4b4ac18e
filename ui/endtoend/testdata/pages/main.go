// Pages shows every sample page in a real window, one after the other and then at random in each way of seeing, as fast
// as they are drawn, and says how much memory it needs after every hundred: pages CHANGES PAUSE
package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"time"

	fyneapp "fyne.io/fyne/v2/app"

	"courtkiosk/app/message"
	"courtkiosk/ui/kiosk"
	"courtkiosk/ui/panel"
	_ "courtkiosk/ui/restart"
	"courtkiosk/ui/seam"
	"courtkiosk/ui/style"
	"courtkiosk/ui/view"
)

func main() {
	changes, err := strconv.Atoi(os.Args[1])
	if err != nil {
		panic(err)
	}
	pause, err := time.ParseDuration(os.Args[2])
	if err != nil {
		panic(err)
	}
	theme, err := style.NewTheme()
	if err != nil {
		panic(err)
	}
	a := fyneapp.NewWithID("courtkiosk.pages")
	a.Settings().SetTheme(theme)
	w := a.NewWindow("pages")
	pages := kiosk.New(panel.Manners{}, func(view.Intent) {})
	w.SetPadded(false)
	w.SetContent(pages.Object())
	w.SetFullScreen(true)
	a.Lifecycle().SetOnStarted(func() {
		go func() {
			time.Sleep(time.Second)
			shown := 0
			show := func(s view.Sample) {
				done := make(chan struct{})
				seam.OnScreen(func() { pages.Show(s.Frame, s.Screen); close(done) })
				<-done
				time.Sleep(pause) // the frame is drawn in the loop's next round
				if shown++; shown%100 == 0 {
					fmt.Println("MiB after", shown, "pages:", memory())
				}
			}
			all := view.Samples(message.Chinese)
			for _, s := range all {
				show(s)
			}
			all = append(all, view.Samples(message.English)...)
			dice := rand.New(rand.NewPCG(1, 2))
			for range changes {
				s := all[dice.IntN(len(all))]
				s.Frame.Large, s.Frame.Low, s.Frame.Contrast = dice.IntN(4) == 0, dice.IntN(4) == 0, dice.IntN(4) == 0
				show(s)
			}
			fmt.Println("pages shown:", shown)
			seam.OnScreen(a.Quit)
		}()
	})
	w.ShowAndRun()
}

// memory is the program's proportional share in MiB.
func memory() int {
	text, err := os.ReadFile("/proc/self/smaps_rollup")
	if err != nil {
		panic(err)
	}
	_, after, _ := strings.Cut(string(text), "\nPss:")
	kib, err := strconv.Atoi(strings.Fields(after)[0])
	if err != nil {
		panic(err)
	}
	return kib / 1024
}
