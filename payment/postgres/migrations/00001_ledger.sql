-- The ledger of any number of courts. Everything that an order, a refund or a person is lies in a document, as
-- payment/bolt stores it; beside it stand the columns that are searched, locked, counted or given by the database.
-- Row-level security keeps each court to its own rows: the second fence, behind the court that every statement names.

-- +goose Up
-- +goose StatementBegin
-- A field of what is hashed: its length in eight bytes, the most significant first, before it.
create function courtkiosk.field(bytea) returns bytea
	language sql immutable strict parallel safe
	return int8send(length($1)::bigint) || $1;
-- +goose StatementEnd

create table courtkiosk.ledger (
	court       text collate "C" primary key,
	environment text not null,
	instance    text not null,
	made        timestamptz not null,
	timeline    bigint not null,            -- of the database, when it was last looked at
	confirmed   boolean not null default false, -- commits were confirmed by a standby then
	seam        bigint not null default 1,  -- the first audit entry that is chained by today's rule
	incomplete  json,                       -- what was lost, until WeChat was asked for it
	former      json,                       -- names that the ledger had before it was moved here
	moving      text                        -- while it is being moved here: what its source knows the move by
);

-- The hot row of a court: the head of its audit, and its last receipt number. A transaction takes it last.
create table courtkiosk.chain (
	court    text collate "C" primary key,
	seq      bigint not null default 0,
	at       timestamptz not null default 'epoch',
	hash     bytea not null default '',
	receipts bigint not null
);

create table courtkiosk.audit (
	court  text collate "C" not null,
	seq    bigint not null,
	at     timestamptz not null,
	no     text collate "C" not null,
	"from" text not null,
	event  text not null,
	"to"   text not null,
	note   text not null,
	device text not null,
	person text not null,
	hash   bytea not null,
	nanos  smallint, -- beyond "at", of an entry that came here chained by the first rule, which hashes them
	primary key (court, seq)
);
create index audit_order on courtkiosk.audit (court, no, seq) where no <> '';

-- What is locked to change the orders of a bill; shared by all courts of the database, so that two counters never take
-- one bill twice. It is a hash: nobody reads of another court's cases here.
create table courtkiosk.bill (hash bytea primary key);

create sequence courtkiosk.born;
create sequence courtkiosk.fence;

create table courtkiosk.orders (
	court       text collate "C" not null,
	no          text collate "C" not null,
	born        bigint not null,
	bill        bytea not null,
	key_court   text collate "C" not null,
	key_purse   text collate "C" not null,
	key_bill    text collate "C" not null,
	state       text collate "C" not null,
	recovered   boolean not null,
	final       boolean not null,
	amount      bigint not null check (amount > 0),
	paid_amount bigint not null,
	device      text collate "C" not null,
	serial      bigint not null,
	digits      text collate "C" not null, -- of WeChat's transaction id, backwards
	sequence    bigint not null,
	paid_to     text collate "C" not null, -- the device that another machine's attach names
	created_at  timestamptz not null,
	paid_at     timestamptz,
	changed_at  timestamptz not null,
	holder      text collate "C" not null default '',
	until       timestamptz,               -- null: for ever
	fence       bigint not null default 0,
	doc         json not null,             -- without what the columns sequence, serial, changed_at and the lease say
	primary key (court, no)
);
-- The second lock on a bill, behind the rule. A paid order is never in it: a second payment of a bill is money, and
-- must be booked. What was taken in from WeChat may stand beside an open order.
create unique index one_open on courtkiosk.orders (key_court, key_purse, key_bill)
	where state in ('created', 'waiting', 'closing') and not recovered;
create index orders_bill on courtkiosk.orders (court, bill, born);
create index orders_open on courtkiosk.orders (court, born) where not final;
create index orders_opened on courtkiosk.orders (court, created_at, born);
create index orders_paid on courtkiosk.orders (court, paid_at, born) where paid_at is not null;
create index orders_serial on courtkiosk.orders (court, serial, created_at, born);
create index orders_amount on courtkiosk.orders (court, amount, created_at, born);
create index orders_amount_paid on courtkiosk.orders (court, amount, paid_at, born) where paid_at is not null;
create index orders_other on courtkiosk.orders (court, paid_amount, created_at, born)
	where paid_amount <> 0 and paid_amount <> amount;
