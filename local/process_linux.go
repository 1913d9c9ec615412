package local

import "syscall"

// sysProcAttr puts the child in its own process group and has the kernel send it death when our
// process dies, even by SIGKILL.
func sysProcAttr(death syscall.Signal) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: death}
}
