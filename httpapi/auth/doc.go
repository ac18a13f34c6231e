// Package auth finds out who sent a request: functions for httpapi.Options.Who. So far there are two, for development and
// demonstrations: a header that is believed, and links that work once. Tokens of a host program, OpenID Connect and links
// by mail come later. A program with a login of its own needs none of them: its own function turns its session into a
// governance.Actor.
package auth
