// Builds an app as Shopify CLI does before a deployment, without signing in: it reads all TOML, runs theme check on theme extensions and
// bundles the others. It writes into the folder, so that should be a copy.
// usage: node build.mjs APP
//
// What the CLI reports without failing is an error here (exit 1). Prints what the CLI said.
import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { main, parseArgs } from '../lib/args.mjs';
import { cliFolder, environment } from './schemas.mjs';

// What the CLI says of a fault: theme check's severities, and the headings of its boxes.
const fault = /\[(error|warning|info)\]: |─ (error|warning|external error) ─/;

await main(() => {
  const { rest } = parseArgs(process.argv.slice(2), {});
  if (rest.length !== 1) throw new Error('name one folder');
  const command = [join(cliFolder, 'bin', 'run.js'), 'app', 'build', '--path', resolve(rest[0]), '--skip-dependencies-installation'];
  const run = spawnSync(process.execPath, command, { encoding: 'utf8', maxBuffer: 1 << 26, env: { ...process.env, ...environment } });
  const said = `${run.stdout}${run.stderr}`;
  console.log(said);
  if (run.status !== 0 || fault.test(said) || !said.includes('built!')) process.exitCode = 1;
});
