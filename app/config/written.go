package config

import (
	"bytes"
	"reflect"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
)

// Written is a configuration as a file that says every key, for a copy of the program that runs beside the machine's
// own. Paths are whole.
func (c Config) Written() (string, error) {
	var text bytes.Buffer
	err := toml.NewEncoder(&text).Encode(branch(reflect.ValueOf(c)))
	return text.String(), err
}

// branch is a table by the names of its keys. What nobody has said, a purse's own account for one, is left out.
func branch(table reflect.Value) map[string]any {
	tree := make(map[string]any)
	for i := range table.NumField() {
		f := table.Type().Field(i)
		key := f.Tag.Get("toml")
		if key == "" {
			key = strings.ToLower(f.Name)
		}
		v := table.Field(i)
		switch v.Kind() {
		case reflect.Pointer:
			if !v.IsNil() {
				tree[key] = branch(v.Elem())
			}
			continue
		case reflect.Struct:
			tree[key] = branch(v)
			continue
		case reflect.Slice, reflect.Map:
			if v.IsNil() {
				continue
			}
		}
		tree[key] = v.Interface()
		if d, is := v.Interface().(time.Duration); is {
			tree[key] = d.String()
		}
	}
	return tree
}
