// Judges every GraphQL operation in a folder by Shopify's Admin schema 2026-10.
// usage: node validate-graphql.mjs FOLDER [--scopes "read_orders,write_discounts"]
//
// Errors (exit 1): what graphql-js refuses; deprecated fields and arguments; with --scopes, an operation that needs a scope which
// is not among them. Prints one line for each, the scopes that each operation needs, and a summary.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  getNamedType, Kind, NoDeprecatedCustomRule, parse, Source, specifiedRules, TypeInfo, validate, visit, visitWithTypeInfo,
} from 'graphql';
import { loadAdmin, version } from './lib/admin.mjs';
import { main, parseArgs } from './lib/args.mjs';

await main(() => {
  const { options, rest } = parseArgs(process.argv.slice(2), { scopes: '' });
  if (rest.length !== 1) throw new Error('name one folder');
  const admin = loadAdmin();
  const granted = options.scopes ? expandScopes(options.scopes) : null;
  const files = readdirSync(rest[0], { recursive: true }).filter((name) => name.endsWith('.graphql')).sort();

  let operations = 0;
  let errors = 0;
  for (const name of files) {
    const result = judge(admin, granted, name, readFileSync(join(rest[0], name), 'utf8'));
    operations += result.operations;
    errors += result.errors.length;
    for (const e of result.errors) console.log(`${name}${e.line ? `:${e.line}` : ''}: error: ${e.message}`);
    if (result.scopes.length) console.log(`${name}: needs ${result.scopes.join(' ')}`);
  }
  console.log(`admin ${version}: ${files.length} files, ${operations} operations, ${errors} errors`);
  if (files.length === 0) throw new Error(`no .graphql file in ${rest[0]}`);
  if (errors) process.exitCode = 1;
});

// expandScopes reads a list of scopes; write_x includes read_x (shopify.dev, API access scopes).
function expandScopes(list) {
  const scopes = new Set(list.split(/[\s,]+/).filter(Boolean));
  for (const s of [...scopes]) if (s.startsWith('write_')) scopes.add(`read_${s.slice('write_'.length)}`);
  return scopes;
}

// judge returns what one file needs and what is wrong with it. Several scopes on one field are alternatives.
function judge({ schema, scopes }, granted, name, text) {
  let document;
  try {
    document = parse(new Source(text, name));
  } catch (e) {
    return { operations: 0, scopes: [], errors: [located(e)] };
  }
  const wanted = wantedScopes(schema, scopes, document);
  const errors = validate(schema, document, [...specifiedRules, NoDeprecatedCustomRule]).map(located);
  for (const [what, anyOf] of granted ? wanted : []) {
    if (!anyOf.some((s) => granted.has(s))) errors.push({ message: `${what} needs ${anyOf.join(' or ')}` });
  }
  return {
    operations: document.definitions.filter((d) => d.kind === Kind.OPERATION_DEFINITION).length,
    scopes: [...new Set([...wanted.values()].flat())].sort(),
    errors,
  };
}

function located(e) {
  return { message: e.message, line: e.locations?.[0]?.line };
}

// wantedScopes maps each field or type that the document touches and that needs a scope to the scopes that would do.
function wantedScopes(schema, scopes, document) {
  const wanted = new Map();
  const info = new TypeInfo(schema);
  visit(document, visitWithTypeInfo(info, {
    Field(node) {
      const parent = info.getParentType();
      const type = info.getType();
      for (const key of [parent && `${parent.name}.${node.name.value}`, type && getNamedType(type).name]) {
        if (key && scopes.has(key)) wanted.set(key, scopes.get(key));
      }
    },
  }));
  return wanted;
}
