package local

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// lockName is a file in every folder, locked while a server or the process that started it lives. It is made under
// another name and renamed once locked, so a folder that has it unlocked has lost its owner.
const lockName = "twofold.lock"

// folder is where one server keeps its files.
type folder struct {
	path string
	keep bool // the caller named it: it is not ours to remove
	lock *os.File
}

// memory is a folder in memory on Linux. It outlives a killed server like any other, and not the machine.
const memory = "/dev/shm"

// temporary is where temporary folders are made: in memory, if that is asked for and there is such a folder.
func temporary(inMemory bool) string {
	if info, err := os.Stat(memory); inMemory && err == nil && info.IsDir() {
		return memory
	}
	return os.TempDir()
}

// openFolder makes and locks dir, or a temporary folder of our own below parent if dir is empty. Temporary folders
// whose owners were killed before they could remove them are removed first. It fails when another server has dir.
func openFolder(dir, parent, pattern string) (*folder, error) {
	if dir != "" {
		return openNamed(dir)
	}

	sweep(filepath.Join(parent, pattern))
	dir, err := os.MkdirTemp(parent, pattern)
	if err != nil {
		return nil, err
	}

	fresh := filepath.Join(dir, lockName+".new")
	lock, err := lockFile(fresh)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}

	if err := os.Rename(fresh, filepath.Join(dir, lockName)); err != nil {
		return nil, errors.Join(err, lock.Close(), os.RemoveAll(dir))
	}
	return &folder{path: dir, lock: lock}, nil
}

func openNamed(dir string) (*folder, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}

	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}

	lock, err := lockFile(filepath.Join(dir, lockName))
	if err != nil {
		return nil, fmt.Errorf("folder %s is in use: %w", dir, err)
	}
	return &folder{path: dir, keep: true, lock: lock}, nil
}

// close gives the folder up, and removes it if it is ours. A second call does nothing.
func (f *folder) close() error {
	if f.lock == nil {
		return nil
	}

	err := f.lock.Close()
	f.lock = nil
	if f.keep {
		return err
	}
	return errors.Join(err, os.RemoveAll(f.path))
}

// sweep removes the folders that match glob and have lost their owner. It helps where it can and reports nothing.
func sweep(glob string) {
	found, _ := filepath.Glob(glob) // fails only on a malformed pattern
	for _, dir := range found {
		name := filepath.Join(dir, lockName)
		if _, err := os.Stat(name); err != nil {
			continue
		}

		if lock, err := lockFile(name); err == nil {
			_ = os.RemoveAll(dir)
			_ = lock.Close()
		}
	}
}

// lockFile opens (or makes) the file and takes its exclusive lock; it fails at once when somebody else holds it.
func lockFile(name string) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
