// The schemas of shopify.app.toml and of extensions, as Shopify CLI carries them. The CLI is one bundle whose exports have shortened
// names, so its loader of apps is found by what it looks like: another version of the CLI may need another look.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export const cliFolder = dirname(fileURLToPath(import.meta.resolve('@shopify/cli/package.json')));

// environment keeps the CLI from asking and telling.
export const environment = { CI: '1', SHOPIFY_CLI_NO_ANALYTICS: '1', DO_NOT_TRACK: '1' };

// smallest is an app that the loader takes, only to be handed the schemas.
const smallest = `client_id = "0"
name = "x"
application_url = "https://x.example"
embedded = true
[auth]
redirect_urls = ["https://x.example/c"]
[webhooks]
api_version = "2026-10"
`;

// loadSchemas returns { app, specifications }: the zod schema of shopify.app.toml, and a specification for each type of extension and each
// section of shopify.app.toml.
export async function loadSchemas() {
  Object.assign(process.env, environment);
  const load = await findLoader();
  const folder = mkdtempSync(join(tmpdir(), 'smallest-app-'));
  try {
    writeFileSync(join(folder, 'shopify.app.toml'), smallest);
    writeFileSync(join(folder, 'package.json'), '{}');
    const { app } = await load({ directory: folder, skipPrompts: true });
    return { app: app.configSchema, specifications: app.specifications };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function findLoader() {
  const chunks = readdirSync(join(cliFolder, 'dist')).filter((name) => /^chunk-.*\.js$/.test(name)).map((name) => join(cliFolder, 'dist', name));
  const chunk = chunks.find((file) => {
    const text = readFileSync(file, 'utf8');
    return text.includes('"editor_extension_collection"') && text.includes('ignoreUnknownExtensions:!0');
  });
  const exported = chunk ? Object.values(await import(pathToFileURL(chunk))) : [];
  const loader = exported.find((value) => typeof value === 'function'
    && /^async function \w+\(\{directory:/.test(value.toString()) && value.toString().includes('ignoreUnknownExtensions'));
  if (!loader) throw new Error('this version of @shopify/cli is laid out in another way: no loader of apps found');
  return loader;
}

// bare is a zod schema without what is wrapped around it.
function bare(schema) {
  const type = schema?._def?.typeName;
  if (type === 'ZodEffects') return bare(schema._def.schema);
  if (['ZodOptional', 'ZodNullable', 'ZodDefault'].includes(type)) return bare(schema._def.innerType);
  return schema;
}

// unknownKeys lists the paths of keys that a schema does not know. The CLI drops them in silence.
export function unknownKeys(schema, value, path = []) {
  const inner = bare(schema);
  const type = inner?._def?.typeName;
  if (type === 'ZodObject' && value && typeof value === 'object' && !Array.isArray(value)) {
    return Object.entries(value).flatMap(([key, one]) => (
      key in inner.shape ? unknownKeys(inner.shape[key], one, [...path, key]) : [[...path, key]]
    ));
  }
  if (type === 'ZodArray' && Array.isArray(value)) return value.flatMap((one, i) => unknownKeys(inner._def.type, one, [...path, i]));
  return [];
}
