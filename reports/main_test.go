package reports

import (
	"testing"

	"twofold/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }
