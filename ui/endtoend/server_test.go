package endtoend

import (
	"bufio"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// startServer starts the program without a kiosk's face, and returns once its page is served.
func startServer(t testing.TB, s *site) {
	t.Helper()
	c := exec.Command(program(t), "server", "--config", s.config)
	c.Env = append(os.Environ(), "LANG=zh_CN.UTF-8")
	stderr, err := c.StderrPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	ready, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		var log []string
		for sc := bufio.NewScanner(stderr); sc.Scan(); {
			log = append(log, sc.Text())
			if strings.Contains(sc.Text(), "clerk's page ready") {
				close(ready)
			}
		}
		if t.Failed() {
			t.Logf("log of the server:\n%s", strings.Join(log[max(0, len(log)-60):], "\n"))
		}
	}()
	t.Cleanup(func() {
		_ = c.Process.Signal(syscall.SIGTERM)
		<-ended
		if err := c.Wait(); err != nil {
			t.Errorf("the server ended with %v", err)
		}
	})
	select {
	case <-ready:
	case <-ended:
		t.Fatal("the server has ended")
	case <-time.After(40 * time.Second):
		t.Fatal("the server serves no page")
	}
}
