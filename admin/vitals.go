package admin

import (
	"encoding/json"
	"log/slog"
	"slices"

	"github.com/gofiber/fiber/v2"

	"twofold/fault"
)

// vitals are the measures of how fast a page is for whoever looks at it. Built for Shopify judges the first three.
// Source: shopify.dev, App Bridge, web vitals; Built for Shopify, 2026-10.
var vitals = []string{"LCP", "CLS", "INP", "FCP", "TTFB"}

// webVitals logs what App Bridge measured in a merchant's browser.
func (h *handler) webVitals(v visit) error {
	var report struct {
		Metrics []struct {
			Name  string  `json:"name"`
			Value float64 `json:"value"` // milliseconds; of CLS a share
		} `json:"metrics"`
	}
	if err := json.Unmarshal(v.Body(), &report); err != nil {
		return fault.ForLog(fault.Invalid, "web vitals that cannot be read: %w", err)
	}

	facts := []slog.Attr{slog.String("shop", string(v.shop.ID))}
	for _, m := range report.Metrics {
		if slices.Contains(vitals, m.Name) {
			facts = append(facts, slog.Float64(m.Name, m.Value))
		}
	}
	h.config.Log.LogAttrs(v.UserContext(), slog.LevelInfo, "vitals", facts...)
	return v.SendStatus(fiber.StatusNoContent)
}
