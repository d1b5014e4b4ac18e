package postgres

import (
	"testing"

	"courtkiosk/payment"
	"courtkiosk/payment/ledgertest"
	"courtkiosk/payment/postgres/postgrestest"
)

// What a database's operator sets for the role must not change what a commit is worth, nor which functions are asked.
func TestSettingsOfTheRole(t *testing.T) {
	dsn := postgrestest.New(t)
	owner, super := postgrestest.Owner(t, dsn), postgrestest.Superuser(t, dsn)
	database := postgrestest.Exec(t, dsn, "select current_database()")
	for name, value := range map[string]string{"synchronous_commit": "off", "statement_timeout": "'700ms'",
		"lock_timeout": "'100ms'", "search_path": "public", "timezone": "'Asia/Kathmandu'", "datestyle": "'German'",
		"default_transaction_isolation": "serializable"} {
		postgrestest.Exec(t, super, "alter role courtkiosk in database "+database+" set "+name+" = "+value)
	}
	postgrestest.Exec(t, super, `grant create on schema public to courtkiosk_owner;
		grant usage on schema public to courtkiosk`)
	postgrestest.Exec(t, owner, `create function public.concat_ws(text, timestamptz, timestamptz) returns text
		language plpgsql as $$ begin raise exception 'not the database''s own'; end $$`)
	l := open(t, dsn, "")
	conn, err := l.pool.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Release()
	for name, want := range map[string]string{"synchronous_commit": "on", "statement_timeout": "0",
		"lock_timeout": "0", "search_path": "pg_catalog"} {
		var got string
		if err := conn.QueryRow(t.Context(), "select current_setting($1)", name).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %q, %v, want %q", name, got, err, want)
		}
	}
	o, err := ledgertest.Next(l, ledgertest.Request(1), ledgertest.Born)
	if err != nil {
		t.Fatal(err)
	}
	if o, err = ledgertest.Settle(l, o); err != nil || o.State != payment.Paid {
		t.Errorf("settled as %s, %v", o.State, err)
	}
	page, err := l.Find(t.Context(), payment.Filter{Day: ledgertest.Born, N: 10})
	if err != nil || len(page.Orders) != 1 || !page.Orders[0].CreatedAt.Equal(ledgertest.Born) {
		t.Errorf("found %+v, %v", page, err)
	}
	verified(t, dsn)
}
