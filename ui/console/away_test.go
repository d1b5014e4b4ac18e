package console_test

import (
	"fmt"
	"os"
	"path/filepath"

	"filippo.io/age"
	"github.com/rogpeppe/go-internal/testscript"
)

// away FILE...: makes a secret key, secret.txt, and another machine's share, which is memory here, and has the kiosks
// of these configurations send their copies there: $SHARE.
// away -tomorrow DIR...: the copies of today count as those of a day that is over.
func cmdAway(ts *testscript.TestScript, _ bool, args []string) {
	if args[0] == "-tomorrow" {
		for _, dir := range args[1:] {
			ts.Check(os.Remove(ts.MkAbs(filepath.Join(dir, "offsite.json"))))
		}
		return
	}
	key, err := age.GenerateX25519Identity()
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs("secret.txt"), []byte("# the court's\n"+key.String()+"\n"), 0o600))
	share, err := os.MkdirTemp("/dev/shm", "courtkiosk-share-")
	ts.Check(err)
	ts.Defer(func() { _ = os.RemoveAll(share) })
	ts.Setenv("SHARE", share)
	for _, name := range args {
		text, err := os.ReadFile(ts.MkAbs(name))
		ts.Check(err)
		text = fmt.Appendf(text, "[offsite]\nrecipient = %q\nfolder = %q\n", key.Recipient().String(), share)
		ts.Check(os.WriteFile(ts.MkAbs(name), text, 0o600))
	}
}
