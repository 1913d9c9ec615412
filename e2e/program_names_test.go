package e2e

import (
	"reflect"
	"regexp"
	"testing"
	"time"

	"twofold/referral"
)

// Shopify gives customers and orders their ids, and rewards are named by their friend's. Rows have ids of their own, so everything is
// translated on its way in, and back again before it is compared. The least difference between two times is a millisecond in the rows
// and a second in Shopify; but for that rows count in minutes.

// names are what rows and shop call the same thing.
type names struct{ in, out map[string]string }

func (n *names) add(row, shop string) {
	if n.in == nil {
		n.in, n.out = map[string]string{}, map[string]string{}
	}
	n.in[row], n.out[shop] = shop, row
}

func (n *names) to(id referral.OrderID) referral.OrderID {
	return referral.OrderID(replaced(n.in)(string(id)))
}

// named is what has a name of Shopify's, or one that is derived from it, wherever it stands in a text.
var named = regexp.MustCompile(`gid://shopify/(?:Order|Customer)/\d+|rwd_[a-z2-7]+`)

func replaced(by map[string]string) func(string) string {
	one := func(s string) string {
		if other, there := by[s]; there {
			return other
		}
		return s
	}
	return func(s string) string {
		if other := one(s); other != s {
			return other
		}
		return named.ReplaceAllStringFunc(s, one)
	}
}

// into translates what a row says into the shop's terms.
func into[T any](w *world, v T) T { return translated(v, replaced(w.ids.in), intoTime(w.t)) }

// back translates what the program says into the row's terms.
func back[T any](w *world, v T) T { return translated(v, replaced(w.ids.out), backTime) }

const (
	rowInstant  = int64(time.Millisecond)
	shopInstant = int64(time.Second)
)

func intoTime(t *testing.T) func(time.Time) time.Time {
	t.Helper()
	return func(at time.Time) time.Time {
		if at.IsZero() {
			return at
		}
		minute := at.Round(time.Minute)
		instants := int64(at.Sub(minute)) / rowInstant
		if instants > 9 || instants < -9 {
			t.Fatalf("%s is neither a whole minute nor some instants from one", at)
		}
		return minute.Add(time.Duration(instants * shopInstant))
	}
}

func backTime(at time.Time) time.Time {
	if at.IsZero() {
		return at
	}
	minute := at.Round(time.Minute)
	return minute.Add(time.Duration(int64(at.Sub(minute)) / shopInstant * rowInstant))
}

// translated is a copy of v with every text and time in it replaced, at any depth.
func translated[T any](v T, text func(string) string, at func(time.Time) time.Time) T {
	return translate(reflect.ValueOf(&v).Elem(), text, at).Interface().(T)
}

func translate(v reflect.Value, text func(string) string, at func(time.Time) time.Time) reflect.Value {
	out := reflect.New(v.Type()).Elem()
	switch v.Kind() {
	case reflect.String:
		out.SetString(text(v.String()))
	case reflect.Struct:
		if when, is := v.Interface().(time.Time); is {
			out.Set(reflect.ValueOf(at(when)))
			break
		}
		for i := range v.NumField() {
			out.Field(i).Set(translate(v.Field(i), text, at))
		}
	case reflect.Pointer:
		if !v.IsNil() {
			out.Set(reflect.New(v.Type().Elem()))
			out.Elem().Set(translate(v.Elem(), text, at))
		}
	case reflect.Slice:
		if !v.IsNil() {
			out.Set(reflect.MakeSlice(v.Type(), 0, v.Len()))
			for i := range v.Len() {
				out.Set(reflect.Append(out, translate(v.Index(i), text, at)))
			}
		}
	case reflect.Map:
		if !v.IsNil() {
			out.Set(reflect.MakeMap(v.Type()))
			for _, k := range v.MapKeys() {
				out.SetMapIndex(translate(k, text, at), translate(v.MapIndex(k), text, at))
			}
		}
	default:
		out.Set(v)
	}
	return out
}

// gids are all of one type in what a row says.
func gids(v any, typ string) []string {
	seen := map[string]bool{}
	var all []string
	pattern := regexp.MustCompile(`gid://shopify/` + typ + `/\d+`)
	translate(reflect.ValueOf(v), func(s string) string {
		for _, id := range pattern.FindAllString(s, -1) {
			if !seen[id] {
				seen[id] = true
				all = append(all, id)
			}
		}
		return s
	}, func(at time.Time) time.Time { return at })
	return all
}
