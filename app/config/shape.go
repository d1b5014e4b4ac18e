package config

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/BurntSushi/toml"
)

// A complaint is one thing that is wrong, and where it stands.
type complaint struct {
	part int // of the configuration, from 0
	line int // 0: nowhere in the file
	key  string
	text string
}

// in is a complaint as people read it: with the path of the file that it stands in.
func (c complaint) in(p part) string {
	if p.path == "" {
		return c.String()
	}
	return p.path + ": " + c.String()
}

func (c complaint) String() string {
	said := c.key + ": " + c.text
	if c.key == "" {
		said = c.text
	}
	if c.line > 0 {
		return fmt.Sprintf("line %d: %s", c.line, said)
	}
	return said
}

// at is a complaint in the last part that says its key, or else its table.
func (c complaint) at(parts []lines) complaint {
	for i, p := range parts {
		if p[c.key] > 0 || p.of(c.key) > 0 && parts[c.part][c.key] == 0 {
			c.part, c.line = i, p.of(c.key)
		}
	}
	return c
}

// readable returns the file's text, or what is wrong with how it was saved. A byte order mark is taken off.
func readable(text string) (string, *complaint) {
	switch {
	case strings.HasPrefix(text, "\xff\xfe"), strings.HasPrefix(text, "\xfe\xff"), strings.Contains(text, "\x00"):
		return "", &complaint{text: "the file is UTF-16 or no text; save it as UTF-8"}
	case utf8.ValidString(text):
		return strings.TrimPrefix(text, "\ufeff"), nil
	}
	for i, line := range strings.Split(text, "\n") {
		if !utf8.ValidString(line) {
			return "", &complaint{line: i + 1, text: "the line is not UTF-8 (GBK?); save the file as UTF-8"}
		}
	}
	return "", &complaint{text: "the file is not UTF-8; save it as UTF-8"}
}

// wide are signs of a Chinese input method that mean nothing in TOML, with those that do.
var wide = strings.NewReplacer("“", `"`, "”", `"`, "‘", "'", "’", "'", "＝", "=", "＂", `"`, "【", "[", "】", "]",
	"［", "[", "］", "]", "＃", "#", "，", ",", "\u3000", " ", "\u00a0", " ")

