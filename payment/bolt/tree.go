package bolt

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"

	"go.etcd.io/bbolt"

	"courtkiosk/payment"
)

// The layout of bbolt's pages, go.etcd.io/bbolt/internal/common/page.go: a head of id (8), flags (2), count (2) and
// overflow (4), then elements of 16 bytes. A branch element ends with the child's page; a leaf element says in its
// flags whether its value is a bucket, and a bucket's value begins with its root page, 0 when it lies in the value
// itself.
const (
	pageHead    = 16
	element     = 16
	branchPage  = 0x01
	leafPage    = 0x02
	bucketValue = 0x01
)

// A tree checks that a file's pages are one: no page beyond the end, none twice. bbolt follows a page that refers to
// its own ancestor until the memory is full, so this comes before anything else reads the file.
type tree struct {
	file  io.ReaderAt
	size  int64 // of a page
	pages uint64
	seen  []bool
	whole bool // leaves are read too
}

// smallTree is a file of so many pages that reading all their heads takes no time worth mentioning.
const smallTree = 4096

// checkTree checks the tree. Of a large file that shall open at once it reads the branches only, which are some
// hundredths of it, and takes it that pages beside a leaf are leaves.
func checkTree(tx *bbolt.Tx, path string, whole bool) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	size := int64(tx.DB().Info().PageSize)
	t := &tree{file: f, size: size, pages: uint64(tx.Size() / size)}
	t.whole = whole || t.pages <= smallTree
	t.seen = make([]bool, t.pages)
	return t.page(uint64(tx.Cursor().Bucket().Root()))
}

func (t *tree) damaged(id uint64, what string) error {
	return fmt.Errorf("%w: page %d %s", payment.ErrDamaged, id, what)
}

// enter notes that a page was reached.
func (t *tree) enter(id uint64) error {
	if id < 2 || id >= t.pages {
		return t.damaged(id, "is not in the file")
	}
	if t.seen[id] {
		return t.damaged(id, "is in two places")
	}
	t.seen[id] = true
	return nil
}

// head returns a page's flags, how many elements it has, and how many bytes.
func (t *tree) head(id uint64) (flags uint16, count, length int64, err error) {
	var head [pageHead]byte
	if _, err := t.file.ReadAt(head[:], int64(id)*t.size); err != nil {
		return 0, 0, 0, err
	}
	flags, count = binary.NativeEndian.Uint16(head[8:]), int64(binary.NativeEndian.Uint16(head[10:]))
	length = (1 + int64(binary.NativeEndian.Uint32(head[12:]))) * t.size
	switch {
	case pageHead+count*element > length || length/t.size > int64(t.pages-id):
		return 0, 0, 0, t.damaged(id, "has more elements than room")
	case flags != branchPage && flags != leafPage:
		return 0, 0, 0, t.damaged(id, "is neither branch nor leaf")
	}
	return flags, count, length, nil
}

// page checks a page and everything below it.
func (t *tree) page(id uint64) error {
	if err := t.enter(id); err != nil {
		return err
	}
	flags, count, length, err := t.head(id)
	if err != nil {
		return err
	}
	elements := make([]byte, count*element)
	if _, err := t.file.ReadAt(elements, int64(id)*t.size+pageHead); err != nil {
		return err
	}
	if flags == leafPage {
		return t.buckets(id, elements, length)
	}
	return t.children(elements)
}

// children checks what a branch page refers to.
func (t *tree) children(elements []byte) error {
	leaves := false
	for i := 0; i < len(elements); i += element {
		child := binary.NativeEndian.Uint64(elements[i+8:])
		if leaves && !t.whole {
			if err := t.enter(child); err != nil {
				return err
			}
			continue
		}
		if err := t.page(child); err != nil {
			return err
		}
		if i == 0 && !t.whole {
			flags, _, _, err := t.head(child)
			if leaves = flags == leafPage; err != nil {
				return err
			}
		}
	}
	return nil
}

// buckets checks the trees whose roots lie in a leaf page.
func (t *tree) buckets(id uint64, elements []byte, length int64) error {
	for i := 0; i < len(elements); i += element {
		e := elements[i:]
		if binary.NativeEndian.Uint32(e)&bucketValue == 0 {
			continue
		}
		at, key := int64(binary.NativeEndian.Uint32(e[4:])), int64(binary.NativeEndian.Uint32(e[8:]))
		value := int64(i) + pageHead + at + key
		var root [8]byte
		if value+8 > length {
			return t.damaged(id, "has a bucket beyond its end")
		}
		if _, err := t.file.ReadAt(root[:], int64(id)*t.size+value); err != nil {
			return err
		}
		if r := binary.NativeEndian.Uint64(root[:]); r != 0 {
			if err := t.page(r); err != nil {
				return err
			}
		}
	}
	return nil
}
