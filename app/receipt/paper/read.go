package paper

import (
	"errors"
	"regexp"
	"strings"
)

// ErrNoCode means: a file that has no receipt's code, or more than one.
var ErrNoCode = errors.New("paper: the file does not have the code of one receipt; scan the QR in it")

// What xmp writes; see there.
var (
	identifier = regexp.MustCompile(`<dc:identifier>([^<]*)</dc:identifier>`)
	titled     = regexp.MustCompile(`<rdf:li xml:lang="x-default">([^<]*)</rdf:li>`)
)

// Code returns the code that a receipt's PDF carries, as it stands there: whether it is genuine, a receipt.Ring says,
// and whether the file was changed, CheckSeal. What is drawn on the page is not compared with it: believe the code.
func Code(file []byte) (string, error) { return only(identifier, file) }

// only returns what an expression finds, if it finds one thing.
func only(what *regexp.Regexp, file []byte) (string, error) {
	found := what.FindAllSubmatch(file, -1)
	if len(found) != 1 || len(found[0][1]) == 0 {
		return "", ErrNoCode
	}
	return string(found[0][1]), nil
}

// isCopy reports whether a file is this copy of a receipt, by its title.
func isCopy(file []byte, number string, nth int) bool {
	title, err := only(titled, file)
	return err == nil && strings.HasSuffix(title, " "+copyName(number, nth))
}