// syntax says in words what the parser stumbled over.
func syntax(text string, err error) complaint {
	p, ok := errors.AsType[toml.ParseError](err)
	if !ok {
		return complaint{text: err.Error()}
	}
	lines := strings.Split(text, "\n")
	line := p.Position.Line
	c := complaint{line: line, text: p.Message}
	if line < 1 || line > len(lines) {
		return c
	}
	said := lines[line-1]
	code, _, _ := strings.Cut(said, "#")
	switch {
	case wide.Replace(code) != code && chinese.MatchString(code):
		c.text = fmt.Sprintf("a sign of a Chinese input method (%s); type it as %s",
			chinese.FindString(code), wide.Replace(chinese.FindString(code)))
	case strings.Contains(code, `\`) && strings.Contains(p.Message, "escape"):
		c.text = `a backslash in double quotes; write paths with / or between single quotes`
	case strings.Contains(p.Message, "already been defined") || strings.Contains(p.Message, "already defined"):
		c.text = p.Message + "; keep one of them"
	case regexp.MustCompile(`^\s*[\w.-]+\s*:`).MatchString(code):
		c.text = "a colon behind the key; write key = value"
	case regexp.MustCompile(`^\s*[\w-]+\s*=\s*[^"'\[\s]`).MatchString(code):
		key, value, _ := strings.Cut(code, "=")
		c.text = fmt.Sprintf(`put the value in quotes: %s = "%s"`, strings.TrimSpace(key),
			strings.Trim(strings.TrimSpace(value), `"'`))
	}
	return c
}

var chinese = regexp.MustCompile(`[“”‘’＝＂【】［］＃\x{3000}\x{00a0}]`)

// shaped returns what a decoded file says in the form that its keys have. What is of another form, or unknown, is taken
// out of the tree and complained of.
func shaped(tree map[string]any, form reflect.Type, table string, line func(key string) int) (bad []complaint) {
	fields := fieldsOf(form)
	for key, value := range tree {
		whole := strings.TrimPrefix(table+"."+key, ".")
		say := func(format string, args ...any) {
			bad = append(bad, complaint{line: line(whole), key: whole, text: fmt.Sprintf(format, args...)})
			delete(tree, key)
		}
		f, ok := fields[key]
		if !ok {
			say("%s", unknown(key, fields))
			continue
		}
		if f.Kind() == reflect.Pointer {
			f = f.Elem()
		}
		sub, isTable := value.(map[string]any)
		switch {
		case f.Kind() == reflect.Struct && isTable:
			bad = append(bad, shaped(sub, f, whole, line)...)
		case f.Kind() == reflect.Map && isTable:
			bad = append(bad, shapedMap(sub, f.Elem(), whole, line)...)
		case f.Kind() == reflect.Struct || f.Kind() == reflect.Map:
			say("this is a table: write [%s] on a line of its own and its keys below it", whole)
		case isTable:
			say("this is a key, not a table: %s", example(key, f))
		default:
			if want := misfit(key, f, value); want != "" {
				say("%s", want)
			}
		}
	}
	return bad
}

// shapedMap does the same of a table whose keys are anybody's.
func shapedMap(tree map[string]any, form reflect.Type, table string, line func(key string) int) (bad []complaint) {
	for key, value := range tree {
		want := misfit(key, form, value)
		if _, isTable := value.(map[string]any); isTable {
			want = "this is a key, not a table: " + example(key, form)
		}
		if want != "" {
			bad = append(bad, complaint{line: line(table + "." + key), key: table + "." + key, text: want})
			delete(tree, key)
		}
	}
	return bad
}

// misfit says what the value of a key should be; empty when it fits.
func misfit(key string, f reflect.Type, value any) string {
	kind := f.Kind()
	if f == reflect.TypeFor[time.Duration]() {
		v, ok := value.(string)
		if !ok {
			return fmt.Sprintf(`%v what? write %s = "%vs" or "%vm"`, value, key, value, value)
		}
		if _, err := time.ParseDuration(v); err != nil {
			return fmt.Sprintf(`%q is no time; write %s = "60s" or "5m"`, v, key)
		}
		return ""
	}
	list, isList := value.([]any)
	_, isText := value.(string)
	_, isNumber := value.(int64)
	_, isSwitch := value.(bool)
	switch {
	case kind == reflect.String && isText, kind == reflect.Int && isNumber, kind == reflect.Bool && isSwitch:
		return ""
	case kind == reflect.Slice && isList:
		for _, each := range list {
			if _, ok := each.(string); !ok {
				return fmt.Sprintf(`put each in quotes: %s = ["%v"]`, key, each)
			}
		}
		return ""
	case isList:
		return "one value is needed, without [ ]"
	case kind == reflect.Slice:
		return fmt.Sprintf(`a list is needed: %s = ["%v"]`, key, value)
	case kind == reflect.String:
		return fmt.Sprintf(`put it in quotes: %s = "%v"`, key, value)
	case kind == reflect.Bool:
		return "write true or false, without quotes"
	case isText:
		return fmt.Sprintf(`write the number without quotes: %s = %s`, key, value)
	}
	return example(key, f)
}

// example shows a key with a value of its form.
func example(key string, f reflect.Type) string {
	switch f.Kind() {
	case reflect.Bool:
		return key + " = true"
	case reflect.Int:
		return key + " = 80"
	case reflect.Slice:
		return key + ` = ["…"]`
	}
	return key + ` = "…"`
}

// unknown says that a key is none, and which one may be meant.
func unknown(key string, fields map[string]reflect.Type) string {
	for name := range fields {
		if strings.EqualFold(name, key) {
			return "unknown key; it is written " + name
		}
		if strings.EqualFold(strings.NewReplacer("_", "", "-", "").Replace(name),
			strings.NewReplacer("_", "", "-", "").Replace(key)) {
			return "unknown key; it is written " + name
		}
	}
	return "unknown key; every key is in /usr/share/courtkiosk/config.toml"
}

// fieldsOf returns the keys of a table and the forms of their values.
func fieldsOf(form reflect.Type) map[string]reflect.Type {
	fields := make(map[string]reflect.Type)
	for f := range form.Fields() {
		name := f.Tag.Get("toml")
		if name == "" {
			name = strings.ToLower(f.Name)
		}
		fields[name] = f.Type
	}
	return fields
}

// lines are where keys and tables begin.
type lines map[string]int

func linesOf(text string) lines {
	at := make(lines)
	table := ""
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			table = strings.Trim(strings.SplitN(line, "#", 2)[0], "[] \t")
			if at[table] == 0 {
				at[table] = i + 1
			}
			continue
		}
		key, _, ok := strings.Cut(line, "=")
		if key = strings.Trim(strings.TrimSpace(key), `"'`); ok && !strings.HasPrefix(line, "#") {
			if whole := strings.TrimPrefix(table+"."+key, "."); at[whole] == 0 {
				at[whole] = i + 1
			}
		}
	}
	return at
}

// of returns the line of a key, of its table where the key is not written, or 0.
func (at lines) of(key string) int {
	if line := at[key]; line > 0 {
		return line
	}
	table, _, _ := cutLast(key)
	return at[table]
}

func cutLast(key string) (table, name string, ok bool) {
	i := strings.LastIndex(key, ".")
	if i < 0 {
		return "", key, false
	}
	return key[:i], key[i+1:], true
}

// inOrder sorts complaints as the files go; what stands nowhere comes last. Of a key that was complained of already
// nothing more is said.
func inOrder(parts []part, shape, facts []complaint) Complaints {
	var list Complaints
	for _, c := range ordered(shape, facts) {
		list = append(list, c.in(parts[c.part]))
	}
	return list
}

func ordered(shape, facts []complaint) []complaint {
	said := make(map[string]bool)
	for _, c := range shape {
		said[c.key] = true
	}
	all := slices.Clone(shape)
	for _, c := range facts {
		if !said[c.key] {
			all = append(all, c)
		}
	}
	slices.SortStableFunc(all, func(a, b complaint) int {
		switch {
		case (a.line == 0) != (b.line == 0):
			return cmp.Compare(b.line, a.line)
		case a.part != b.part:
			return a.part - b.part
		}
		return cmp.Or(a.line-b.line, strings.Compare(a.key, b.key))
	})
	return all
}
