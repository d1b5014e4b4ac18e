package ear

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"courtkiosk/app/message"
	"courtkiosk/payment/durable"
)

// longestRecording bounds what a court may record of one phrase.
const longestRecording = time.Minute

// mostRecorded is how many bytes that has at the highest of rates, with some room for what else a file may hold.
const mostRecorded = int64(longestRecording/time.Second)*2*48000 + 1<<16

// errName is why a phrase has no recording: its id is no name of a file.
var errName = errors.New("not the name of a file")

// recorded returns what a court has recorded of a phrase, as LANG/ID.wav in a folder, and the file's name. There is
// none where the folder has no such file.
func recorded(folder string, lang message.Lang, id string) (p PCM, name string, err error) {
	name = filepath.Join(string(lang), id+".wav")
	if strings.ContainsAny(id, "/\\\x00") || id == "" || !filepath.IsLocal(name) {
		return nil, name, errName
	}
	info, err := os.Stat(filepath.Join(folder, name)) // to open a pipe would wait for who writes into it
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, name, nil
	case err != nil:
		return nil, name, err
	case !info.Mode().IsRegular():
		return nil, name, durable.ErrNotRegular
	}
	f, err := os.OpenInRoot(folder, name) // a link leads to nowhere else
	if err != nil {
		return nil, name, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, mostRecorded+1))
	if err != nil {
		return nil, name, err
	}
	if int64(len(b)) > mostRecorded {
		return nil, name, fmt.Errorf("longer than %v", longestRecording)
	}
	if p, err = readWAV(b, false); err != nil {
		return nil, name, err
	}
	if p.Length() > longestRecording {
		return nil, name, fmt.Errorf("it takes %v, more than %v", p.Length(), longestRecording)
	}
	if p.peak() < leastPeak {
		return nil, name, errSilent
	}
	return p, name, nil
}
