// Judges an app by Shopify's own security check (shopify app doctor of CLI 4.8.2; newer docs call it shopify app security check),
// without signing in.
// usage: node doctor.mjs APP
//
// Every finding, of whatever severity, is an error (exit 1). Prints one line for each, which checks ran, and which are left to people:
// those that read server code know JavaScript and Ruby only.
import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { main, parseArgs } from '../lib/args.mjs';
import { cliFolder, environment } from './schemas.mjs';

// Checks that must have run; a finding of theirs is what this is for.
const wanted = [
  'COMMITTED_SECRET', 'INSECURE_WEBHOOK_URL', 'MISSING_COMPLIANCE_WEBHOOKS', 'EOL_API_VERSION', 'DEPRECATED_SCRIPT_TAG_SCOPE',
  'LIQUID_UNSAFE_RENDER', 'UNSAFE_INNERHTML',
];

await main(() => {
  const { rest } = parseArgs(process.argv.slice(2), {});
  if (rest.length !== 1) throw new Error('name one folder');
  const { findings, checks_executed: checks, coverage } = examine(resolve(rest[0]));
  for (const f of findings) console.log(`${f.location?.file}:${f.location?.line ?? 1}: ${f.severity} ${f.rule_id}: ${f.title}`);

  // Beside server code in Go, a check that has looked at TOML and themes calls itself unresolved.
  const ran = new Set(checks.filter((c) => c.kind !== 'agent' && (c.status === 'executed' || c.inspected_files?.length)).map((c) => c.id));
  const idle = wanted.filter((id) => !ran.has(id));
  for (const id of idle) console.log(`${id} did not run`);
  const left = new Set(checks.filter((c) => c.applicable && !ran.has(c.id)).map((c) => c.id));
  console.log(`left to people: ${[...left].join(' ')}`);
  console.log(`${coverage.files_scanned} files, ${ran.size} checks, ${findings.length} findings`);
  if (findings.length || idle.length) process.exitCode = 1;
});

function examine(app) {
  const command = [join(cliFolder, 'bin', 'run.js'), 'app', 'doctor', '--path', app, '--json', '--blocking', 'none'];
  const run = spawnSync(process.execPath, command, { encoding: 'utf8', maxBuffer: 1 << 26, env: { ...process.env, ...environment } });
  try {
    return JSON.parse(run.stdout).trace;
  } catch {
    throw new Error(`shopify app doctor said no JSON (exit ${run.status}):\n${run.stdout}${run.stderr}`);
  }
}
