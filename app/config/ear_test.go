package config

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// heard is the good example with a keypad, earphones and all.
func heard(t testing.TB) (text, dir string) {
	t.Helper()
	text, dir = good(t)
	for old, with := range map[string]string{
		`keypad = ""`: `keypad = "/dev/input/by-id/usb-Storm_EZ-Key-event-kbd"`, `short_mm = 0`: `short_mm = 268`,
		`earphones = ""`:   `earphones = "plughw:CARD=EZKey"`,
		`loudspeaker = ""`: `loudspeaker = "plughw:CARD=PCH,DEV=0"`,
		`jack = ""`:        `jack = "/dev/courtkiosk/jack"`, `recordings = ""`: `recordings = "said"`,
	} {
		if strings.Count(text, "\n"+old) != 1 {
			t.Fatalf("the example has no %s", old)
		}
		text = strings.Replace(text, "\n"+old, "\n"+with, 1)
	}
	return strings.Replace(text, "# [ear.keys]\n# KEY_F1 = \"help\"\n# 126 = \"repeat\"\n", "[ear.keys]\n"+
		"KEY_F1 = \"help\"\n126 = \"repeat\"\nKEY_KPSLASH = \"\"\n", 1), dir
}

func TestEar(t *testing.T) {
	text, dir := heard(t)
	c, _, err := parse(dir, part{text: text})
	if err != nil {
		t.Fatal(err)
	}
	if c.Ear.Recordings != filepath.Join(dir, "said") || c.Screen.ShortMM != 268 || Card(c.Ear.Loudspeaker) != "PCH" {
		t.Errorf("got %+v", c.Ear)
	}
	table := c.Ear.KeyTable()
	for code, want := range map[uint16]string{79: "1", 2: "1", 82: "0", 11: "0", 76: "5", 96: "confirm", 28: "confirm",
		83: "back", 14: "back", 111: "back", 78: "louder", 115: "louder", 74: "softer", 114: "softer", 55: "repeat",
		59: "help", 126: "repeat", 98: "", 30: ""} {
		if table[code] != want {
			t.Errorf("key %d is %q, want %q", code, table[code], want)
		}
	}
	means := slices.Sorted(maps.Values(table))
	if got, want := slices.Compact(means), slices.Sorted(slices.Values(EarKeys)); !slices.Equal(got, want) {
		t.Errorf("the keys mean %q, want %q", got, want)
	}
	file := filepath.Join(dir, "config.toml")
	written, err := c.Written()
	if err == nil {
		err = os.WriteFile(file, []byte(written), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	if again, err := Load(file); err != nil || !reflect.DeepEqual(again, c) {
		t.Errorf("read back: %v\n%+v\n%+v", err, again.Ear, c.Ear)
	}
	values, _, err := Effective(file)
	if i := slices.IndexFunc(values, func(v Value) bool { return v.Key == "ear.keys.KEY_F1" }); err != nil || i < 0 ||
		values[i].Value != "help" || values[i].Default {
		t.Errorf("the table is not listed: %v, %v", values, err)
	}
	other := c
	other.Ear.Keys = map[string]string{"KEY_F1": "repeat"}
	if other.Hash() == c.Hash() {
		t.Error("another table of keys has the same hash")
	}
}

func TestEarsAreComplainedOf(t *testing.T) {
	for name, tt := range map[string]struct{ old, new, want string }{
		"a keypad by its number": {`"/dev/input/by-id/usb-Storm_EZ-Key-event-kbd"`, `"/dev/input/event5"`,
			`ear.keypad: "/dev/input/event5" is no name of an input device that stays; plug it in, copy`},
		"a keypad elsewhere": {`"/dev/input/by-id/usb-Storm_EZ-Key-event-kbd"`, `"keypad"`, `"keypad" is no name`},
		"a way out of dev":   {`/dev/courtkiosk/jack`, `/dev/../etc/passwd`, `ear.jack: "/dev/../etc/passwd" is no`},
		"a jack by its number": {`"/dev/courtkiosk/jack"`, `"/dev/input/event12"`,
			`ear.jack: "/dev/input/event12" is no name`},
		"volume keys that are the keypad": {`volume = ""`, `volume = "/dev/input/by-id/usb-Storm_EZ-Key-event-kbd"`,
			`ear.volume: it is the keypad`},
		"a jack that is the keypad": {`"/dev/courtkiosk/jack"`, `"/dev/input/by-id/usb-Storm_EZ-Key-event-kbd"`,
			`ear.jack: it is held for its keys`},
		"default":             {`"plughw:CARD=EZKey"`, `"default"`, `ear.earphones: "default" must be plughw:CARD=`},
		"a number":            {`"plughw:CARD=EZKey"`, `"hw:0"`, `ear.earphones: "hw:0" must be plughw:CARD=`},
		"a number as a card":  {`"plughw:CARD=EZKey"`, `"plughw:CARD=1"`, `ear.earphones: "plughw:CARD=1" must be`},
		"without conversion":  {`"plughw:CARD=EZKey"`, `"hw:CARD=EZKey"`, `ear.earphones: "hw:CARD=EZKey" must be`},
		"null in production":  {`"plughw:CARD=EZKey"`, `"null"`, `ear.earphones: "null" must be`},
		"a pulse server":      {`"plughw:CARD=PCH,DEV=0"`, `"pulse"`, `ear.loudspeaker: "pulse" must be`},
		"one card for both":   {`"plughw:CARD=PCH,DEV=0"`, `"plughw:CARD=EZKey,DEV=1"`, `loudspeaker: it is the card`},
		"a jack of nothing":   {`"plughw:CARD=EZKey"`, `""`, `ear.jack: goes with earphones`},
		"no keypad":           {`"/dev/input/by-id/usb-Storm_EZ-Key-event-kbd"`, `""`, `ear.keypad: the rest of [ear]`},
		"no size":             {`short_mm = 268`, `short_mm = 0`, "line 34: screen.short_mm: goes with ear.keypad"},
		"a side in cm":        {`short_mm = 268`, `short_mm = 26`, "line 34: screen.short_mm: 26 is not between"},
		"a side in quotes":    {`short_mm = 268`, `short_mm = "268"`, `write the number without quotes`},
		"an unknown key":      {`KEY_F1 = "help"`, `F1 = "help"`, "line 49: ear.keys.F1: no key is called so; evtest"},
		"a key of no number":  {`126 = "repeat"`, `99999 = "repeat"`, "line 50: ear.keys.99999: no key is called so"},
		"an unknown meaning":  {`KEY_F1 = "help"`, `KEY_F1 = "hilfe"`, `line 49: ear.keys.KEY_F1: "hilfe" is none of`},
		"a number as meaning": {`KEY_F1 = "help"`, `KEY_F1 = 1`, `ear.keys.KEY_F1: put it in quotes: KEY_F1 = "1"`},
		"a table in a table":  {`KEY_F1 = "help"`, `KEY_F1 = {a = "b"}`, `this is a key, not a table: KEY_F1 = "…"`},
		"keys on one line":    {"[ear.keys]", "keys = 3\n[ear.key]", "ear.keys: this is a table: write [ear.keys] on"},
		"an odd place":        {`slot = ""`, `slot = "\u202e"`, `ear.slot: it holds a line break or a character`},
		"no way on": {`KEY_KPSLASH = ""`, "KEY_KPENTER = \"\"\nKEY_ENTER = \"\"",
			"ear.keys: no key means confirm, which cannot be done without"},
	} {
		t.Run(name, func(t *testing.T) {
			text, dir := heard(t)
			if !strings.Contains(text, tt.old) {
				t.Fatalf("the example has no %s", tt.old)
			}
			_, _, err := parse(dir, part{text: strings.Replace(text, tt.old, tt.new, 1)})
			bad, ok := errors.AsType[Complaints](err)
			if !ok || !strings.Contains(bad.Error(), tt.want) || strings.Contains(bad.Error(), "%!") {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// Tests speak in a keypad's place, by a pipe; production takes none, wherever it lies.
func TestPipes(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for environment, want := range map[string]string{Test: "", Demo: "",
		Production: "is a pipe, which says whatever anybody writes"} {
		c := Defaults()
		c.Environment, c.Screen.ShortMM = environment, 300
		c.Ear = Ear{Keypad: pipe, Loudspeaker: "plughw:CARD=PCH"}
		said := ""
		c.checkEar(func(ok bool, key, format string, args ...any) {
			if !ok {
				said += fmt.Sprintf("%s: "+format+"\n", append([]any{key}, args...)...)
			}
		})
		if said != "" && want == "" || !strings.Contains(said, want) {
			t.Errorf("%s: %s", environment, said)
		}
	}
}

// A demo may play into nothing; a machine of [ear] = nothing is as before.
func TestEarOfADemo(t *testing.T) {
	c := Defaults()
	c.Environment, c.Screen.ShortMM = Demo, 300
	c.Ear = Ear{Keypad: "/dev/input/by-id/x", Earphones: nowhere, Loudspeaker: nowhere}
	say := func(ok bool, key, format string, args ...any) {
		if !ok {
			t.Errorf("%s: "+format, append([]any{key}, args...)...)
		}
	}
	c.checkEar(say)
	Defaults().checkEar(say)
}

var defined = regexp.MustCompile(`(?m)^#define KEY_(\w+)\s+(\d+|0x[0-9a-f]+)\b`)

// The names are the kernel's.
func TestKeyNames(t *testing.T) {
	const header = "/usr/include/linux/input-event-codes.h"
	text, err := os.ReadFile(header)
	if err != nil {
		t.Skipf("SKIPPED: the kernel's names of keys: %v (apt-get install linux-libc-dev)", err)
	}
	ours := 0
	for _, m := range defined.FindAllStringSubmatch(string(text), -1) {
		want, err := strconv.ParseUint(m[2], 0, 16)
		if err != nil {
			t.Fatal(err)
		}
		if got, known := keyCode("KEY_" + m[1]); known {
			if ours++; uint64(got) != want {
				t.Errorf("KEY_%s is %d, and not %d", m[1], want, got)
			}
		}
	}
	if want := len(keyNames) + len(moreKeys) - 2; ours < want { // two numbers have no name, or one that is older
		t.Errorf("%d names are the kernel's, of %d", ours, want)
	}
	for _, none := range []string{"", "KEY_", "KEY_-", "KEY_NOTHING", "KP1", "0", "768", "-1", "KEY_kp1"} {
		if code, known := keyCode(none); known {
			t.Errorf("%q is key %d", none, code)
		}
	}
}
