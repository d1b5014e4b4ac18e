package caseno_test

import (
	"errors"
	"fmt"
	"time"

	"courtkiosk/app/caseno"
)

var today = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// A number is read as people type it, and written in one form.
func ExampleParse() {
	n, err := caseno.Parse("2026 京0105民初 12345", today)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(n)
	fmt.Println(n.Court, n.Type, n.Serial)
	// Output:
	// （2026）京0105民初12345号
	// 京0105 民初 12345
}

// The error names the part that is wrong, so that a screen can point at it.
func ExampleSyntaxError() {
	_, err := caseno.Parse("（2026）京0105民初号", today)
	if wrong, ok := errors.AsType[*caseno.SyntaxError](err); ok {
		fmt.Println(wrong.Want)
	}
	// Output: serial
}
