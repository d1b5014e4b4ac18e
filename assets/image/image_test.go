// Package image has no code: its tests look after the scripts that build the image of a kiosk.
package image

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Each secret that is planted in a root ends the build, and is named.
func TestSecretsEndTheBuild(t *testing.T) {
	// joined, so that nobody takes this file for a key
	const key = "-----BEGIN " + "PRIVATE KEY-----\nMC4CAQAw\n"
	for name, plant := range map[string]struct{ file, text string }{
		"nothing":                {},
		"what makers leave":      {"usr/share/doc/x/example.pem", key},
		"a machine's name":       {"etc/machine-id", "0123456789abcdef0123456789abcdef\n"},
		"the key of credentials": {"var/lib/systemd/credential.secret", "x"},
		"a seed":                 {"var/lib/systemd/random-seed", "x"},
		"a key of receipts":      {"var/lib/courtkiosk/receipt.key", "x"},
		"a ledger":               {"var/lib/courtkiosk/ledger.db", "x"},
		"a ledger elsewhere":     {"var/backups/ledger-2026.db", "x"},
		"a configuration":        {"etc/courtkiosk/config.toml", "x"},
		"a merchant's key":       {"etc/courtkiosk/keys/apiclient_key.pem", "x"},
		"a credential":           {"etc/credstore.encrypted/courtkiosk.merchant-key", "x"},
		"answers":                {"efi/courtkiosk-answers/answers.toml", "x"},
		"a state":                {"state/machine-id", "x"},
		"a key of a host":        {"etc/ssh/ssh_host_ed25519_key", "x"},
		"whom root lets in":      {"root/.ssh/authorized_keys", "x"},
		"a mirror's password":    {"etc/apt/auth.conf", "x"},
		"one in its address":     {"etc/apt/sources.list", "deb http://it:secret@mirror.court/debian bookworm main\n"},
		"a mirror":               {"etc/apt/sources.list", "deb [signed-by=/x.gpg] http://mirror:8080/debian x main\n"},
		"a key as WeChat has it": {"opt/apiclient_cert.p12", "0\x82\x00"},
		"whom copies are for":    {"opt/court.txt", "AGE-SECRET-" + "KEY-1QQQQ\n"},
		"who signs packages":     {"opt/court.asc", "-----BEGIN PGP " + "PRIVATE KEY BLOCK-----\n"},
		"any key at all":         {"usr/local/lib/any.txt", key},
		"a password":             {"etc/shadow", "root:$y$j9T$x$y:20000:0:::::\n"},
		"no password":            {"etc/shadow", "root::20000:0:::::\n"},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			write := func(file, text string) {
				t.Helper()
				path := filepath.Join(root, file)
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			write("etc/machine-id", "")
			write("etc/shadow", "root:!*:20000:0:::::\ncourtkiosk:!:20000::::::\n")
			write("usr/bin/courtkiosk", key+"\x00")
			if plant.file != "" {
				write(plant.file, plant.text)
			}
			out, err := exec.Command("sh", "secrets.sh", root).CombinedOutput()
			allowed := name == "nothing" || name == "what makers leave" || name == "a mirror"
			if allowed != (err == nil) || !allowed && !strings.Contains(string(out), plant.file) {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// What cannot be looked through is not taken for clean.
func TestNoRootIsNotClean(t *testing.T) {
	for _, root := range []string{filepath.Join(t.TempDir(), "none"), t.TempDir()} {
		if out, err := exec.Command("sh", "secrets.sh", root).CombinedOutput(); err == nil {
			t.Errorf("%s is said to be clean\n%s", root, out)
		}
	}
}

// A shell can read each script; in an image nobody sees what it complains of.
func TestScriptsAreShell(t *testing.T) {
	scripts := []string{"build.sh", "secrets.sh", "root/etc/initramfs-tools/hooks/courtkiosk",
		"root/etc/initramfs-tools/scripts/local-bottom/courtkiosk"}
	more, err := filepath.Glob("root/usr/lib/courtkiosk-image/*")
	if err != nil || len(more) == 0 {
		t.Fatalf("%q, %v", more, err)
	}
	for i, name := range append(scripts, more...) {
		if out, err := exec.Command("sh", "-n", name).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
		if info, err := os.Stat(name); err != nil || i >= 2 && info.Mode()&0o111 == 0 {
			t.Errorf("%s cannot be run: %v", name, err)
		}
	}
}
