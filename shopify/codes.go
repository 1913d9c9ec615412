package shopify

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"twofold/codes"
	"twofold/fault"
	"twofold/referral"
	"twofold/tenant"
)

const (
	maxCodes   = 250 // entries of an input array. Source: shopify.dev, limits, 2026-10
	findChunk  = 50  // codes in one search query
	findPages  = 4   // pages of one search; an exact search needs one
	failsPages = 4   // pages of failures of one creation of up to maxCodes codes; it needs one
)

// codePattern is what may stand in a search query without quotes. Our own codes are of A-Z and 0-9.
var codePattern = regexp.MustCompile(`\A[A-Za-z0-9][A-Za-z0-9-]{0,254}\z`)

// checkBatch checks the number and the form of codes or ids that go into one call.
func checkBatch[T ~string](list []T, ok func(string) bool) error {
	if len(list) == 0 || len(list) > maxCodes {
		return fault.ForLog(fault.Invalid, "1 to %d codes go into one call, not %d", maxCodes, len(list))
	}

	for _, item := range list {
		if !ok(string(item)) {
			return fault.ForLog(fault.Invalid, "not a discount code")
		}
	}

	return nil
}

// AddCodes queues up to 250 codes under a discount; the answer only means "queued". Source: shopify.dev,
// discountRedeemCodeBulkAdd.
func (g *Gateway) AddCodes(
	ctx context.Context, shop tenant.ShopID, id referral.DiscountID, texts []string,
) (codes.CreationID, error) {
	if err := checkBatch(texts, codePattern.MatchString); err != nil {
		return "", err
	}

	inputs := make([]map[string]string, len(texts))
	for i, c := range texts {
		inputs[i] = map[string]string{"code": c}
	}

	var data struct {
		Payload struct {
			Creation   *rawID      `json:"bulkCreation"`
			UserErrors []userError `json:"userErrors"`
		} `json:"discountRedeemCodeBulkAdd"`
	}

	_, err := g.call(ctx, shop, opCodesAdd, map[string]any{"discountId": id, "codes": inputs}, &data)
	if err == nil {
		err = refused(shop, opCodesAdd, data.Payload.UserErrors)
	}
	if err != nil {
		return "", fmt.Errorf("shopify: add codes: %w", err)
	}
	if c := data.Payload.Creation; c == nil || !isGID(c.ID, "DiscountRedeemCodeBulkCreation") {
		return "", g.unreadable(shop, opCodesAdd, fault.ForLog(fault.Invalid, "no creation id"))
	}

	return codes.CreationID(data.Payload.Creation.ID), nil
}

type rawCreation struct {
	Done     bool `json:"done"`
	Total    int  `json:"codesCount"`
	Imported int  `json:"importedCount"`
	Failed   int  `json:"failedCount"`
}

// ReadCreation tells how far AddCodes got. The failures are read only when it is done and not every code was imported.
func (g *Gateway) ReadCreation(ctx context.Context, shop tenant.ShopID, id codes.CreationID) (codes.Creation, error) {
	var data struct {
		Creation *rawCreation `json:"discountRedeemCodeBulkCreation"`
	}
	r, err := g.call(ctx, shop, opCodesCreation, map[string]any{"id": id}, &data)
	if err == nil && data.Creation == nil {
		err = missing(shop, opCodesCreation, r)
	}
	if err != nil {
		return codes.Creation{}, fmt.Errorf("shopify: read creation: %w", err)
	}

	raw := data.Creation
	c := codes.Creation{Done: raw.Done, Imported: raw.Imported}
	if raw.Done && (raw.Failed > 0 || raw.Imported < raw.Total) {
		c.Failed, err = g.readFailures(ctx, shop, id)
	}
	return c, err
}

type rawFailures struct {
	Codes struct {
		Nodes []struct {
			Code   string      `json:"code"`
			Errors []userError `json:"errors"`
		} `json:"nodes"`
		PageInfo pageInfo `json:"pageInfo"`
	} `json:"codes"`
}

