package store

import (
	"time"

	"twofold/referral"
)

// sightingDoc is referral.Sighting, on a claim or an advocate. Most of it is often not known.
type sightingDoc struct {
	At       date     `bson:"at"`
	Networks []string `bson:"networks,omitempty"`
	Agents   []string `bson:"agents,omitempty"`
	Referrer string   `bson:"referrer,omitempty"`
	Typed    []string `bson:"typed,omitempty"`
}

func newSightingDoc(s referral.Sighting) sightingDoc {
	return sightingDoc{date(s.At), s.Networks, s.Agents, s.Referrer, s.Typed}
}

func (d sightingDoc) toDomain() referral.Sighting {
	return referral.Sighting{
		At: time.Time(d.At), Networks: d.Networks, Agents: d.Agents, Referrer: d.Referrer, Typed: d.Typed,
	}
}
