package postgres

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"courtkiosk/payment"
)

// Connections of a ledger, where its DSN does not say pool_max_conns, and how many of them are not for those who write.
// Those who write wait for each other at the head of the court's audit: twelve make 90 payments a second, where 64 make
// eight, and give up.
const (
	connections = 16
	forReaders  = 4
)

// connectWithin is how long one host may take to answer, where the DSN does not say connect_timeout; pingWithin, how
// long a connection may that was idle.
const (
	connectWithin = 2 * time.Second
	pingWithin    = time.Second
)

var errStandby = errors.New("postgres: the server is a standby, or cannot be written")

// A StaleError says that a server is of an older timeline than one that was seen before: it was succeeded, and what
// is written there is lost.
type StaleError struct{ Timeline, Newest int64 }

func (e *StaleError) Error() string {
	return fmt.Sprintf("postgres: the server is of timeline %d, and timeline %d has taken its place", e.Timeline,
		e.Newest)
}

// configured reads a DSN. No error of it holds the password.
func (l *Ledger) configured(dsn string) (*pgxpool.Config, error) {
	config, err := parse(dsn)
	if err != nil {
		return nil, err
	}
	if !strings.Contains(dsn, "pool_max_conns") {
		config.MaxConns = connections
	}
	l.writing = make(chan struct{}, max(1, min(connections, config.MaxConns)-forReaders))
	l.proving, l.beating = make(chan struct{}, 1), make(chan struct{}, 1)
	c := &config.ConnConfig.Config
	if c.ConnectTimeout == 0 {
		c.ConnectTimeout = connectWithin
	}
	if c.RuntimeParams["application_name"] == "" {
		c.RuntimeParams["application_name"] = "courtkiosk"
	}
	// The dead are noticed while an answer is waited for, however long that may take.
	c.DialFunc = (&net.Dialer{KeepAliveConfig: net.KeepAliveConfig{
		Enable: true, Idle: 5 * time.Second, Interval: 2 * time.Second, Count: 5}}).DialContext
	c.ValidateConnect = l.validate
	c.OnNotice = func(conn *pgconn.PgConn, n *pgconn.Notice) {
		if n.SeverityUnlocalized == "WARNING" {
			conn.CustomData()[warned] = n.Message
		}
	}
	config.PingTimeout = pingWithin
	config.AfterConnect = l.arrive
	return config, nil
}

// What is remembered beside a connection: where it leads to, and the last warning that came from there.
const (
	leadsTo = "server"
	warned  = "warned"
)

// A server is where a connection has led to.
type server struct {
	cluster  string // the same on a primary and its standbys
	timeline int64
	run      string // its present run: another one after each crash
}

// The statistics are reset by a crash that the first process of the server outlives.
const readServer = `select current_setting('transaction_read_only') = 'off', case when pg_is_in_recovery() then ''
	else substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) end, (select system_identifier from pg_control_system()),
	concat_ws(' ', pg_postmaster_start_time(), (select stats_reset from pg_stat_bgwriter))`

// validate refuses a server that cannot be written, or that another one has succeeded; the next host is tried then.
func (l *Ledger) validate(ctx context.Context, conn *pgconn.PgConn) error {
	s, err := serverOf(ctx, conn)
	if err != nil {
		return err
	}
	conn.CustomData()[leadsTo] = s
	return l.place.reach(s)
}

func serverOf(ctx context.Context, conn *pgconn.PgConn) (s server, err error) {
	results, err := conn.Exec(ctx, readServer).ReadAll()
	if err != nil {
		return s, err
	}
	row := results[0].Rows[0]
	if string(row[0]) != "t" || len(row[1]) == 0 {
		return s, errStandby
	}
	s.cluster, s.run = string(row[2]), string(row[3])
	s.timeline, err = strconv.ParseInt(string(row[1]), 16, 64)
	return s, err
}

// behind returns the server of a connection.
func behind(conn *pgx.Conn) server {
	s, _ := conn.PgConn().CustomData()[leadsTo].(server)
	return s
}

// survey looks at every host of the DSN for the newest timeline: who has no memory yet would else believe the first.
// Hosts that do not answer say nothing.
func (l *Ledger) survey(ctx context.Context, config *pgx.ConnConfig) {
	hosts := []*pgconn.FallbackConfig{{Host: config.Host, Port: config.Port, TLSConfig: config.TLSConfig}}
	hosts = append(hosts, config.Fallbacks...)
	if len(hosts) < 2 {
		return
	}
	for _, host := range hosts {
		one := config.Config.Copy()
		one.Host, one.Port, one.TLSConfig, one.Fallbacks = host.Host, host.Port, host.TLSConfig, nil
		one.ValidateConnect = nil
		conn, err := pgconn.ConnectConfig(ctx, one)
		if err != nil {
			continue
		}
		if s, err := serverOf(ctx, conn); err == nil {
			_ = l.place.reach(s) // said again, and heard, when it is used
		}
		_ = conn.Close(ctx) // nothing was asked of it
	}
}

// random is a name.
func random() string { return rand.Text()[:10] }

// now is the time of what a machine does itself; what is compared among machines is of the database's clock.
func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// away says of an error that the database gave no answer.
func away(err error) error { return fmt.Errorf("%w: %w", payment.ErrAway, err) }
