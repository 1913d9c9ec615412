package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// schemaTag is a block's schema.
var schemaTag = regexp.MustCompile(`(?s)(\{% schema %\}\n)(.*)(\{% endschema %\})`)

// setting is one setting of a block, in the order in which Shopify's docs write it.
type setting struct {
	Type        string   `json:"type"`
	ID          string   `json:"id,omitempty"`
	Label       string   `json:"label,omitempty"`
	Content     string   `json:"content,omitempty"`
	Info        string   `json:"info,omitempty"`
	Placeholder string   `json:"placeholder,omitempty"`
	Default     any      `json:"default,omitempty"`
	Options     []option `json:"options,omitempty"`
}

type option struct {
	Value string `json:"value"`
	Label string `json:"label"`
}

type schema struct {
	Name        string            `json:"name"`
	Target      string            `json:"target"`
	JavaScript  string            `json:"javascript"`
	AvailableIf string            `json:"available_if"`
	Settings    []json.RawMessage `json:"settings"`
}

// look are the settings of a widget's look.
var look = []setting{
	{Type: "header", Content: "t:settings.look"},
	{Type: "color", ID: "accent", Label: "t:settings.accent"},
	{Type: "color", ID: "accent_text", Label: "t:settings.accent_text"},
	{Type: "color", ID: "amount", Label: "t:settings.amount"},
	{Type: "color", ID: "text", Label: "t:settings.text"},
	{Type: "number", ID: "radius", Label: "t:settings.radius"},
}

// writeSettings writes out the settings that a block's schema names: "@look", and "@texts buttons bar"
// for one of each table. A select's options "@states" are the states of the card. It also tells which
// texts there are settings for.
func (b *builder) writeSettings(source string) (text string, tables map[string]bool, err error) {
	parts := schemaTag.FindStringSubmatch(source)
	if parts == nil {
		return "", nil, errors.New("there is no schema")
	}

	options, err := json.Marshal(b.words.options())
	if err != nil {
		return "", nil, err
	}

	var s schema
	decoder := json.NewDecoder(strings.NewReader(strings.ReplaceAll(parts[2], `"@states"`, string(options))))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&s); err != nil {
		return "", nil, err
	}

	tables = map[string]bool{}
	var all []setting
	for _, raw := range s.Settings {
		added, err := b.settings(raw)
		if err != nil {
			return "", nil, err
		}
		all = append(all, added...)

		for _, one := range added {
			if one.ID != "" && tables[one.ID] {
				return "", nil, fmt.Errorf("two settings are called %s", one.ID)
			}
			tables[one.ID] = true
		}
	}

	text, err = s.write(all)
	return schemaTag.ReplaceAllLiteralString(source, parts[1]+text+parts[3]), tables, err
}

// settings are what one member of a schema's list stands for.
func (b *builder) settings(raw json.RawMessage) ([]setting, error) {
	if raw[0] != '"' {
		var one setting
		err := json.Unmarshal(raw, &one)
		return []setting{one}, err
	}

	name := strings.Trim(string(raw), `"`)
	if name == "@look" {
		return look, nil
	}
	list, ok := strings.CutPrefix(name, "@texts ")
	if !ok {
		return nil, fmt.Errorf("no settings are called %s", name)
	}

	var all []setting
	for _, table := range b.words.named(list) {
		if b.words.editor["en"]["texts"][table] == nil {
			return nil, fmt.Errorf("merchant.widget.texts has no %s", table)
		}
		if _, first := b.words.place(table); first > 0 {
			continue
		}

		one := setting{Type: "textarea", ID: table, Label: "t:texts." + table, Placeholder: "t:ours." + table}
		if next := follower(table); next != "" {
			one.Info = "t:texts." + next
		}
		all = append(all, one)
	}
	return all, nil
}

// write writes a schema, a line for each setting.
func (s schema) write(all []setting) (string, error) {
	var lines []string
	for _, one := range all {
		line, err := json.Marshal(one)
		if err != nil {
			return "", err
		}
		lines = append(lines, string(line))
	}

	s.Settings = nil
	head, err := json.Marshal(s)
	open := strings.TrimSuffix(string(head), "null}")
	return open + "[\n" + strings.Join(lines, ",\n") + "\n]}\n", err
}

// options are the states of the card, for a select.
func (w *words) options() []option {
	var list []option
	for _, state := range w.states() {
		list = append(list, option{state, "t:texts." + state})
	}
	return list
}
