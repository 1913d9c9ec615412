// The Liquid docs and JSON schemas that theme-check reads, as the npm package @shopify/theme-check-docs-updater carries them. Left to
// itself theme-check looks for newer ones on the network first.
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const carried = join(dirname(createRequire(import.meta.url).resolve('@shopify/theme-check-docs-updater/package.json')), 'data');

// layOutDocs copies them into a new folder, in the layout that theme-check downloads them in, and returns the folder and the
// environment that points theme-check at it; the cache in it keeps what other runs have downloaded out of this one.
//
// The carried manifest of app extensions lists the schema of locale files only, so that no block's {% schema %} would be judged. One
// entry more mends that.
export function layOutDocs() {
  const folder = mkdtempSync(join(tmpdir(), 'theme-check-'));
  const schemas = join(folder, 'docs', 'schemas');
  mkdirSync(join(folder, 'docs', 'data'), { recursive: true });
  mkdirSync(join(schemas, 'theme'), { recursive: true });
  for (const name of readdirSync(carried)) {
    copyFileSync(join(carried, name), join(folder, 'docs', 'data', name));
    copyFileSync(join(carried, name), join(schemas, name.startsWith('manifest') ? '.' : 'theme', name));
  }

  const manifest = join(schemas, 'manifest_theme_app_extension.json');
  const listed = JSON.parse(readFileSync(manifest)).schemas;
  listed.push({ uri: 'theme/app_block.json', fileMatch: ['blocks/*.liquid'] }, { uri: 'theme/settings.json' }, { uri: 'theme/setting.json' });
  writeFileSync(manifest, JSON.stringify({ schemas: listed }));
  writeFileSync(join(schemas, 'theme', 'app_block.json'), JSON.stringify(appBlock));
  return { folder, env: { SHOPIFY_TLD_ROOT: join(folder, 'docs'), XDG_CACHE_HOME: join(folder, 'cache') } };
}

const text = { type: 'string' };
const texts = { type: 'array', items: text };
const where = { type: 'object', additionalProperties: false, properties: { templates: texts, groups: texts } };

// appBlock is the {% schema %} of an app block. Source: shopify.dev, Theme app extensions, Configuration, Schema.
const appBlock = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  type: 'object',
  required: ['name', 'target'],
  additionalProperties: false,
  properties: {
    name: { type: 'string', minLength: 1, maxLength: 24 },
    target: { enum: ['section', 'body', 'head', 'compliance_head'] },
    javascript: text, stylesheet: text, class: text, tag: { type: ['string', 'null'], maxLength: 50 }, templates: texts,
    enabled_on: where, disabled_on: where,
    available_if: { type: 'string', pattern: '^\\{\\{.*app\\.metafields\\..*\\}\\}$' },
    default: { type: 'object' },
    settings: { $ref: './settings.json' },
  },
};
