package receipt_test

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"courtkiosk/app/receipt"
	"courtkiosk/payment"
)

// A kiosk signs what it prints; whoever has the list of public keys can check it without a network.
func ExampleRing_Verify() {
	dir, err := os.MkdirTemp("", "keys")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	list := filepath.Join(dir, "receipt-keys.txt")
	key, err := receipt.OpenSigningKey(filepath.Join(dir, "receipt.key"), list, "kiosk 03")
	if err != nil {
		fmt.Println(err)
		return
	}
	paid := time.Date(2026, 11, 23, 12, 0, 0, 0, payment.China)
	printed := key.Sign(receipt.Receipt{
		Number: receipt.FormatNumber("京0101", "03", 17, paid),
		Case:   "（2026）京0101民初12345号", Amount: 270000, PaidAt: paid, TransactionID: "4200001234202611230000000001",
	})

	ring, err := receipt.ReadRing(list)
	if err != nil {
		fmt.Println(err)
		return
	}
	said, err := ring.Verify(printed.Code)
	fmt.Println(said.Number, said.Amount, err)
	_, err = ring.Verify(printed.Code[:len(printed.Code)-8] + "AAAAAAAA")
	fmt.Println(err)
	// Output:
	// PZ-0101-03-261123-000017 2700.00 <nil>
	// receipt: the code was altered
}
