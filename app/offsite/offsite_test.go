package offsite

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"filippo.io/age"

	"courtkiosk/payment"
)

var noon = time.Date(2026, 11, 29, 12, 0, 0, 0, payment.China)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// share returns a folder on another device than the tests' own: memory, as a share would be another machine's.
func share(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "courtkiosk-share-")
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func key(t *testing.T) *age.X25519Identity {
	t.Helper()
	id, err := age.GenerateX25519Identity()
	must(t, err)
	return id
}

// place returns a place, and a copy to send there.
func place(t *testing.T) (*Place, Copy, *age.X25519Identity) {
	t.Helper()
	id, home := key(t), t.TempDir()
	c := Copy{Ledger: filepath.Join(home, "nameless.db"), Keys: []byte("ring\n"), About: About{Court: "京0101",
		Environment: "test", Kiosk: "03", Instance: "K3J4ABCDEF", Made: noon.UTC()}}
	must(t, os.WriteFile(c.Ledger, bytes.Repeat([]byte("ledger "), 40_000), 0o600))
	return NewPlace(Place{Recipient: id.Recipient().String(), Folder: share(t), Kiosk: "03", Home: home,
		Record: filepath.Join(home, "offsite.json")}), c, id
}

func names(t *testing.T, dir string) (names []string) {
	t.Helper()
	list, err := os.ReadDir(dir)
	must(t, err)
	for _, e := range list {
		names = append(names, e.Name())
	}
	return names
}

func TestACopyArrives(t *testing.T) {
	p, c, id := place(t)
	if last, err := p.Last(); err != nil || last.Name != "" {
		t.Errorf("before: %+v, %v", last, err)
	}
	a, err := p.Send(t.Context(), c, noon)
	must(t, err)
	if got := names(t, p.Folder); !slices.Equal(got, []string{"03-2026-11-29-K3J4ABCDEF.age"}) {
		t.Fatalf("the folder has %q", got)
	}
	sealed := filepath.Join(p.Folder, a.Name)
	if info, err := os.Stat(sealed); err != nil || info.Size() != a.Size || info.Mode().Perm() != 0o600 {
		t.Errorf("%+v, %v", info, err)
	}
	if last, err := p.Last(); err != nil || last.SHA256 != a.SHA256 || !last.At.Equal(noon) {
		t.Errorf("after: %+v, %v", last, err)
	}
	if has, err := p.Has(t.Context(), "K3J4ABCDEF", noon); err != nil || !has {
		t.Errorf("today's is there: %t, %v", has, err)
	}
	if has, err := p.Has(t.Context(), "K3J4ABCDEF", noon.AddDate(0, 0, 1)); err != nil || has {
		t.Errorf("tomorrow's is there: %t, %v", has, err)
	}
	f, err := os.Open(sealed)
	must(t, err)
	defer f.Close()
	to := filepath.Join(t.TempDir(), "opened.db")
	got, err := Open(f, []age.Identity{key(t), id}, to)
	must(t, err)
	was, _ := os.ReadFile(c.Ledger)
	is, _ := os.ReadFile(to)
	c.About.Format = 1
	if got.About != c.About || string(got.Keys) != string(c.Keys) || !bytes.Equal(was, is) {
		t.Errorf("opened: %+v, and a ledger of %d bytes", got, len(is))
	}
	must(t, os.Remove(sealed))
	if has, err := p.Has(t.Context(), "K3J4ABCDEF", noon); err != nil || has {
		t.Errorf("one that was removed is there: %t, %v", has, err)
	}
}

// age and tar open a copy where this program is not.
func TestAgeAndTarOpenACopy(t *testing.T) {
	p, c, id := place(t)
	var sealed bytes.Buffer
	must(t, Seal(&sealed, p.Recipient, c))
	plain, err := age.Decrypt(&sealed, id)
	must(t, err)
	list := exec.CommandContext(t.Context(), "tar", "--list", "--file", "-")
	list.Stdin = plain
	said, err := list.CombinedOutput()
	if err != nil || string(said) != "about.json\nreceipt-keys.txt\nledger.db\n" {
		t.Errorf("tar says %q, %v", said, err)
	}
}

