package store

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// stencil is a document of which many are made: the same at another time, with other names of the same widths. A copy is
// a few bytes that are overwritten, a tenth of what it takes to make the document anew.
type stencil struct {
	doc     []byte
	names   [][]int  // where each name stands
	dates   []int    // where dates stand
	numbers []number // that begin with the first name
}

// number is an integer that begins with the digits of a name, and ends with others.
type number struct {
	at   int
	ends string
}

// newStencil finds the names in a document.
func newStencil(doc any, names []string) (stencil, error) {
	raw, err := bson.Marshal(doc)
	if err != nil {
		return stencil{}, err
	}

	s := stencil{doc: raw}
	for _, name := range names {
		s.names = append(s.names, placesOf(raw, name))
	}
	return s, s.look(raw, 0, names[0])
}

// placesOf lists where a name stands.
func placesOf(doc []byte, name string) (places []int) {
	for from := 0; ; {
		at := bytes.Index(doc[from:], []byte(name))
		if at < 0 {
			return places
		}
		places = append(places, from+at)
		from += at + len(name)
	}
}

// look finds the dates and numbers of a part of the document, which begins at a place.
//
// A document is four bytes of length, its elements, and a zero; the value is an element's end. Source: bsonspec.org.
func (s *stencil) look(part bson.Raw, at int, name string) error {
	elements, err := part.Elements()
	if err != nil {
		return err
	}

	at += 4
	for _, e := range elements {
		at += len(e)
		value := e.Value()
		begins := at - len(value.Value)
		switch value.Type {
		case bson.TypeDateTime:
			s.dates = append(s.dates, begins)
		case bson.TypeInt64:
			if ends, found := strings.CutPrefix(strconv.FormatInt(value.Int64(), 10), name); found {
				s.numbers = append(s.numbers, number{begins, ends})
			}
		case bson.TypeEmbeddedDocument, bson.TypeArray:
			if err := s.look(value.Value, begins, name); err != nil {
				return err
			}
		}
	}
	return nil
}

// copy is the document at so much later, with other names.
func (s stencil) copy(names []string, later time.Duration) []byte {
	doc := slices.Clone(s.doc)
	for i, places := range s.names {
		for _, at := range places {
			copy(doc[at:], names[i])
		}
	}

	for _, at := range s.dates {
		was := binary.LittleEndian.Uint64(doc[at:])
		binary.LittleEndian.PutUint64(doc[at:], was+uint64(later.Milliseconds()))
	}
	for _, n := range s.numbers {
		is, _ := strconv.ParseInt(names[0]+n.ends, 10, 64) // as many digits as the one that was there
		binary.LittleEndian.PutUint64(doc[n.at:], uint64(is))
	}
	return doc
}
