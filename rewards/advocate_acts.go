package rewards

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
)

// The acts on an advocate, beside ActForgive for all that they owe.
const (
	ActBlock      Act = "block"
	ActUnblock    Act = "unblock"
	ActReopen     Act = "reopen"
	ActChangeCode Act = "change_code"
)

// SaidOfAdvocate is an act on an advocate with what it needs, who says it, and why.
type SaidOfAdvocate struct {
	Act      Act
	Advocate referral.AdvocateID
	Code     string // ActChangeCode: the one that is to be current
	User     string // Shopify's id of the member of staff
	Reason   string
}

// DoToAdvocate is Do for acts on an advocate. NotFound: the shop has no such advocate.
func (s *Service) DoToAdvocate(ctx context.Context, shop tenant.ShopID, said SaidOfAdvocate) error {
	a, err := s.advocates.FindAdvocate(ctx, shop, said.Advocate)
	if err != nil {
		return err
	}

	entry := referral.AuditEntry{
		User: said.User, Act: string(said.Act), Reason: said.Reason, About: []string{string(a.ID)},
	}
	return s.Audited(ctx, shop, entry, func() ([]string, error) { return s.doToAdvocate(ctx, a, said) })
}

func (s *Service) doToAdvocate(
	ctx context.Context, a referral.Advocate, said SaidOfAdvocate,
) (about []string, err error) {
	switch said.Act {
	case ActBlock:
		_, err = s.Block(ctx, a.Shop, a.Code())
	case ActUnblock:
		_, err = s.Unblock(ctx, a.Shop, a.Code())
	case ActReopen:
		_, err = s.Reopen(ctx, a.Shop, a.Code())
	case ActChangeCode:
		_, err = s.codes.ChangeCode(ctx, a, said.Code)
	case ActForgive:
		return s.forgiveAll(ctx, a)
	default:
		err = fault.ForLog(fault.Invalid, "no such act on an advocate")
	}
	return nil, err
}

// forgiveAll lets go all that an advocate owes now, and returns the orders that it was owed for. Conflict: nothing is
// owed.
func (s *Service) forgiveAll(ctx context.Context, a referral.Advocate) (about []string, err error) {
	owed, err := s.store.OwedOf(ctx, a.Shop, a.ID)
	if err != nil {
		return nil, fmt.Errorf("rewards: owed of an advocate: %w", err)
	}
	if len(owed) == 0 {
		return nil, fault.With(fault.Conflict, "nothing_owed", fault.Values{"state": referral.RewardNone})
	}

	for _, r := range owed {
		if _, err := s.Forgive(ctx, a.Shop, string(r.Order)); err != nil {
			return about, err
		}
		about = append(about, string(r.Order))
	}
	return about, nil
}

// NoteAdvocate keeps what a member of staff writes about an advocate, in place of what was written before. Invalid: it
// is too long. NotFound: the shop has no such advocate, or the person was erased.
func (s *Service) NoteAdvocate(
	ctx context.Context, shop tenant.ShopID, id referral.AdvocateID, note, user string,
) error {
	note = strings.TrimSpace(note)
	if utf8.RuneCountInString(note) > referral.MaxNote {
		return fault.With(fault.Invalid, "note_long", fault.Values{"most": referral.MaxNote})
	}
	return s.advocates.SetNote(ctx, shop, id, referral.Note{Text: note, At: s.now(), User: user})
}
