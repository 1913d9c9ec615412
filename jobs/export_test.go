package jobs

// Kinds lists the jobs' kinds.
func Kinds() []string {
	kinds := make([]string, len(all))
	for i, j := range all {
		kinds[i] = j.kind
	}
	return kinds
}
