// Package lives simulates whole lives of kiosks in virtual time: the real cashier and its rules, visitors, payers,
// WeChat, the court, and everything that goes wrong. At every write, call, screen and piece of paper a life is held
// against the promises of payment, as code (promise.go). Only tests import it; a test at the root proves that no
// program does.
//
// A life follows a plan, drawn from a seed or read from testdata/lives. Its parts are models, which are quick
// (Modelled), or bbolt, wechatpay-go and the strict simulator (Really). With models the same plan gives the same life
// again, to the nanosecond.
//
// # Decisions
//
// 2026-11-28: the simulation is a package that can be imported, with its tests beside it, so that the lives of
// other rooms, such as a server between kiosk and ledger, can be lived by the same plans.
package lives
