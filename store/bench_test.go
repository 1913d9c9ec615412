package store_test

import (
	"fmt"
	"testing"

	"twofold/inbox"
	"twofold/store/storetest"
	"twofold/tenant"
)

// BenchmarkInsertDeliveries saves batches as the group commit does under load: 64 deliveries of 100 shops.
func BenchmarkInsertDeliveries(b *testing.B) {
	s := storetest.New(b)
	ctx := b.Context()
	n := 0
	for b.Loop() {
		batch := make([]inbox.Delivery, 64)
		for i := range batch {
			n++
			batch[i] = newDelivery(tenant.ShopID(fmt.Sprintf("shop-%d.myshopify.com", n%100)), fmt.Sprint("w-", n))
		}
		if _, err := s.InsertDeliveries(ctx, batch); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "deliveries/s")
}