// The folder of a share that is not mounted is an empty one of this machine's own disk: nothing is written there.
func TestNothingLeavesIntoAnEmptyMountPoint(t *testing.T) {
	p, c, _ := place(t)
	mounted := p.Folder
	for what, dir := range map[string]string{
		"a mount point": t.TempDir(), "nothing": filepath.Join(t.TempDir(), "nowhere"),
		"the ledger's own folder": p.Home, "a file": c.Ledger,
	} {
		p.Folder = dir
		if _, err := p.Send(t.Context(), c, noon); !errors.Is(err, ErrAway) {
			t.Errorf("%s: sent, %v", what, err)
		}
		if err := p.There(t.Context()); !errors.Is(err, ErrAway) {
			t.Errorf("%s: there, %v", what, err)
		}
		if _, _, err := p.Told(t.Context(), "K3J4ABCDEF"); !errors.Is(err, ErrAway) {
			t.Errorf("%s: told, %v", what, err)
		}
		if _, err := p.Prune(t.Context(), []string{"K3J4ABCDEF"}, noon); !errors.Is(err, ErrAway) {
			t.Errorf("%s: pruned, %v", what, err)
		}
		if info, err := os.Stat(dir); err == nil && info.IsDir() && dir != p.Home && len(names(t, dir)) > 0 {
			t.Errorf("%s holds %q", what, names(t, dir))
		}
	}
	p.Folder, p.root = mounted, "/dev/shm" // the ledger lies on a disk of its own, and the mount point on the root's
	if err := p.There(t.Context()); !errors.Is(err, ErrAway) {
		t.Errorf("on the disk of the root: %v", err)
	}
	if last, err := p.Last(); err != nil || last.Name != "" {
		t.Errorf("arrived: %+v, %v", last, err)
	}
}

// What a power cut has left of ours goes, with the next copy; what is anybody else's stays, whatever its age.
func TestOnlyOurCopiesGo(t *testing.T) {
	p, c, _ := place(t)
	stays := []string{
		"03-2026-10-25-K3J4ABCDEF.age", // 35 days
		"03-2026-01-01-OTHERLEDGE.age", "04-2026-01-01-K3J4ABCDEF.age", "03-2026-01-01-K3J4ABCDEF.age.txt",
		"notes.txt", ".04-2026-01-01-K3J4ABCDEF.age.ABCDEFGHIJ",
	}
	goes := []string{"03-2026-10-24-K3J4ABCDEF.age", "03-2025-01-01-FORMERONES.age",
		".03-2026-11-28-K3J4ABCDEF.age.ABCDEFGHIJ"}
	for _, name := range slices.Concat(stays, goes) {
		must(t, os.WriteFile(filepath.Join(p.Folder, name), nil, 0o600))
	}
	_, err := p.Send(t.Context(), c, noon)
	must(t, err)
	if n, err := p.Prune(t.Context(), []string{"K3J4ABCDEF", "FORMERONES"}, noon); err != nil || n != 2 {
		t.Errorf("removed %d, %v", n, err)
	}
	want := append(slices.Clone(stays), "03-2026-11-29-K3J4ABCDEF.age")
	slices.Sort(want)
	if got := names(t, p.Folder); !slices.Equal(got, want) {
		t.Errorf("the folder has\n%q, want\n%q", got, want)
	}
}

// A copy that was torn on its way, or is another one, is not opened, and nothing of it is left on the disk.
func TestWhatIsNotWholeIsNotOpened(t *testing.T) {
	p, c, id := place(t)
	var sealed bytes.Buffer
	must(t, Seal(&sealed, p.Recipient, c))
	flipped := bytes.Clone(sealed.Bytes())
	flipped[len(flipped)/2] ^= 1
	var short bytes.Buffer // sealed by somebody, and no archive of ours
	w, err := age.Encrypt(&short, id.Recipient())
	must(t, err)
	_, err = io.WriteString(w, strings.Repeat("x", 2048))
	must(t, errors.Join(err, w.Close()))
	tests := map[string]struct {
		text []byte
		keys age.Identity
		want error
	}{
		"another key":    {sealed.Bytes(), key(t), ErrOtherKey},
		"a flipped bit":  {flipped, id, nil},
		"cut off":        {sealed.Bytes()[:sealed.Len()-70_000], id, nil},
		"its end is off": {sealed.Bytes()[:sealed.Len()-1], id, nil},
		"nothing":        {nil, id, ErrTorn},
		"no archive":     {short.Bytes(), id, ErrTorn},
	}
	for name, tt := range tests {
		to := filepath.Join(t.TempDir(), "opened.db")
		_, err := Open(bytes.NewReader(tt.text), []age.Identity{tt.keys}, to)
		if err == nil || tt.want != nil && !errors.Is(err, tt.want) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := os.Stat(to); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: something is left: %v", name, err)
		}
	}
}

