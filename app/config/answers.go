package config

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"

	"courtkiosk/payment/durable"
)

// Answers are keys of a configuration that is still to be written: those of an answer file, or somebody's at a
// terminal.
type Answers struct {
	part part // the file, or none
}

// ReadAnswers reads an answer file: TOML with the keys of the configuration. Of files that a machine needs a copy of
// (see Carried) a relative path is one beside the answer file, as on a stick. An error says all that has not the form
// of its key.
func ReadAnswers(path string) (Answers, error) {
	text, err := durable.ReadFile(path)
	if err != nil {
		return Answers{}, fmt.Errorf("answers cannot be read: %w", err)
	}
	p := part{path: path, text: string(text)}
	_, tree, _, misshapen, err := lie("", []part{p})
	if err != nil {
		return Answers{}, err
	}
	if len(misshapen) > 0 {
		return Answers{}, inOrder([]part{p}, misshapen, nil)
	}
	p.tree = tree
	a := Answers{part: p}
	dir, err := filepath.Abs(filepath.Dir(path))
	if err != nil {
		return Answers{}, err
	}
	for key, value := range a.Carried() {
		if !filepath.IsAbs(value) {
			a.set(key, filepath.Join(dir, value))
		}
	}
	return a, nil
}

// Answer takes an answer as somebody has typed it; the path of a file that is to be carried is one from where they
// stand. The error says which form it should have.
func (a *Answers) Answer(key, text string) error {
	form := formOf(key)
	if form == nil {
		return fmt.Errorf("%s: %s", key, unknown(key, nil))
	}
	var value any = text
	switch {
	case form.Kind() == reflect.Int:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return errors.New("a number is needed, in digits")
		}
		value = n
	case carried(key) && text != "":
		whole, err := filepath.Abs(text)
		if err != nil {
			return err
		}
		value = whole
	}
	a.set(key, value)
	return nil
}

func (a *Answers) set(key string, value any) {
	if a.part.tree == nil {
		a.part.tree = make(map[string]any)
	}
	at := a.part.tree
	table, name, _ := cutLast(key)
	for _, step := range strings.FieldsFunc(table, func(r rune) bool { return r == '.' }) {
		below, ok := at[step].(map[string]any)
		if !ok {
			below = make(map[string]any)
			at[step] = below
		}
		at = below
	}
	at[name] = value
}

// Carried are the answers that name a file of which the machine needs a copy of its own: keys, and certificates.
func (a Answers) Carried() map[string]string {
	paths := make(map[string]string)
	for key, value := range flat(a.part.tree, "") {
		if path, ok := value.(string); ok && carried(key) && path != "" {
			paths[key] = path
		}
	}
	return paths
}

func carried(key string) bool {
	table, name, _ := cutLast(key)
	switch {
	case table == "clerk":
		return name == "certificate" || name == "key" || name == "client_ca"
	case table == "ledger":
		return name == "dsn_file"
	case table == "bills":
		return name != "register_file" && name != "holidays_file" && strings.HasSuffix(name, "_file")
	}
	return (table == "wechat" || strings.HasPrefix(table, "wechat.")) && strings.HasSuffix(name, "_file")
}

// A Wrong says what is wrong with a value.
type Wrong struct {
	Key  string
	Text string // where it stands, key and complaint
	Says string // the complaint alone
}

// Over returns what the configuration at path comes to with the answers over it, and all that is wrong with that, as
// the files go. The files of config.toml and config.d need not be there. What others can read is not complained of: the
// files that are copied get their modes then. said are the keys that somebody has written or answered.
func (a Answers) Over(path string) (c Config, said map[string]bool, bad []Wrong, err error) {
	parts, err := present(path)
	if err != nil {
		return Config{}, nil, nil, err
	}
	if a.part.tree != nil {
		parts = append(parts, a.part)
	}
	c, tree, at, misshapen, err := lie(filepath.Dir(path), parts)
	if err != nil {
		return Config{}, nil, nil, err
	}
	said = make(map[string]bool)
	for key := range flat(tree, "") {
		said[key] = true
	}
	for _, c := range ordered(misshapen, placed(c.wrong(), at)) {
		text := c.String()
		if len(parts) > 0 && c.line > 0 {
			text = c.in(parts[c.part])
		}
		bad = append(bad, Wrong{c.key, text, c.text})
	}
	return c, said, bad, nil
}

// present reads what is there of the configuration at path.
func present(path string) ([]part, error) {
	if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
		return read(path)
	}
	more, err := filepath.Glob(filepath.Join(filepath.Dir(path), "config.d", "*.toml"))
	if err != nil {
		return nil, err
	}
	return readEach(more)
}

// MachineKeys are those that differ between the machines of one court: they stand in MachineFile, the others in
// config.toml. The merchant's key is one of them for where it lies is: as a credential, or as a file.
var MachineKeys = []string{"kiosk.id", "receipt.printer", "receipt.address", "receipt.paper",
	"screen.rotate", "screen.touch_matrix", "screen.short_mm", "ear.keypad", "ear.volume", "ear.earphones",
	"ear.jack", "ear.loudspeaker", "ear.slot", "ear.slot_en", "wechat.merchant_key_file"}

