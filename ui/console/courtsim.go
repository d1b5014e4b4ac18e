package console

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"courtkiosk/app/bill/courtapi"
	"courtkiosk/app/bill/courtsim"
	"courtkiosk/app/bill/register"
	"courtkiosk/assets"
	"courtkiosk/payment"
	"courtkiosk/payment/durable"
)

// courtSimCommand serves the case system's side of the agreement, for those who write the real one and for tests.
func (c *call) courtSimCommand() *cobra.Command {
	var listen, list, token, cert, key string
	var document bool
	cmd := &cobra.Command{
		Use: "court-sim",
		Short: "serve a made-up case system that keeps to the kiosk's OpenAPI document, to try against; all it is " +
			"told is in memory",
		Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if document {
				_, err := c.Stdout.Write(courtapi.Document)
				return err
			}
			s, err := courtSystem(list, token)
			if err != nil {
				return err
			}
			return c.serveCourt(cmd.Context(), s, listen, cert, key)
		},
	}
	f := cmd.Flags()
	f.StringVar(&listen, "listen", "127.0.0.1:8088", "`ADDRESS` to listen at")
	f.StringVar(&list, "bills", "", "`FILE` with the bills, CSV or XLSX as for bills import (default: the demo's)")
	f.StringVar(&token, "token-file", "", "`FILE` with the token that requests must carry (default: none is asked for)")
	f.StringVar(&cert, "cert", "", "serve https with this certificate, `PEM`")
	f.StringVar(&key, "key", "", "its private key, `PEM`")
	f.BoolVar(&document, "openapi", false, "print the OpenAPI document, and end")
	return cmd
}

// courtSystem returns a case system that asks for the bills of a list.
func courtSystem(list, tokenFile string) (*courtsim.Server, error) {
	now := time.Now()
	text := assets.SampleBillsOf(now.In(payment.China).Year())
	if list != "" {
		var err error
		if text, err = readList(list); err != nil {
			return nil, err
		}
	}
	bills, err := register.Read(bytes.NewReader(text), now)
	if err != nil {
		return nil, err
	}
	token := ""
	if tokenFile != "" {
		text, err := durable.ReadFile(tokenFile)
		if err != nil {
			return nil, err
		}
		if token = strings.TrimSpace(string(text)); token == "" {
			return nil, fmt.Errorf("%s is empty: everybody would be served", tokenFile)
		}
	}
	return courtsim.New(bills, token), nil
}

func (c *call) serveCourt(ctx context.Context, h http.Handler, listen, cert, key string) error {
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return err
	}
	scheme := "http"
	s := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second}
	if cert != "" || key != "" {
		pair, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			return errors.Join(err, l.Close())
		}
		scheme, l = "https", tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{pair},
			MinVersion: tls.VersionTLS12})
	}
	c.say("court_url = %q", scheme+"://"+l.Addr().String())
	stop := context.AfterFunc(ctx, func() { _ = s.Close() }) // Serve says how it ended
	defer stop()
	if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
