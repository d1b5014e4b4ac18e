package console

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// Who came by ssh is known under sudo too, which hides it from what it runs.
func TestConnectionUnderSudo(t *testing.T) {
	const asks = "COURTKIOSK_CONNECTION"
	if os.Getenv(asks) != "" {
		fmt.Printf("from %s.\n", connection())
		return
	}
	const from = "10.1.2.3 50000 10.1.2.9 22"
	c := exec.Command("sh", "-c", "env -u SSH_CONNECTION $0 -test.run 'TestConnectionUnderSudo$'; true", os.Args[0])
	c.Env = append(os.Environ(), "SSH_CONNECTION="+from, asks+"=1")
	if out, err := c.CombinedOutput(); err != nil || !strings.Contains(string(out), "from "+from+".") {
		t.Errorf("%v, %s", err, out)
	}
}
