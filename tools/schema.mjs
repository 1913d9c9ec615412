// Writes Shopify's Admin schema 2026-10 in GraphQL's schema language.
// usage: node schema.mjs [--out FILE]     (stdout without --out)
import { writeFileSync } from 'node:fs';
import { printSchema } from 'graphql';
import { loadAdmin } from './lib/admin.mjs';
import { main, parseArgs } from './lib/args.mjs';

await main(() => {
  const { options } = parseArgs(process.argv.slice(2), { out: '' });
  const sdl = `${printSchema(loadAdmin().schema)}\n`;
  if (options.out) writeFileSync(options.out, sdl);
  else process.stdout.write(sdl);
});
