package postgres

import (
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io/fs"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"courtkiosk/payment/durable"
)

// errDSN says nothing of what a DSN holds: that is a password too.
var errDSN = errors.New("postgres: the DSN cannot be read as one; its form is host=… user=… password=… dbname=… " +
	"sslmode=verify-full, with a value in single quotes where it has a blank in it, or postgres://…; port is one, or " +
	"as many as hosts")

// parse reads a DSN. No error of it repeats a word of it, but for the name of a file that cannot be read.
func parse(dsn string) (*pgxpool.Config, error) {
	config, err := pgxpool.ParseConfig(dsn)
	if missing, ok := errors.AsType[*fs.PathError](err); ok {
		return nil, missing
	}
	if err != nil {
		return nil, errDSN
	}
	// Whoever may make functions in the schema public would else be asked in place of the database's own.
	config.ConnConfig.RuntimeParams["search_path"] = "pg_catalog"
	return config, nil
}

// A State is how a database stands before anything is opened in it, for who sets a machine up or looks at it.
type State struct {
	Wrong    string `json:",omitempty"` // why nobody could be asked
	Hosts    []Host // of the DSN, in its order
	Primary  string // the host that takes writes, of the newest timeline; empty: none
	Verified bool   // each server must prove its name before anything is told it (sslmode=verify-full)
	Local    bool   // all hosts are this machine

	// What the primary says.
	Schema, Newest int64         // the version of its schema, 0 of none, and that of this program
	Environment    string        // whose the court's ledger is; empty: there is none yet, or nobody may read of it
	Powers         []string      `json:",omitempty"` // what the program's role may do, and should not, in SQL's words
	Commits        bool          // a durable commit came through,
	Took           time.Duration // in this time
	Synchronous    bool          // commits wait for what synchronous_commit and synchronous_standby_names demand
	Standbys       string        // synchronous_standby_names
	Streams        int           // standbys that are connected, synchronous or not
	Ahead          time.Duration // how far its clock is ahead of this machine's
	Remembered     int64         // the highest timeline that this machine has seen
}

// A Host is a server that a DSN names.
type Host struct {
	Name     string // with its port
	Error    string `json:",omitempty"` // why it could not be asked
	Code     string `json:",omitempty"` // SQLSTATE of that
	Standby  bool   // it takes no writes
	Timeline int64  // of one that does
	Secret   bool   // what is said to it is encrypted

	cluster string
}

// Stale reports whether the host takes writes that another one has succeeded.
func (s State) Stale(h Host) bool { return h.Error == "" && !h.Standby && h.Timeline < s.Remembered }

// Stored reports whether the machine that has a place, of which this is the text, ever stored anything in the ledger.
func Stored(place []byte) bool {
	var is remembered
	return json.Unmarshal(place, &is) == nil && is.Entry > 0
}

// Look asks every host that a DSN names how it stands. Nothing is changed by it but the database's log, where one empty
// message is committed. place is the Place of Options.
func Look(ctx context.Context, dsn, court, place string) (s State) {
	config, err := parse(dsn)
	if err != nil {
		s.Wrong = err.Error()
		return s
	}
	s.Newest, s.Verified, s.Local = newest(), true, true
	var is remembered
	if text, err := durable.ReadFile(place); err == nil {
		_ = json.Unmarshal(text, &is) // who opens it says what is wrong with it
	}
	var primary *pgx.Conn
	for _, one := range apart(config.ConnConfig) {
		s.Local = s.Local && local(one.Host)
		for _, way := range append([]*pgconn.FallbackConfig{{TLSConfig: one.TLSConfig}}, one.Fallbacks...) {
			s.Verified = s.Verified && way.TLSConfig != nil && !way.TLSConfig.InsecureSkipVerify
		}
		host, conn := ask(ctx, one)
		s.Hosts = append(s.Hosts, host)
		s.Remembered = max(s.Remembered, is.Timelines[host.cluster])
		if !host.Standby && host.Timeline >= s.Remembered && conn != nil {
			primary, conn = conn, primary
			s.Primary, s.Remembered = host.Name, host.Timeline
		}
		if conn != nil {
			_ = conn.Close(ctx) // nothing was asked of it
		}
	}
	if primary == nil {
		return s
	}
	s.ofPrimary(ctx, primary, court)
	_ = primary.Close(ctx)
	return s
}