// readFailures lists the codes that a creation did not take, with Shopify's error codes.
func (g *Gateway) readFailures(
	ctx context.Context, shop tenant.ShopID, id codes.CreationID,
) ([]codes.FailedCode, error) {
	var failed []codes.FailedCode
	vars := map[string]any{"id": id}
	for range failsPages {
		var data struct {
			Creation *rawFailures `json:"discountRedeemCodeBulkCreation"`
		}
		r, err := g.call(ctx, shop, opCreationFailures, vars, &data)
		if err == nil && data.Creation == nil {
			err = missing(shop, opCreationFailures, r)
		}
		if err != nil {
			return nil, fmt.Errorf("shopify: read failed codes: %w", err)
		}

		for _, n := range data.Creation.Codes.Nodes {
			if reason := reasons(n.Errors); reason != "" {
				failed = append(failed, codes.FailedCode{Code: strings.ToUpper(n.Code), Reason: reason})
			}
		}

		next := data.Creation.Codes.PageInfo.next()
		if next == "" {
			return failed, nil
		}
		vars["after"] = next
	}

	return nil, g.unreadable(shop, opCreationFailures, fault.ForLog(fault.Internal, "more failures than codes"))
}

// reasons joins the codes of errors, "" when there are none.
func reasons(list []userError) string {
	var out []string
	for _, u := range list {
		if u.Code != nil {
			out = append(out, *u.Code)
		} else {
			out = append(out, "UNKNOWN")
		}
	}

	return strings.Join(out, ",")
}

// FindCodes returns the ids of those of the codes (up to 250) that exist under the discount, by code in upper case.
//
// Shopify's search is not exact and may lag behind. So only codes that were asked for count, and one that the search
// does not show is looked up by itself: Unavailable when it exists after all, so that a missing id always means a
// missing code.
func (g *Gateway) FindCodes(
	ctx context.Context, shop tenant.ShopID, id referral.DiscountID, texts []string,
) (map[string]codes.CodeID, error) {
	if err := checkBatch(texts, codePattern.MatchString); err != nil {
		return nil, err
	}

	found := map[string]codes.CodeID{}
	for start := 0; start < len(texts); start += findChunk {
		chunk := upperCodes(texts[start:min(start+findChunk, len(texts))])
		if err := g.searchCodes(ctx, shop, id, chunk, found); err != nil {
			return nil, fmt.Errorf("shopify: find codes: %w", err)
		}
		if err := g.proveMissing(ctx, shop, id, chunk, found); err != nil {
			return nil, fmt.Errorf("shopify: find codes: %w", err)
		}
	}

	return found, nil
}

type rawFound struct {
	ID       string `json:"id"`
	Discount struct {
		Codes struct {
			Nodes []struct {
				ID   string `json:"id"`
				Code string `json:"code"`
			} `json:"nodes"`
			PageInfo pageInfo `json:"pageInfo"`
		} `json:"codes"`
	} `json:"discount"`
}

// searchCodes adds to found what the search shows of the codes.
func (g *Gateway) searchCodes(
	ctx context.Context, shop tenant.ShopID, id referral.DiscountID, texts []string, found map[string]codes.CodeID,
) error {
	asked := map[string]bool{}
	for _, c := range texts {
		asked[c] = true
	}

	vars := map[string]any{"discountId": id, "query": strings.Join(texts, " OR ")}
	for range findPages {
		var data struct {
			Node *rawFound `json:"discountNode"`
		}
		if _, err := g.call(ctx, shop, opCodesFind, vars, &data); err != nil {
			return err
		}
		if data.Node == nil {
			return nil // the discount is gone: whether its codes are too, proveMissing tells
		}

		for _, n := range data.Node.Discount.Codes.Nodes {
			if code := strings.ToUpper(n.Code); asked[code] && isGID(n.ID, "DiscountRedeemCode") {
				found[code] = codes.CodeID(n.ID)
			}
		}

		next := data.Node.Discount.Codes.PageInfo.next()
		if next == "" {
			return nil
		}
		vars["after"] = next
	}

	return nil
}

