// Package trial tries what only the whole can show: a server that is killed while people vote, 64 people at one box, an
// engine that lives through anything in any order, a database that goes away. It holds tests alone; docs/trials.md says what
// is tried, how often, and what cannot be shown so.
//
// Each trial is written once and run on every driver of the storage contract. COOPSPACE_SOAK=n makes them longer: make soak.
package trial
