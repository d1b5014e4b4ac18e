package clerk

import (
	"testing"
)

// What one try costs: within 150 to 400 ms on a court's machine.
func BenchmarkPIN(b *testing.B) {
	argonMemory = 64 << 10
	defer func() { argonMemory = 64 }()
	for b.Loop() {
		if _, err := HashHere(b.Context(), cost(), []byte("502917"), make([]byte, saltBytes)); err != nil {
			b.Fatal(err)
		}
	}
}