// MachineFile is the machine's own part of the configuration at path.
func MachineFile(path string) string {
	return filepath.Join(filepath.Dir(path), "config.d", "machine.toml")
}

// Values are the answers by key, those of the machine or the others.
func (a Answers) Values(machine bool) map[string]any {
	values := flat(a.part.tree, "")
	maps.DeleteFunc(values, func(key string, _ any) bool { return slices.Contains(MachineKeys, key) != machine })
	return values
}

// Differing are the keys of which the text of a configuration file says something else than values, or nothing.
func Differing(text string, values map[string]any) ([]string, error) {
	var tree map[string]any
	if _, err := toml.Decode(text, &tree); err != nil {
		return nil, err
	}
	has := flat(tree, "")
	var keys []string
	for key, value := range values {
		if !reflect.DeepEqual(has[key], value) {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys, nil
}

// Fill returns the text of a configuration file with values in it, by key: in the line where the key stands, before its
// comment, or in its table. Lines of the keys in others are made comments, for another file has them.
func Fill(text string, values map[string]any, others ...string) (string, error) {
	left := maps.Clone(values)
	var out []string
	header := make(map[string]int) // in out, of a table
	table := ""
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		trimmed := strings.TrimSpace(line)
		key, rest, isKey := strings.Cut(trimmed, "=")
		whole := strings.TrimPrefix(table+"."+strings.TrimSpace(key), ".")
		value, ours := left[whole]
		switch {
		case strings.HasPrefix(trimmed, "["):
			table = strings.Trim(strings.SplitN(trimmed, "#", 2)[0], "[] \t")
			header[table] = len(out)
		case strings.HasPrefix(trimmed, "#") || !isKey:
		case ours:
			said, err := literal(strings.TrimSpace(key), value)
			if err != nil {
				return "", err
			}
			line = beside(said, rest)
			delete(left, whole)
		case slices.Contains(others, whole):
			line = "# " + line
		}
		out = append(out, line)
	}
	for _, whole := range slices.Sorted(maps.Keys(left)) {
		in, key, _ := cutLast(whole)
		said, err := literal(key, left[whole])
		if err != nil {
			return "", err
		}
		at, has := header[in]
		switch {
		case in == "":
			at = -1
		case !has:
			at = len(out) + 1
			out = append(out, "", "["+in+"]")
			header[in] = at
		}
		out = slices.Insert(out, at+1, said)
		for t := range header {
			if header[t] > at {
				header[t]++
			}
		}
	}
	filled := strings.TrimPrefix(strings.Join(out, "\n")+"\n", "\n")
	keys, err := Differing(filled, values)
	if err == nil && len(keys) > 0 {
		err = fmt.Errorf("%s cannot be written into it", strings.Join(keys, ", "))
	}
	return filled, err
}

// beside is a key's line with the comment that stood behind its value before, in the same column where it can.
func beside(said, before string) string {
	comment := commentOf(before)
	if comment == "" {
		return said
	}
	const column = 35 // of assets/linux/config.toml
	return said + strings.Repeat(" ", max(2, column-len([]rune(said)))) + comment
}

// commentOf is the comment behind a value of one line.
func commentOf(value string) string {
	quote := rune(0)
	for i, r := range value {
		switch {
		case quote == 0 && r == '#':
			return value[i:]
		case quote == 0 && (r == '"' || r == '\''):
			quote = r
		case r == quote && (r == '\'' || i == 0 || value[i-1] != '\\'):
			quote = 0
		}
	}
	return ""
}

// literal is a key's line.
func literal(key string, value any) (string, error) {
	var line bytes.Buffer
	err := toml.NewEncoder(&line).Encode(map[string]any{key: value})
	return strings.TrimSuffix(line.String(), "\n"), err
}

// flat are the values of a tree by their whole keys.
func flat(tree map[string]any, table string) map[string]any {
	values := make(map[string]any)
	for key, value := range tree {
		whole := strings.TrimPrefix(table+"."+key, ".")
		if below, ok := value.(map[string]any); ok {
			maps.Copy(values, flat(below, whole))
			continue
		}
		values[whole] = value
	}
	return values
}

// formOf is the form of a key's value; nil of an unknown key.
func formOf(key string) reflect.Type {
	form := reflect.TypeFor[Config]()
	for step := range strings.SplitSeq(key, ".") {
		if form.Kind() == reflect.Pointer {
			form = form.Elem()
		}
		if form.Kind() == reflect.Map {
			form = form.Elem()
			continue
		}
		if form.Kind() != reflect.Struct {
			return nil
		}
		below, ok := fieldsOf(form)[step]
		if !ok {
			return nil
		}
		form = below
	}
	return form
}

// Text is what a key comes to, as it stands in a file without quotes.
func (c Config) Text(key string) string {
	for _, v := range listed(reflect.ValueOf(c), nil, "") {
		if v.Key == key {
			return v.Value
		}
	}
	return ""
}
