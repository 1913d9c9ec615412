package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"

	"github.com/joho/godotenv"
)

// Beside an `all` or `demo` that brought its own databases, the other commands find them by a file: in development
// alone, readable by its owner alone, and gone when the process ends. One that was killed leaves its file, which says
// what nobody answers at until the next one.

// stateFolder is where development keeps what outlives a command.
func (c config) stateFolder() (string, error) {
	if c.StateDir != "" {
		return c.StateDir, nil
	}

	base, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("state folder: %w", err)
	}
	return filepath.Join(base, "twofold"), nil
}

// besideFile is the file's name within the folder; it reads as .env does.
const besideFile = "running.env"

// announce writes down what other commands need to work on this process's databases, as far as it came by them itself.
func (p *parts) announce(ctx context.Context) error {
	values := maps.Clone(p.embedded)
	if len(values) == 0 || !p.config.development() {
		return nil
	}
	if p.config.ephemeral { // the demo reads no environment: its app's credentials and keys are drawn for it
		maps.Copy(values, map[string]string{
			"SHOPIFY_API_KEY":    p.config.APIKey,
			"SHOPIFY_API_SECRET": p.config.APISecret,
			"SHOPIFY_ORIGIN":     p.config.Origin,
			"ENCRYPTION_KEYS":    p.config.EncryptionKeys,
			"HASH_KEYS":          p.config.HashKeys,
		})
	}

	folder, err := p.config.stateFolder()
	if err != nil {
		return err
	}

	content, err := godotenv.Marshal(values)
	if err != nil {
		return fmt.Errorf("announce: %w", err)
	}

	name := filepath.Join(folder, besideFile)
	if err := errors.Join(os.MkdirAll(folder, 0o700), os.WriteFile(name, []byte(content), 0o600)); err != nil {
		return fmt.Errorf("announce: %w", err)
	}

	p.onClose(func(context.Context) error { return withdraw(name, content) })
	p.log.InfoContext(ctx, "other commands find these databases",
		"mongodb", values["MONGODB_URI"], "redis", values["REDIS_URL"], "file", name)
	return nil
}

// withdraw removes the file, unless another process has written it since, or it is gone.
func withdraw(name, content string) error {
	now, err := os.ReadFile(name) //nolint:gosec // our own file in STATE_DIR
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil || string(now) != content {
		return err
	}
	return os.Remove(name)
}

// loadBeside is loadConfig for a command that works on what there is. In development what the environment lacks is
// taken from a running `all` or `demo`.
func loadBeside(lookup func(string) (string, bool)) (config, error) {
	c, err := loadConfig(lookup)
	if err != nil || !c.development() {
		return c, err
	}

	folder, err := c.stateFolder()
	if err != nil {
		return config{}, err
	}
	running, err := godotenv.Read(filepath.Join(folder, besideFile))
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return config{}, fmt.Errorf("configuration: %s: %w", besideFile, err)
	}

	return loadConfig(func(name string) (string, bool) {
		if v, set := lookup(name); set {
			return v, true
		}
		v, set := running[name]
		return v, set
	})
}
