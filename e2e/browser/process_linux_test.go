package browser

import "syscall"

// diesWithUs has the kernel end a process when the tests die, even by SIGKILL.
func diesWithUs() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM} }