create index orders_digits on courtkiosk.orders (court, digits) where digits <> '';
create unique index orders_sequence on courtkiosk.orders (court, sequence) where sequence <> 0;
create index orders_paid_to on courtkiosk.orders (court, paid_to, paid_at, born)
	where paid_to <> '' and paid_at is not null;

create table courtkiosk.label (
	court text collate "C" not null,
	label text collate "C" not null,
	no    text collate "C" not null,
	primary key (court, label, no)
);

-- Which order an asking has opened or joined; the order's incarnation tells it from a later one of its number.
create table courtkiosk.request (
	court       text collate "C" not null,
	id          text collate "C" not null,
	no          text collate "C" not null,
	incarnation text not null,
	primary key (court, id)
);

create table courtkiosk.day (
	court  text collate "C" not null,
	device text collate "C" not null,
	day    date not null, -- in China
	n      bigint not null,
	primary key (court, device, day)
);

create table courtkiosk.personal (
	court text collate "C" not null,
	no    text collate "C" not null,
	data  bytea not null,
	primary key (court, no)
);

create table courtkiosk.effect (
	court    text collate "C" not null,
	no       text collate "C" not null,
	kind     text collate "C" not null,
	state    text collate "C" not null,
	since    timestamptz not null,
	holder   text collate "C" not null,
	until    timestamptz,
	ready    boolean not null, -- may be taken up now; else it rests until its time, as far as anybody has looked
	paid_at  timestamptz,      -- of its order, as the next one
	sequence bigint not null,
	doc      json not null,    -- without since, holder and until
	primary key (court, no, kind)
);
create index effect_ready on courtkiosk.effect (court, kind, paid_at nulls first, sequence, no)
	where ready and state in ('owed', 'doubtful');
create index effect_rests on courtkiosk.effect (court, kind, until) where not ready and state in ('owed', 'doubtful');
create index effect_handed on courtkiosk.effect (court, no, kind) where state = 'handed';
create index effect_owed on courtkiosk.effect (court, no, kind) where state <> 'done';
create index effect_kind on courtkiosk.effect (court, kind, no) where state <> 'done';

create table courtkiosk.refund (
	court      text collate "C" not null,
	no         text collate "C" not null,
	born       bigint not null,
	order_no   text collate "C" not null,
	request    text collate "C" not null,
	final      boolean not null,
	changed_at timestamptz not null,
	doc        json not null, -- without changed_at
	primary key (court, no)
);
create index refund_order on courtkiosk.refund (court, order_no, born);
create index refund_open on courtkiosk.refund (court, born) where not final;
create unique index refund_request on courtkiosk.refund (court, order_no, request) where request <> '';

-- What is locked to change a book; who decides by who is who locks that of the people for reading.
create table courtkiosk.shelf (
	court text collate "C" not null,
	book  text collate "C" not null,
	primary key (court, book)
);

create table courtkiosk.book (
	court text collate "C" not null,
	book  text collate "C" not null,
	key   text collate "C" not null,
	doc   json not null,
	primary key (court, book, key)
);

create table courtkiosk.word (
	court    text collate "C" not null,
	instance text collate "C" not null,
	lost     boolean not null,
	born     bigint not null,
	doc      json not null,
	primary key (court, instance, lost)
);

create table courtkiosk.tries (
	court   text collate "C" not null,
	day     date not null,
	subject text collate "C" not null,
	doc     json not null,
	primary key (court, day, subject)
);

-- That a machine works on the ledger. Its commit is the probe that the database, and its standby, still answer.
create table courtkiosk.beat (
	court    text collate "C" not null,
	holder   text collate "C" not null,
	at       timestamptz not null,
	timeline bigint not null,
	server   text not null, -- the run of the server that stored it: another one after a crash
	primary key (court, holder)
);

-- +goose StatementBegin
do $$
declare name text;
begin
	foreach name in array array['ledger', 'chain', 'audit', 'orders', 'label', 'request', 'day', 'personal', 'effect',
		'refund', 'shelf', 'book', 'word', 'tries', 'beat']
	loop
		execute format('alter table courtkiosk.%I enable row level security', name);
		execute format('create policy own_court on courtkiosk.%I '
			'using (court = current_setting(''app.court'', true))', name);
	end loop;
end $$;
-- +goose StatementEnd
