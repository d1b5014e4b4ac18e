// Package ipp prints vouchers on A4 through CUPS or a printer that speaks IPP (RFC 8011), as PDF.
//
// A job is followed to its end: completed is the printer's word, everything else is trouble, and a job that does not
// end in its time is cancelled, so that it does not come out for the next visitor. Thermal printers do not belong
// here: CUPS calls a job completed when its last byte has left, paper or not (app/receipt/escpos talks to them).
package ipp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/OpenPrinting/goipp"

	"courtkiosk/app/receipt"
	"courtkiosk/app/receipt/paper"
)

const (
	callTimeout = 5 * time.Second
	jobTimeout  = time.Minute // then it is cancelled
	lookEvery   = 300 * time.Millisecond
	maxAnswer   = 1 << 20
)

// A Printer is one queue or printer.
type Printer struct {
	uri    string // ipp://host:631/printers/NAME, for the printer
	url    string // the same for HTTP
	client *http.Client
	limit  time.Duration
	one    sync.Mutex
	serial uint32
}

// New returns the printer at an address like ipp://localhost:631/printers/window2. Nothing is asked before it is used.
func New(address string) (*Printer, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Path == "" || u.Scheme != "ipp" && u.Scheme != "ipps" {
		return nil, fmt.Errorf("ipp: %q is not an address like ipp://localhost:631/printers/NAME", address)
	}
	web := *u
	web.Scheme = map[string]string{"ipp": "http", "ipps": "https"}[u.Scheme]
	if u.Port() == "" {
		web.Host += ":631"
	}
	return &Printer{uri: address, url: web.String(), client: &http.Client{Timeout: callTimeout}, limit: jobTimeout}, nil
}

// Print prints a receipt as an A4 voucher.
func (p *Printer) Print(ctx context.Context, r receipt.Receipt) (receipt.Outcome, error) {
	page, err := paper.Layout(r, paper.A4)
	if err != nil {
		return "", fmt.Errorf("%w: %w", receipt.ErrNothingSent, err)
	}
	return p.print(ctx, page, r.Number)
}

// PrintSlip prints a slip that is no receipt.
func (p *Printer) PrintSlip(ctx context.Context, s receipt.Slip) (receipt.Outcome, error) {
	page, err := paper.OnA4(s)
	if err != nil {
		return "", fmt.Errorf("%w: %w", receipt.ErrNothingSent, err)
	}
	return p.print(ctx, page, s.Name())
}

// Ready asks the printer how it is.
func (p *Printer) Ready(ctx context.Context) error {
	answer, err := p.call(ctx, goipp.OpGetPrinterAttributes, nil)
	var refused *statusError
	switch {
	case errors.As(err, &refused):
		return &receipt.TroubleError{Condition: receipt.Offline, Err: err}
	case err != nil:
		return &receipt.TroubleError{Condition: receipt.Unreachable, Err: err}
	}
	reasons := words(answer.Printer, "printer-state-reasons")
	condition := conditionOf(reasons)
	if accepts := words(answer.Printer, "printer-is-accepting-jobs"); condition == "" &&
		slices.Contains(accepts, "false") {
		condition = receipt.Offline
	}
	const stopped = 5
	if condition == "" && number(answer.Printer, "printer-state") == stopped {
		condition = receipt.Offline
	}
	if condition == "" {
		return nil
	}
	return &receipt.TroubleError{Condition: condition, Err: fmt.Errorf("printer state %d, %s",
		number(answer.Printer, "printer-state"), strings.Join(reasons, " "))}
}

// conditions are the state reasons that keep a printer from printing (RFC 8011, 5.4.12). They come with -error,
// -warning and -report behind them, and ippeveprinter calls an error a warning, so only their beginning counts.
var conditions = []struct {
	prefix    string
	condition receipt.Condition
}{
	{"media-empty", receipt.PaperOut}, {"media-needed", receipt.PaperOut}, {"media-jam", receipt.Jammed},
	{"cover-open", receipt.CoverOpen}, {"door-open", receipt.CoverOpen}, {"interlock-open", receipt.CoverOpen},
	{"offline", receipt.Offline}, {"shutdown", receipt.Offline}, {"timed-out", receipt.Silent},
	{"toner-empty", receipt.Broken}, {"marker-supply-empty", receipt.Broken},
}

func conditionOf(reasons []string) receipt.Condition {
	for _, c := range conditions {
		if slices.ContainsFunc(reasons, func(r string) bool { return strings.HasPrefix(r, c.prefix) }) {
			return c.condition
		}
	}
	return ""
}

