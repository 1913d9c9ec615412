// Shopify's Admin GraphQL schema 2026-10, as the npm package @shopify/dev-mcp carries it (introspection JSON, gzipped; ISC).
// scripts/setup puts the one file we need into .cache at the top of this module.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { buildClientSchema } from 'graphql';

export const version = '2026-10';
const file = new URL(`../../.cache/dev-mcp-1.16.0/admin_${version}.json.gz`, import.meta.url);

// loadAdmin returns { schema, scopes }: a GraphQLSchema, and a map from "Type" or "Type.field" to the access scopes of which an
// offline token needs one.
export function loadAdmin() {
  let packed;
  try {
    packed = readFileSync(file);
  } catch (e) {
    throw new Error(`no Admin schema here (${e.code}): run scripts/setup`);
  }
  const doc = JSON.parse(gunzipSync(packed));
  const scopes = new Map();
  for (const { typeName, fieldName, offlineScopes } of doc.offline_scopes.items) {
    if (offlineScopes?.length) scopes.set(fieldName ? `${typeName}.${fieldName}` : typeName, offlineScopes);
  }
  return { schema: buildClientSchema(doc.data ?? doc, { assumeValid: true }), scopes };
}