func TestKeys(t *testing.T) {
	id, hybrid := key(t), new(age.HybridIdentity)
	hybrid, err := age.GenerateHybridIdentity()
	must(t, err)
	tests := map[string]error{
		id.Recipient().String(): nil, hybrid.Recipient().String(): nil,
		id.String(): ErrSecretKey, strings.ToLower(id.String()): ErrSecretKey, hybrid.String(): ErrSecretKey,
		"": ErrNoKey, "age1": ErrNoKey, "ssh-ed25519 AAAA": ErrNoKey,
		id.Recipient().String() + "\n" + id.Recipient().String(): ErrNoKey,
	}
	for text, want := range tests {
		err := CheckRecipient(text)
		if !errors.Is(err, want) || err != nil && strings.Contains(err.Error(), id.String()) {
			t.Errorf("%.20q: %v, want %v", text, err, want)
		}
	}
	for _, text := range []string{"", "# nothing\n", id.Recipient().String(), id.String() + "x",
		strings.Repeat("x", 3<<20)} {
		if _, err := Identities(strings.NewReader(text)); !errors.Is(err, ErrNoIdentity) ||
			strings.Contains(err.Error(), id.String()) {
			t.Errorf("%.20q: %v", text, err)
		}
	}
	list, err := Identities(strings.NewReader("# created: today\n" + id.String() + "\n\n" + hybrid.String() + "\n"))
	if err != nil || len(list) != 2 {
		t.Errorf("%d keys, %v", len(list), err)
	}
}

// A share that hangs holds nobody up, and is not asked again before it has answered.
func TestAShareThatHangs(t *testing.T) {
	p, _, _ := place(t)
	synctest.Test(t, func(t *testing.T) {
		p.busy = make(chan struct{}, 1)
		hangs := make(chan struct{})
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		begun := time.Now()
		_, err := beyond(ctx, p, func() (int, error) { <-hangs; return 1, nil })
		if !errors.Is(err, ErrSilent) || time.Since(begun) != time.Minute {
			t.Errorf("after %v: %v", time.Since(begun), err)
		}
		again := func() (int, error) { t.Error("asked again"); return 2, nil }
		if _, err := beyond(t.Context(), p, again); !errors.Is(err, ErrSilent) {
			t.Errorf("while it hangs: %v", err)
		}
		close(hangs)
		synctest.Wait()
		if got, err := beyond(t.Context(), p, func() (int, error) { return 3, nil }); err != nil || got != 3 {
			t.Errorf("once it has answered: %d, %v", got, err)
		}
	})
}

func TestASuccessorIsTold(t *testing.T) {
	p, _, _ := place(t)
	if _, told, err := p.Told(t.Context(), "K3J4ABCDEF"); told || err != nil {
		t.Errorf("before: %t, %v", told, err)
	}
	s := payment.Succession{Was: "K3J4ABCDEF", Is: "NEWONEHERE", At: noon.UTC(), Entry: 7}.Proven([]byte("hash"))
	must(t, p.Tell(t.Context(), s))
	other := s
	other.Is = "SOMEONEELS"
	must(t, p.Tell(t.Context(), other)) // what was said stays
	got, told, err := p.Told(t.Context(), "K3J4ABCDEF")
	if err != nil || !told || got.Is != "NEWONEHERE" || !got.Proves([]byte("hash")) || got.Proves([]byte("guess")) ||
		got.Proves(nil) {
		t.Errorf("told %t: %+v, %v", told, got, err)
	}
	got.Is = "SOMEONEELS"
	if got.Proves([]byte("hash")) {
		t.Error("it proves another's succession")
	}
	if _, told, err := p.Told(t.Context(), "../K3J4ABC"); told || err != nil {
		t.Errorf("a path: %t, %v", told, err)
	}
	must(t, os.WriteFile(p.successorFile("K3J4ABCDEF"), []byte("{"), 0o600))
	if _, told, err := p.Told(t.Context(), "K3J4ABCDEF"); told || err == nil {
		t.Errorf("rubbish: %t, %v", told, err)
	}
	for _, rubbish := range []string{"{", "", "{}\n"} { // a server that lost its power
		must(t, os.WriteFile(p.successorFile("K3J4ABCDEF"), []byte(rubbish), 0o600))
		must(t, p.Tell(t.Context(), s))
		if got, told, err := p.Told(t.Context(), "K3J4ABCDEF"); err != nil || !told || !got.Proves([]byte("hash")) {
			t.Errorf("told after %q: %+v, %t, %v", rubbish, got, told, err)
		}
	}
}

// Nothing is copied for a share that is away, or hangs: it is asked for again each ten minutes, and a ledger is large.
func TestNothingIsMadeForAShareThatIsAway(t *testing.T) {
	p, c, _ := place(t)
	p.Keys = filepath.Join(p.Home, "keys.txt")
	must(t, os.WriteFile(p.Keys, c.Keys, 0o600))
	make := func(context.Context, string) error { t.Error("made"); return errors.New("made") }
	p.busy <- struct{}{}
	if _, err := p.Leave(t.Context(), c.About, make, noon); !errors.Is(err, ErrSilent) {
		t.Errorf("while it hangs: %v", err)
	}
	<-p.busy
	p.Folder = t.TempDir()
	if _, err := p.Leave(t.Context(), c.About, make, noon); !errors.Is(err, ErrAway) {
		t.Errorf("while it is away: %v", err)
	}
}
