package funding

import (
	"strconv"
	"time"

	"github.com/communecter/coopspace/funding/money"
	"github.com/communecter/coopspace/internal/fault"
)

// Donation is money that somebody gave, or promised.
type Donation struct {
	// Donor says who gave it, by an id or a pseudonym of at most 255 bytes. Empty: nobody knows, and the money gives weight to nobody.
	Donor string
	// Amount is what was given, before fees: above nothing.
	Amount Amount
	// Returned is what of it was given back or charged back, as far as it is known: from nothing to Amount. It is taken off the donation
	// itself, so that money that was given back leaves no trace in a window or in a decay.
	Returned Amount
	// At is when it was settled.
	At time.Time
	// Stage says whether the money is there. The zero value is a pledge.
	Stage Stage
}

// Stage is where a donation is on its way.
type Stage uint8

// The stages. Only what is settled has weight.
const (
	Pledged  Stage = iota // promised
	Settled               // received
	Disputed              // received, and in review since; settled again if the dispute is won
)

// ErrDonation refuses a donation that cannot be weighed.
var ErrDonation = fault.New(fault.Invalid, "donation.unusable",
	"a donation is more than nothing, at most all of it is given back, and its donor's name has at most 255 bytes")

const longestID = 255

// check refuses what cannot be weighed; at is the donation's place.
func (d Donation) check(at int, cur money.Currency) error {
	path := "donations/" + strconv.Itoa(at)
	for _, a := range []struct {
		field  string
		amount Amount
	}{{"amount", d.Amount}, {"returned", d.Returned}} {
		if a.amount.Currency() != cur && a.amount != (Amount{}) {
			return money.ErrCurrencyMixed.At(path+"/"+a.field, a.amount.String()+", "+string(cur))
		}
	}
	switch {
	case d.Amount.Sign() <= 0:
		return ErrDonation.At(path+"/amount", d.Amount.String())
	case d.Returned.Sign() < 0, d.Returned.Minor() > d.Amount.Minor():
		return ErrDonation.At(path+"/returned", d.Returned.String()+" of "+d.Amount.String())
	case len(d.Donor) > longestID:
		return ErrDonation.At(path+"/donor", strconv.Itoa(len(d.Donor))+" bytes")
	case d.Stage > Disputed:
		return ErrDonation.At(path+"/stage", strconv.Itoa(int(d.Stage)))
	}
	return nil
}
