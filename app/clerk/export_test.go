package clerk

import (
	"context"
	"time"

	"courtkiosk/payment"
)

// Cheap has hashes made for a thousandth of their cost, and returns what they cost in the program.
func Cheap() (memory uint32) {
	memory, argonMemory = argonMemory, 64
	return memory
}

// Dear is what they cost in the program, for a test of that.
func Dear(memory uint32) { argonMemory = memory }

// HashWithin changes how long another process may take for a PIN, until it is changed back.
func HashWithin(d time.Duration) (back func()) {
	before := hashWithin
	hashWithin = d
	return func() { hashWithin = before }
}

// AtPage is a person who is signed in, for a test of rights.
func AtPage(p payment.Person) Clerk {
	return Clerk{Person: p, By: payment.By{Device: "w", Person: p.Number}, door: Page}
}

// AddRule, ResetRule, EndRule and ConfirmRule are the rules of accounts, for a test that runs very many.
func AddRule(by payment.By, n NewPerson) Rule {
	return func(p payment.Person, staff payment.Staff) (payment.Person, error) {
		return change{By: by, At: now()}.add(p, staff, n)
	}
}

func ResetRule(by payment.By, to Role) Rule {
	return func(p payment.Person, staff payment.Staff) (payment.Person, error) {
		return change{By: by, At: now()}.reset(p, staff, to)
	}
}

func EndRule(by payment.By) Rule {
	return func(p payment.Person, staff payment.Staff) (payment.Person, error) {
		return change{By: by, At: now()}.end(p, staff)
	}
}

func ConfirmRule(by payment.By) Rule {
	return func(p payment.Person, staff payment.Staff) (payment.Person, error) {
		return change{By: by, At: now()}.confirm(p, staff)
	}
}

// A Rule changes an account.
type Rule func(payment.Person, payment.Staff) (payment.Person, error)

// Occupy has the desk at work on something long.
func (d *Desk) Occupy(ctx context.Context) (leave func(), err error) { return d.work.turn(ctx) }
