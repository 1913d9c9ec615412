package jobs_test

import (
	"context"
	"time"

	"twofold/codes"
	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
	"twofold/usecases"
)

// tapped is the real gateway behind a tap.
type tapped struct {
	usecases.Shopify
	tap *tap
}

// through makes one call through the tap. A mutation that fails after it was made has an unknown
// outcome, as over a broken line.
func through[T any](t *tap, call func() (T, error)) (T, error) {
	made, fails := t.next()
	var v T
	var err error
	if made {
		v, err = call()
	}
	if fails {
		var none T
		return none, fault.Wrap(fault.Unavailable, codes.ErrUnknownOutcome, "the line broke")
	}
	return v, err
}

func (t tapped) Ping(ctx context.Context, shop tenant.ShopID) error {
	_, err := through(t.tap, func() (struct{}, error) { return struct{}{}, t.Shopify.Ping(ctx, shop) })
	return err
}

func (t tapped) ReadProfile(ctx context.Context, shop tenant.ShopID) (tenant.Profile, error) {
	return through(t.tap, func() (tenant.Profile, error) { return t.Shopify.ReadProfile(ctx, shop) })
}

func (t tapped) TellFlow(ctx context.Context, shop tenant.ShopID, trigger string, payload map[string]any) error {
	_, err := through(t.tap, func() (struct{}, error) { return struct{}{}, t.Shopify.TellFlow(ctx, shop, trigger, payload) })
	return err
}

func (t tapped) ReadOrder(ctx context.Context, shop tenant.ShopID, id referral.OrderID) (referral.Order, error) {
	return through(t.tap, func() (referral.Order, error) { return t.Shopify.ReadOrder(ctx, shop, id) })
}

func (t tapped) ReadDisputes(ctx context.Context, shop tenant.ShopID, ids []referral.OrderID) (map[referral.OrderID][]referral.Dispute, error) {
	return through(t.tap, func() (map[referral.OrderID][]referral.Dispute, error) { return t.Shopify.ReadDisputes(ctx, shop, ids) })
}

func (t tapped) ReadCustomer(ctx context.Context, shop tenant.ShopID, id referral.CustomerID) (referral.CustomerOrders, error) {
	return through(t.tap, func() (referral.CustomerOrders, error) { return t.Shopify.ReadCustomer(ctx, shop, id) })
}

func (t tapped) ChangedOrders(ctx context.Context, shop tenant.ShopID, q referral.ChangedQuery) (referral.ChangedPage, error) {
	return through(t.tap, func() (referral.ChangedPage, error) { return t.Shopify.ChangedOrders(ctx, shop, q) })
}

func (t tapped) ReadShown(ctx context.Context, shop tenant.ShopID) (referral.ShownFields, error) {
	return through(t.tap, func() (referral.ShownFields, error) { return t.Shopify.ReadShown(ctx, shop) })
}

func (t tapped) WriteShown(ctx context.Context, shop tenant.ShopID, was referral.ShownFields, offer string) error {
	_, err := through(t.tap, func() (struct{}, error) { return struct{}{}, t.Shopify.WriteShown(ctx, shop, was, offer) })
	return err
}

func (t tapped) DeleteShown(ctx context.Context, shop tenant.ShopID, owner string) error {
	_, err := through(t.tap, func() (struct{}, error) { return struct{}{}, t.Shopify.DeleteShown(ctx, shop, owner) })
	return err
}

func (t tapped) CreateDiscount(ctx context.Context, shop tenant.ShopID, d codes.Discount) (referral.DiscountID, error) {
	return through(t.tap, func() (referral.DiscountID, error) { return t.Shopify.CreateDiscount(ctx, shop, d) })
}

func (t tapped) ReadDiscount(ctx context.Context, shop tenant.ShopID, id referral.DiscountID) (codes.Discount, error) {
	return through(t.tap, func() (codes.Discount, error) { return t.Shopify.ReadDiscount(ctx, shop, id) })
}

func (t tapped) UpdateDiscount(ctx context.Context, shop tenant.ShopID, id referral.DiscountID, d codes.Discount) error {
	_, err := through(t.tap, func() (struct{}, error) { return struct{}{}, t.Shopify.UpdateDiscount(ctx, shop, id, d) })
	return err
}

func (t tapped) MoveEnd(ctx context.Context, shop tenant.ShopID, id referral.DiscountID, kind referral.OfferKind, endsAt time.Time) error {
	_, err := through(t.tap, func() (struct{}, error) { return struct{}{}, t.Shopify.MoveEnd(ctx, shop, id, kind, endsAt) })
	return err
}

func (t tapped) DeleteDiscount(ctx context.Context, shop tenant.ShopID, id referral.DiscountID) error {
	_, err := through(t.tap, func() (struct{}, error) { return struct{}{}, t.Shopify.DeleteDiscount(ctx, shop, id) })
	return err
}

func (t tapped) FindDiscount(ctx context.Context, shop tenant.ShopID, code string) (referral.DiscountID, error) {
	return through(t.tap, func() (referral.DiscountID, error) { return t.Shopify.FindDiscount(ctx, shop, code) })
}

func (t tapped) AddCodes(ctx context.Context, shop tenant.ShopID, id referral.DiscountID, texts []string) (codes.CreationID, error) {
	return through(t.tap, func() (codes.CreationID, error) { return t.Shopify.AddCodes(ctx, shop, id, texts) })
}

func (t tapped) ReadCreation(ctx context.Context, shop tenant.ShopID, id codes.CreationID) (codes.Creation, error) {
	return through(t.tap, func() (codes.Creation, error) { return t.Shopify.ReadCreation(ctx, shop, id) })
}

func (t tapped) FindCodes(ctx context.Context, shop tenant.ShopID, id referral.DiscountID, texts []string) (map[string]codes.CodeID, error) {
	return through(t.tap, func() (map[string]codes.CodeID, error) { return t.Shopify.FindCodes(ctx, shop, id, texts) })
}

func (t tapped) ListedCodes(ctx context.Context, shop tenant.ShopID, id referral.DiscountID, after string) ([]string, string, error) {
	type listed struct {
		page []string
		next string
	}
	l, err := through(t.tap, func() (listed, error) {
		page, next, err := t.Shopify.ListedCodes(ctx, shop, id, after)
		return listed{page, next}, err
	})
	return l.page, l.next, err
}

func (t tapped) DeleteCodes(ctx context.Context, shop tenant.ShopID, id referral.DiscountID, ids []codes.CodeID) (codes.DeletionID, error) {
	return through(t.tap, func() (codes.DeletionID, error) { return t.Shopify.DeleteCodes(ctx, shop, id, ids) })
}

func (t tapped) DeletionDone(ctx context.Context, shop tenant.ShopID, id codes.DeletionID) (bool, error) {
	return through(t.tap, func() (bool, error) { return t.Shopify.DeletionDone(ctx, shop, id) })
}
