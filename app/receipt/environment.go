package receipt

import "fmt"

// An Environment says whether a slip's money is real. The words are the configuration's.
type Environment string

// The environments.
const (
	Production Environment = "production"
	Test       Environment = "test" // a court tries the kiosk out
	Demo       Environment = "demo" // everything is made up
)

// environments are in the order of their numbers in a code: never change one.
var environments = []Environment{Production, Test, Demo}

// Real reports whether money was really paid, or asked for. The zero value counts as real.
func (e Environment) Real() bool { return e == "" || e == Production }

// Mark is the word that a slip of no real money carries; empty of a real one.
func (e Environment) Mark() string {
	switch {
	case e.Real():
		return ""
	case e == Demo:
		return "演示"
	}
	return "测试"
}

// number is how a code writes the environment; one that has no name in a code counts as a test.
func (e Environment) number() byte {
	if e.Real() {
		return 0
	}
	for i, known := range environments {
		if e == known {
			return byte(i)
		}
	}
	return 1
}

func environmentOf(number byte) (Environment, error) {
	if int(number) >= len(environments) {
		return "", fmt.Errorf("%w: environment %d", ErrNoCode, number)
	}
	return environments[number], nil
}
