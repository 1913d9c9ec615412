package nodetest

import (
	"path/filepath"
	"strings"
	"testing"

	"twofold/local"
)

// The theme extension, as it is built and as shops get it.
func TestThemeExtensionIsClean(t *testing.T) {
	t.Parallel()
	t.Logf("%s", Run(t, nil, "lint-theme.mjs", filepath.Join(local.ModuleRoot(), "extension", "theme")))
}

func TestThemesAreJudged(t *testing.T) {
	t.Parallel()
	if out := string(Run(t, nil, "lint-theme.mjs", filepath.Join("testdata", "theme", "good"))); !strings.Contains(out, "2 Liquid files, 0 reports") {
		t.Errorf("a good extension: %s", out)
	}
	got := fatal(t, nil, "lint-theme.mjs", filepath.Join("testdata", "theme", "bad"))
	for _, check := range []string{
		"AssetSizeAppBlockJavaScript", "DuplicateSetting", "ImgWidthAndHeight", "LiquidHTMLSyntaxError", "MatchingTranslations", "MissingAsset",
		"MissingTemplate", "ParserBlockingScript", "RemoteAsset", "TranslationKeyExists", "UndefinedObject", "UnknownFilter", "UnknownSetting",
		"UnusedAssign", "UnusedSetting", "ValidSchema:",
	} {
		if !strings.Contains(got, check) {
			t.Errorf("%s does not fire:\n%s", check, got)
		}
	}
	if got := fatal(t, nil, "lint-theme.mjs", filepath.Join("testdata", "theme")); !strings.Contains(got, "no block in ") {
		t.Errorf("a folder without blocks: %s", got)
	}
}
