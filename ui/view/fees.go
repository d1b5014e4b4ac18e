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
	var before payment.Fen
	for _, s := range e.Steps {
		sum := fee.ToFen.Round(s.Sum) // so that what is added makes up what it is added to
		value := sum
		if s.Kind == fee.StepBand {
			value -= before
		}
		rows = append(rows, Row{feeStep(lang, s), value.Yuan()})
		before = sum
	}
	return rows
}

// mostFolded is how many rows a folded computation has.
const mostFolded = 4

// folded are the steps with the first ones taken together.
func folded(lang message.Lang, e fee.Estimate) []Row {
	rows := FeeSteps(lang, e)
	first := len(rows) - mostFolded + 1
	if first < 2 {
		return rows
	}
	last := e.Steps[first-1]
	together := message.Text(lang, "feestep.folded", "to", round(last.To), "n", strconv.Itoa(first))
	return append([]Row{{together, fee.ToFen.Round(last.Sum).Yuan()}}, rows[first:]...)
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