func (p *Printer) print(ctx context.Context, page paper.File, name string) (receipt.Outcome, error) {
	p.one.Lock()
	defer p.one.Unlock()
	var file bytes.Buffer
	if err := page.PDF(&file); err != nil {
		return "", fmt.Errorf("%w: %w", receipt.ErrNothingSent, err)
	}
	if err := p.Ready(ctx); err != nil {
		return "", err
	}
	answer, err := p.call(ctx, goipp.OpPrintJob, file.Bytes(),
		goipp.MakeAttribute("job-name", goipp.TagName, goipp.String(name)), // ASCII: some back ends name files after it
		goipp.MakeAttribute("document-format", goipp.TagMimeType, goipp.String("application/pdf")))
	var refused *statusError
	switch {
	case errors.As(err, &refused):
		return "", &receipt.TroubleError{Condition: receipt.Offline, Err: err} // it said no: nothing was taken
	case err != nil:
		// it may have taken the job
		return "", &receipt.TroubleError{Condition: receipt.Unreachable, Began: true, Err: err}
	}
	return p.follow(ctx, number(answer.Job, "job-id"))
}

// follow waits for the job's end, and cancels it when that does not come in time.
func (p *Printer) follow(ctx context.Context, job int) (receipt.Outcome, error) {
	const canceled, aborted, completed = 7, 8, 9
	ctx, stop := context.WithTimeout(ctx, p.limit)
	defer stop()
	var last error
	condition := receipt.Silent
	for {
		answer, err := p.call(ctx, goipp.OpGetJobAttributes, nil, jobID(job))
		if err != nil {
			last = err
		} else {
			state, reasons := number(answer.Job, "job-state"), words(answer.Job, "job-state-reasons")
			last = fmt.Errorf("job %d: state %d, %s", job, state, strings.Join(reasons, " "))
			switch state {
			case completed:
				return receipt.PrintedJob, nil
			case canceled, aborted:
				return "", &receipt.TroubleError{Condition: receipt.Broken, Began: true, Err: last}
			}
			if trouble, ok := errors.AsType[*receipt.TroubleError](p.Ready(ctx)); ok && ctx.Err() == nil {
				condition, last = trouble.Condition, errors.Join(last, trouble.Err)
			}
		}
		select {
		case <-time.After(lookEvery):
		case <-ctx.Done():
			cancel, stop := context.WithTimeout(context.WithoutCancel(ctx), callTimeout)
			defer stop()
			_, cerr := p.call(cancel, goipp.OpCancelJob, nil, jobID(job))
			return "", &receipt.TroubleError{Condition: condition, Began: true, Err: errors.Join(last, cerr)}
		}
	}
}

func jobID(job int) goipp.Attribute {
	return goipp.MakeAttribute("job-id", goipp.TagInteger, goipp.Integer(job))
}

// A statusError is a printer's no.
type statusError struct {
	op     goipp.Op
	status goipp.Status
}

func (e *statusError) Error() string { return fmt.Sprintf("ipp %s: %s", e.op, e.status) }

// call sends a request, with a document behind it where there is one.
func (p *Printer) call(ctx context.Context, op goipp.Op, document []byte, more ...goipp.Attribute) (*goipp.Message,
	error) {
	p.serial++
	m := goipp.NewRequest(goipp.DefaultVersion, op, p.serial)
	for _, a := range append([]goipp.Attribute{
		goipp.MakeAttribute("attributes-charset", goipp.TagCharset, goipp.String("utf-8")),
		goipp.MakeAttribute("attributes-natural-language", goipp.TagLanguage, goipp.String("en")),
		goipp.MakeAttribute("printer-uri", goipp.TagURI, goipp.String(p.uri)),
	}, more...) {
		m.Operation.Add(a)
	}
	m.Operation.Add(goipp.MakeAttribute("requesting-user-name", goipp.TagName, goipp.String("courtkiosk")))
	head, err := m.EncodeBytes()
	if err != nil {
		return nil, fmt.Errorf("ipp %s: %w", op, err)
	}
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url,
		io.MultiReader(bytes.NewReader(head), bytes.NewReader(document)))
	if err != nil {
		return nil, err
	}
	q.Header.Set("Content-Type", goipp.ContentType)
	q.ContentLength = int64(len(head) + len(document))
	resp, err := p.client.Do(q)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("ipp %s: HTTP status %s", op, resp.Status)
	}
	var answer goipp.Message
	if err := answer.Decode(io.LimitReader(resp.Body, maxAnswer)); err != nil {
		return nil, fmt.Errorf("ipp %s: %w", op, err)
	}
	if status := goipp.Status(answer.Code); status >= 0x100 {
		return nil, &statusError{op, status}
	}
	return &answer, nil
}

// words returns an attribute's values as text.
func words(attributes goipp.Attributes, name string) []string {
	var list []string
	for _, a := range attributes {
		if a.Name == name {
			for _, v := range a.Values {
				list = append(list, v.V.String())
			}
		}
	}
	return list
}

// number returns an attribute's first value as a number, 0 when there is none.
func number(attributes goipp.Attributes, name string) int {
	for _, a := range attributes {
		if a.Name == name && len(a.Values) > 0 {
			if n, ok := a.Values[0].V.(goipp.Integer); ok {
				return int(n)
			}
		}
	}
	return 0
}
