package config

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"courtkiosk/app/offsite"
)

// A Value is what a key of the file comes to.
type Value struct {
	Key     string `json:"key"`
	Value   string `json:"value"`
	Default bool   `json:"default"` // the file does not say it
}

// A Warning is what a machine runs without, though not as well.
type Warning struct {
	Key  string `json:"key"`
	Text string `json:"text"`
}

// Effective returns what every key comes to, in the order of the documentation, with paths made whole, what the machine
// runs without, and all that is wrong. A file that cannot be read has no values. Secrets are files, so only their names
// stand there; the user of a proxy is masked.
func Effective(path string) (values []Value, lacks []Warning, err error) {
	parts, err := read(path)
	if err != nil {
		return nil, nil, err
	}
	c, tree, err := parse(filepath.Dir(path), parts...)
	if tree == nil {
		return nil, nil, err
	}
	return listed(reflect.ValueOf(c), tree, ""), c.Court.wants(), err
}

// Hash tells one configuration from another: the first 12 digits of the SHA-256 of what every key comes to. No secret
// is in it, for those are files; two machines of a court differ in their ids.
func (c Config) Hash() string {
	h := sha256.New()
	for _, v := range listed(reflect.ValueOf(c), nil, "") {
		fmt.Fprintf(h, "%s = %q\n", v.Key, v.Value)
	}
	return hex.EncodeToString(h.Sum(nil))[:12]
}

// listed returns the values of a table and those below it.
func listed(table reflect.Value, said map[string]any, name string) (values []Value) {
	var below []Value
	for i, f := range slices.Collect(table.Type().Fields()) {
		key := f.Tag.Get("toml")
		if key == "" {
			key = strings.ToLower(f.Name)
		}
		whole := strings.TrimPrefix(name+"."+key, ".")
		v := table.Field(i)
		if v.Kind() == reflect.Pointer {
			if v.IsNil() {
				continue // a purse without an account of its own
			}
			v = v.Elem()
		}
		if v.Kind() == reflect.Struct {
			sub, _ := said[key].(map[string]any)
			below = append(below, listed(v, sub, whole)...)
			continue
		}
		if v.Kind() == reflect.Map {
			sub, _ := said[key].(map[string]any)
			for _, k := range slices.SortedFunc(v.Seq(), func(a, b reflect.Value) int {
				return strings.Compare(a.String(), b.String())
			}) {
				_, written := sub[k.String()]
				below = append(below, Value{whole + "." + k.String(), v.MapIndex(k).String(), !written})
			}
			continue
		}
		_, written := said[key]
		values = append(values, Value{whole, shown(key, v), !written})
	}
	return append(values, below...)
}

// shown is a value in words.
func shown(key string, v reflect.Value) string {
	text := fmt.Sprint(v.Interface())
	if v.Kind() == reflect.Slice {
		text = strings.Join(v.Interface().([]string), ", ")
	}
	if key == "recipient" && errors.Is(offsite.CheckRecipient(text), offsite.ErrSecretKey) {
		return "a secret key, which is not shown"
	}
	if u, err := url.Parse(text); key == "proxy" && err == nil && u.User != nil {
		u.User = nil
		return u.String() + ", with a user"
	}
	return text
}
