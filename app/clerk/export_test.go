package clerk

import "courtkiosk/payment"

// AtPage is a person who is signed in, for a test of rights.
func AtPage(p payment.Person) Clerk {
	return Clerk{Person: p, By: payment.By{Device: "w", Person: p.Number}, door: Page}
}