// apart returns a configuration for each host; those of one host alone, with TLS and without, stay together.
func apart(config *pgx.ConnConfig) (list []*pgx.ConnConfig) {
	all := append([]*pgconn.FallbackConfig{{Host: config.Host, Port: config.Port, TLSConfig: config.TLSConfig}},
		config.Fallbacks...)
	for _, host := range all {
		if n := len(list); n > 0 && list[n-1].Host == host.Host && list[n-1].Port == host.Port {
			list[n-1].Fallbacks = append(list[n-1].Fallbacks, host)
			continue
		}
		one := config.Copy()
		one.Host, one.Port, one.TLSConfig, one.Fallbacks = host.Host, host.Port, host.TLSConfig, nil
		one.ValidateConnect = nil
		one.ConnectTimeout = cmp.Or(one.ConnectTimeout, connectWithin)
		list = append(list, one)
	}
	return list
}

// local reports whether a host is this machine: a socket's folder, or an address of its own.
func local(host string) bool {
	return strings.HasPrefix(host, "/") || host == "localhost" || net.ParseIP(host).IsLoopback()
}

// ask connects to one host and asks what it is.
func ask(ctx context.Context, one *pgx.ConnConfig) (h Host, conn *pgx.Conn) {
	h.Name = net.JoinHostPort(one.Host, strconv.Itoa(int(one.Port)))
	conn, err := pgx.ConnectConfig(ctx, one)
	if err == nil {
		_, h.Secret = conn.PgConn().Conn().(*tls.Conn)
		var is server
		is, err = serverOf(ctx, conn.PgConn())
		h.Timeline, h.cluster = is.timeline, is.cluster
		if h.Standby = errors.Is(err, errStandby); h.Standby {
			err = nil
		}
	}
	if err != nil {
		h.Error, h.Code = strings.Join(strings.Fields(err.Error()), " "), code(err)
		if said, ok := errors.AsType[*pgconn.PgError](err); ok { // its own words, without ours around them
			h.Error = said.Message
		}
	}
	return h, conn
}

var (
	readNow     = statement(`select clock_timestamp()`)
	readDurable = statement(`select current_setting('synchronous_commit') in ('on', 'remote_apply'),
		current_setting('synchronous_standby_names'), (select count(*) from pg_stat_replication)`)
	readEnvironment = statement(`select environment from courtkiosk.ledger where court = $1`)
	readPowers      = statement(`select array_remove(array[
		case when rolsuper then 'SUPERUSER' end,
		case when rolcreaterole then 'CREATEROLE' end,
		case when rolcreatedb then 'CREATEDB' end,
		case when rolbypassrls then 'BYPASSRLS' end,
		case when has_database_privilege(current_database(), 'create') then 'CREATE ON DATABASE' end,
		case when has_schema_privilege('courtkiosk', 'create') then 'CREATE ON SCHEMA courtkiosk' end,
		case when exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace
			where n.nspname = 'courtkiosk' and pg_has_role(c.relowner, 'usage'))
			then 'OWNER OF courtkiosk.*' end,
		case when has_table_privilege('courtkiosk.audit', 'update, delete, truncate')
			then 'UPDATE, DELETE ON courtkiosk.audit' end
		], null) from pg_roles where rolname = current_user`)
)

// emit is what a commit waits for that changes nothing but the database's log.
const emit = `begin; select pg_logical_emit_message(true, 'courtkiosk', ''); commit`

// ofPrimary asks the server that takes writes. What it does not answer stays as it is.
func (s *State) ofPrimary(ctx context.Context, conn *pgx.Conn, court string) {
	ctx, cancel := context.WithTimeout(ctx, 4*patience)
	defer cancel()
	begun, at := time.Now(), time.Time{}
	if err := conn.QueryRow(ctx, readNow).Scan(&at); err == nil {
		s.Ahead = at.Sub(begun.Add(time.Since(begun) / 2)).Truncate(time.Millisecond)
	}
	_ = conn.QueryRow(ctx, readSchema).Scan(&s.Schema) // 0: it is not there, or not this role's to read
	_ = conn.QueryRow(ctx, readDurable).Scan(&s.Synchronous, &s.Standbys, &s.Streams)
	if s.Schema > 0 {
		_ = conn.QueryRow(ctx, readPowers).Scan(&s.Powers)
		_ = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, ofCourt, court); err != nil {
				return err
			}
			return tx.QueryRow(ctx, readEnvironment, court).Scan(&s.Environment)
		})
	}
	begun = time.Now()
	wait, stop := context.WithTimeout(ctx, patience)
	defer stop()
	if err := conn.PgConn().Exec(wait, emit).Close(); err == nil {
		s.Commits, s.Took = true, time.Since(begun).Truncate(time.Microsecond)
	}
}
