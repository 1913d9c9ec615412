package main

import (
	"fmt"
	"strings"

	"github.com/BurntSushi/toml"

	"twofold"
)

// neededScopes are the scopes that shopify.app.toml asks of every shop.
func neededScopes() ([]string, error) {
	var file struct {
		AccessScopes struct {
			Scopes string `toml:"scopes"`
		} `toml:"access_scopes"`
	}

	if err := toml.Unmarshal(twofold.AppTOML, &file); err != nil {
		return nil, fmt.Errorf("shopify.app.toml: %w", err)
	}
	return strings.Split(file.AccessScopes.Scopes, ","), nil
}
