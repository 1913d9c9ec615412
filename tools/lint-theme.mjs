// Judges a theme app extension by Shopify's theme-check, with its rules for app extensions, and by what these leave out.
// usage: node lint-theme.mjs FOLDER
//
// Every report, of whatever severity, is an error (exit 1). Prints one line for each, and a summary.
import { readFileSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { main, parseArgs } from './lib/args.mjs';
import { layOutDocs } from './lib/liquiddocs.mjs';

const rules = 'theme-check:theme-app-extension';
const severities = ['error', 'warning', 'info'];

// What an extension may have at most. Source: shopify.dev, Configure theme app extensions, File and content size limits.
const maxBlocks = 30;
const maxLiquidBytes = 100_000;

await main(async () => {
  const { rest } = parseArgs(process.argv.slice(2), {});
  if (rest.length !== 1) throw new Error('name one folder');
  const root = resolve(rest[0]);
  const liquid = readLiquid(root);
  if (!liquid.some((f) => f.folder === 'blocks')) throw new Error(`no block in ${root}`);

  const reports = [...await themeCheck(root), ...sizes(liquid), ...liquid.filter((f) => f.folder === 'blocks').flatMap(settings)];
  reports.sort((a, b) => a.file.localeCompare(b.file) || a.line - b.line);
  for (const r of reports) console.log(`${r.file}:${r.line}: ${r.severity} ${r.check}: ${r.message}`);
  console.log(`${liquid.length} Liquid files, ${reports.length} reports`);
  if (reports.length) process.exitCode = 1;
});

// themeCheck runs the real thing, which reads its docs and schemas where the environment says.
async function themeCheck(root) {
  const docs = layOutDocs();
  Object.assign(process.env, docs.env);
  try {
    const { themeCheckRun } = createRequire(import.meta.url)('@shopify/theme-check-node');
    const { offenses } = await themeCheckRun(root, rules);
    return offenses.map((o) => ({
      file: relative(root, fileURLToPath(o.uri)), line: (o.start?.line ?? 0) + 1, severity: severities[o.severity], check: o.check, message: o.message,
    }));
  } finally {
    rmSync(docs.folder, { recursive: true, force: true });
  }
}

// readLiquid reads all blocks and snippets.
function readLiquid(root) {
  return ['blocks', 'snippets'].flatMap((folder) => {
    const names = readdirSync(root).includes(folder) ? readdirSync(join(root, folder)) : [];
    return names.filter((name) => name.endsWith('.liquid')).map((name) => (
      { folder, path: `${folder}/${name}`, text: readFileSync(join(root, folder, name), 'utf8') }
    ));
  });
}

function sizes(liquid) {
  const reports = [];
  const say = (file, check, message) => reports.push({ file, line: 1, severity: 'error', check, message });
  const blocks = liquid.filter((f) => f.folder === 'blocks').length;
  if (blocks > maxBlocks) say('blocks', 'BlockCount', `${blocks} blocks, at most ${maxBlocks}`);
  const bytes = liquid.reduce((sum, f) => sum + Buffer.byteLength(f.text), 0);
  if (bytes > maxLiquidBytes) say('.', 'LiquidSize', `${bytes} bytes of Liquid, at most ${maxLiquidBytes}`);
  return reports;
}

// settings compares what a block's schema declares with what its Liquid reads. A schema that cannot be read is theme-check's to tell.
function settings({ path, text }) {
  const found = text.match(/\{%-?\s*schema\s*-?%\}([\s\S]*?)\{%-?\s*endschema/);
  let schema;
  try {
    schema = JSON.parse(found[1]);
  } catch {
    return [];
  }

  const reports = [];
  const say = (at, severity, check, message) => reports.push({ file: path, line: text.slice(0, at).split('\n').length, severity, check, message });
  const body = text.slice(0, found.index);
  const ids = (schema.settings ?? []).map((s) => s.id).filter(Boolean);
  for (const id of new Set(ids.filter((id, i) => ids.indexOf(id) !== i))) {
    say(found.index, 'error', 'DuplicateSetting', `the setting ${id} stands there twice`);
  }
  for (const use of body.matchAll(/\bblock\.settings\.(\w+)/g)) {
    if (!ids.includes(use[1])) say(use.index, 'error', 'UnknownSetting', `block.settings.${use[1]} is not in the schema`);
  }
  const handedOn = /\bblock\.settings(?!\.|\[['"]|\w)/.test(body); // as a whole: what gets them may read any
  for (const id of handedOn ? [] : new Set(ids)) {
    if (!new RegExp(`\\bblock\\.settings\\.${id}\\b|\\[['"]${id}['"]\\]`).test(body)) {
      say(found.index, 'warning', 'UnusedSetting', `the setting ${id} is never read`);
    }
  }
  return reports;
}
