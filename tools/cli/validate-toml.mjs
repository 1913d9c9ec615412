// Judges shopify.app.toml and every *.extension.toml of an app by the schemas inside Shopify CLI, without signing in.
// usage: node validate-toml.mjs APP
//
// Errors (exit 1): what the CLI's schemas refuse; keys that they do not know; and what else only Shopify's servers would tell: topics,
// scopes and the API version by the Admin schema, the app proxy's address, missing compliance topics, files that targets name, handles
// that stand there twice. Prints one line for each, and a summary.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { parse } from 'smol-toml';
import { loadAdmin, version } from '../lib/admin.mjs';
import { main, parseArgs } from '../lib/args.mjs';
import { loadSchemas, unknownKeys } from './schemas.mjs';

// Scopes that no field of the Admin schema asks for. Source: shopify.dev, API access scopes; App proxies.
const otherScopes = ['write_app_proxy'];

// What every app in the store subscribes to. Source: shopify.dev, Privacy law compliance.
const complianceTopics = ['customers/data_request', 'customers/redact', 'shop/redact'];

await main(async () => {
  const { rest } = parseArgs(process.argv.slice(2), {});
  if (rest.length !== 1) throw new Error('name one folder');
  const root = resolve(rest[0]);
  const schemas = await loadSchemas();
  const facts = loadFacts();

  const apps = readdirSync(root).filter((name) => /^shopify\.app(\..+)?\.toml$/.test(name)).map((name) => join(root, name));
  if (!apps.length) throw new Error(`no shopify.app.toml in ${root}`);
  const extensions = tomlsOfExtensions(root);
  const errors = [...apps.flatMap((file) => judgeApp(file, schemas, facts)), ...judgeExtensions(extensions, schemas)];
  for (const e of errors) console.log(`${relative(root, e.file)}: ${e.path.length ? `${e.path.join('.')}: ` : ''}${e.message}`);
  console.log(`${apps.length} apps, ${extensions.length} extensions, ${errors.length} errors`);
  if (errors.length) process.exitCode = 1;
});

// loadFacts reads the topics and scopes of the Admin schema.
function loadFacts() {
  const { schema, scopes } = loadAdmin();
  const topics = new Set(schema.getType('WebhookSubscriptionTopic').getValues().map((value) => value.name));
  return { topics, scopes: new Set([...otherScopes, ...[...scopes.values()].flat()]) };
}

function tomlsOfExtensions(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name === 'node_modules' || entry.name === 'testdata' || entry.name.startsWith('.')) return [];
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return tomlsOfExtensions(path);
    return entry.name.endsWith('.extension.toml') ? [path] : [];
  });
}

// read parses a file, or says why it cannot be.
function read(file) {
  try {
    return { values: parse(readFileSync(file, 'utf8')), errors: [] };
  } catch (e) {
    return { errors: [{ file, path: [], message: e.message.split('\n')[0] }] };
  }
}

// refused lists what a schema refuses.
function refused(file, schema, values) {
  const result = schema.safeParse(values);
  return result.success ? [] : result.error.issues.map(({ path, message }) => ({ file, path, message }));
}

// unknown lists the keys that a schema does not know; at is where the values stand in the file.
function unknown(file, schema, values, at = []) {
  return unknownKeys(schema, values).map((path) => ({ file, path: [...at, ...path], message: 'Shopify CLI does not know this key' }));
}

function judgeApp(file, { app, specifications }, facts) {
  const { values, errors } = read(file);
  if (!values) return errors;

  // Each section has rules past those that the whole schema keeps.
  const sections = specifications.filter((s) => s.experience === 'configuration' && s.identifier !== 'webhook_subscription');
  const all = [
    ...refused(file, app, values), ...sections.flatMap((s) => refused(file, s.schema, values)), ...unknown(file, app, values),
    ...judgeProxy(file, values.app_proxy), ...judgeWebhooks(file, values.webhooks ?? {}, facts), ...judgeScopes(file, values.access_scopes ?? {}, facts),
  ];
  const key = ({ path, message }) => `${path.join('.')}: ${message}`;
  return [...new Map(all.map((error) => [key(error), error])).values()];
}

// Source: shopify.dev, App configuration, [app_proxy].
function judgeProxy(file, proxy) {
  if (!proxy) return [];
  const errors = [];
  if (!['a', 'apps', 'community', 'tools'].includes(proxy.prefix)) {
    errors.push({ file, path: ['app_proxy', 'prefix'], message: 'must be a, apps, community or tools' });
  }
  if (!/^[A-Za-z0-9_-]{1,30}$/.test(proxy.subpath ?? '')) {
    errors.push({ file, path: ['app_proxy', 'subpath'], message: 'must be 1 to 30 letters, digits, - or _' });
  }
  return errors;
}

function judgeWebhooks(file, webhooks, facts) {
  const path = ['webhooks', 'subscriptions'];
  const subscriptions = webhooks.subscriptions ?? [];
  const compliance = new Set(subscriptions.flatMap((s) => s.compliance_topics ?? []));
  const errors = complianceTopics.filter((topic) => !compliance.has(topic)).map((topic) => ({ file, path, message: `no compliance topic ${topic}` }));
  for (const topic of subscriptions.flatMap((s) => s.topics ?? [])) {
    if (!facts.topics.has(topic.toUpperCase().replace(/[/.]/g, '_'))) errors.push({ file, path, message: `unknown topic ${topic}` });
  }
  if (webhooks.api_version !== version) {
    errors.push({ file, path: ['webhooks', 'api_version'], message: `${webhooks.api_version} is not ${version}, by whose schema our operations are judged` });
  }
  return errors;
}

function judgeScopes(file, { scopes = '', optional_scopes: optional = [] }, facts) {
  const all = [...scopes.split(','), ...optional].map((scope) => scope.trim()).filter(Boolean);
  return all.filter((scope) => !facts.scopes.has(scope)).map((scope) => ({ file, path: ['access_scopes'], message: `unknown scope ${scope}` }));
}

function judgeExtensions(files, { specifications }) {
  const errors = [];
  const handles = new Map();
  for (const file of files) {
    const { values, errors: unreadable } = read(file);
    errors.push(...unreadable);
    if (!values) continue;
    const { extensions, ...shared } = values;
    for (const [n, own] of (extensions ?? [{}]).entries()) {
      const at = extensions ? ['extensions', n] : [];
      const extension = { ...shared, ...own };
      errors.push(...judgeExtension(file, extension, specifications, at));
      const { handle } = extension;
      if (handle && handles.has(handle)) errors.push({ file, path: [...at, 'handle'], message: `the handle ${handle} stands there twice` });
      handles.set(handle, file);
    }
  }
  return errors;
}

function judgeExtension(file, extension, specifications, at) {
  const spec = specifications.find((s) => (
    [s.identifier, s.externalIdentifier, s.partnersWebIdentifier, ...(s.additionalIdentifiers ?? [])].includes(extension.type)
  ));
  if (!spec) return [{ file, path: [...at, 'type'], message: `Shopify CLI does not know the type ${extension.type}` }];
  const errors = [...refused(file, spec.schema, extension), ...unknown(file, spec.schema, extension, at)];
  for (const [i, target] of (extension.targeting ?? []).entries()) {
    for (const key of ['module', 'input_query', 'tools', 'instructions']) {
      if (target[key] && !existsSync(join(dirname(file), target[key]))) {
        errors.push({ file, path: [...at, 'targeting', i, key], message: `there is no file ${target[key]}` });
      }
    }
  }
  return errors;
}
