package view

import (
	"strconv"
	"strings"

	"courtkiosk/app/fee"
	"courtkiosk/app/message"
	"courtkiosk/payment"
)

// FeeSteps says how a fee is computed, a row for each step: what it is about, and what it adds or leaves.
func FeeSteps(lang message.Lang, e fee.Estimate) []Row {
	var rows []Row
	var before fee.Exact
	for _, s := range e.Steps {
		value := s.Sum
		if s.Kind == fee.StepBand {
			value -= before
		}
		rows = append(rows, Row{feeStep(lang, s), Exactly(value)})
		before = s.Sum
	}
	return rows
}

func feeStep(lang message.Lang, s fee.Step) string {
	id := "feestep." + string(s.Kind)
	if s.Kind == fee.StepBand && s.To == 0 {
		id = "feestep.above"
	}
	return message.Text(lang, id, "over", round(s.Over), "to", round(s.To), "within", round(s.Within),
		"rate", percent(s.Permille), "of", strconv.FormatInt(s.Of, 10))
}

// round writes a sum without decimals when they are zeros.
func round(f payment.Fen) string { return strings.TrimSuffix(f.Yuan(), ".00") }

// percent writes a rate per mille as per cent: 2.5%.
func percent(permille int64) string {
	return strconv.FormatFloat(float64(permille)/10, 'f', -1, 64) + "%"
}

// Exactly writes an exact sum with two to six decimals.
func Exactly(e fee.Exact) string {
	whole, decimals, _ := strings.Cut(e.Rat().FloatString(6), ".")
	decimals = strings.TrimRight(decimals, "0")
	for len(decimals) < 2 {
		decimals += "0"
	}
	f, _ := strconv.ParseInt(whole, 10, 64)
	return strings.TrimSuffix(payment.Fen(f*100).Yuan(), "00") + decimals
}