// proveMissing looks each code that was not found up by itself.
func (g *Gateway) proveMissing(
	ctx context.Context, shop tenant.ShopID, id referral.DiscountID, texts []string, found map[string]codes.CodeID,
) error {
	for _, c := range texts {
		if _, ok := found[c]; ok {
			continue
		}

		owner, err := g.FindDiscount(ctx, shop, c)
		if err == nil && owner == id {
			return fault.ForLog(fault.Unavailable, "Shopify's search does not show a code that exists")
		}
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
	}

	return nil
}

type rawListed struct {
	Discount struct {
		Type  string `json:"__typename"`
		Codes struct {
			Nodes []struct {
				Code string `json:"code"`
			} `json:"nodes"`
			PageInfo pageInfo `json:"pageInfo"`
		} `json:"codes"`
	} `json:"discount"`
}

// ListedCodes lists codes of a discount in upper case, up to 250 from a cursor on, "" being the first page; next is ""
// behind the last one. NotFound: the discount was deleted, or is none on orders or shipping. Source: shopify.dev,
// DiscountCodeBasic.codes, 2026-10.
func (g *Gateway) ListedCodes(
	ctx context.Context, shop tenant.ShopID, id referral.DiscountID, after string,
) (page []string, next string, err error) {
	var data struct {
		Node *rawListed `json:"discountNode"`
	}
	vars := map[string]any{"discountId": id}
	if after != "" {
		vars["after"] = after
	}

	r, err := g.call(ctx, shop, opCodesListed, vars, &data)
	if err == nil && (data.Node == nil || !ours(data.Node.Discount.Type)) {
		err = missing(shop, opCodesListed, r)
	}
	if err != nil {
		return nil, "", fmt.Errorf("shopify: list codes: %w", err)
	}

	for _, n := range data.Node.Discount.Codes.Nodes {
		page = append(page, strings.ToUpper(n.Code))
	}
	return page, data.Node.Discount.Codes.PageInfo.next(), nil
}

// DeleteCodes queues the deletion of up to 250 codes of a discount, by their ids. Source: shopify.dev,
// discountCodeRedeemCodeBulkDelete, 2026-10.
func (g *Gateway) DeleteCodes(
	ctx context.Context, shop tenant.ShopID, id referral.DiscountID, ids []codes.CodeID,
) (codes.DeletionID, error) {
	if err := checkBatch(ids, func(id string) bool { return isGID(id, "DiscountRedeemCode") }); err != nil {
		return "", err
	}

	var data struct {
		Payload struct {
			Job        *rawID      `json:"job"`
			UserErrors []userError `json:"userErrors"`
		} `json:"discountCodeRedeemCodeBulkDelete"`
	}

	_, err := g.call(ctx, shop, opCodesDelete, map[string]any{"discountId": id, "ids": ids}, &data)
	if err == nil {
		err = refused(shop, opCodesDelete, data.Payload.UserErrors)
	}
	if err != nil {
		return "", fmt.Errorf("shopify: delete codes: %w", err)
	}
	if j := data.Payload.Job; j == nil || !isGID(j.ID, "Job") {
		return "", g.unreadable(shop, opCodesDelete, fault.ForLog(fault.Invalid, "no job id"))
	}

	return codes.DeletionID(data.Payload.Job.ID), nil
}

// DeletionDone tells whether the job of DeleteCodes has ended. NotFound: Shopify does not know the job (any more).
func (g *Gateway) DeletionDone(ctx context.Context, shop tenant.ShopID, id codes.DeletionID) (bool, error) {
	var data struct {
		Job *struct {
			Done bool `json:"done"`
		} `json:"job"`
	}

	r, err := g.call(ctx, shop, opJob, map[string]any{"id": id}, &data)
	if err == nil && data.Job == nil {
		err = missing(shop, opJob, r)
	}
	if err != nil {
		return false, fmt.Errorf("shopify: deletion: %w", err)
	}
	return data.Job.Done, nil
}
