//go:build unix && !linux

package local

import "syscall"

// sysProcAttr puts the child in its own process group. Only Linux can tie its life to ours: elsewhere a child
// outlives a parent that was killed.
func sysProcAttr(syscall.Signal) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
