// Runs Lighthouse on two pages of this machine in turns, and prints a line of JSON a run. Turns, so that what else the machine
// does falls on both alike; who goes first changes from pair to pair. The first pair warms the browser up and is not told.
//
// usage: node pairs.mjs --pairs N WITHOUT WITH      $CHROME_PATH names the browser
import { parseArgs } from 'node:util';
import { execSync } from 'node:child_process';
import lighthouse from 'lighthouse';
import * as launcher from 'chrome-launcher';

const { values, positionals } = parseArgs({ allowPositionals: true, options: { pairs: { type: 'string', default: '21' } } });
const pairs = Number(values.pairs);
if (positionals.length !== 2 || !Number.isInteger(pairs) || pairs < 1) throw new Error('usage: pairs.mjs --pairs N WITHOUT WITH');
for (const page of positionals) {
  if (new URL(page).hostname !== '127.0.0.1') throw new Error(`${page} is not on this machine`);
}

// What a page is measured by, and where Lighthouse's report has it.
const metrics = {
  score: (r) => r.categories.performance.score * 100,
  fcp_ms: (r) => r.audits['first-contentful-paint'].numericValue,
  lcp_ms: (r) => r.audits['largest-contentful-paint'].numericValue,
  tbt_ms: (r) => r.audits['total-blocking-time'].numericValue,
  si_ms: (r) => r.audits['speed-index'].numericValue,
  cls: (r) => r.audits['cumulative-layout-shift'].numericValue,
  bytes: (r) => r.audits['total-byte-weight'].numericValue,
};

// longTasks are the tasks of 50 ms and more, by the script that Lighthouse lays them to.
const longTasks = (r) => (r.audits['long-tasks']?.details?.items ?? []).map(({ url, duration }) => ({ url, ms: duration }));

const chrome = await launcher.launch({
  chromePath: process.env.CHROME_PATH || execSync('command -v chromium').toString().trim(),
  chromeFlags: ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost'],
});

async function measure(page) {
  const { lhr } = await lighthouse(page, { port: chrome.port, output: 'json', logLevel: 'error', onlyCategories: ['performance'] });
  if (lhr.runtimeError) throw new Error(lhr.runtimeError.message);
  return { ...Object.fromEntries(Object.entries(metrics).map(([name, of]) => [name, of(lhr)])), long: longTasks(lhr) };
}

try {
  for (let pair = 0; pair <= pairs; pair++) {
    const turns = pair % 2 ? [1, 0] : [0, 1];
    for (const which of turns) {
      const run = await measure(positionals[which]);
      if (pair > 0) console.log(JSON.stringify({ pair, with: which === 1, ...run }));
    }
  }
} finally {
  await chrome.kill();
}
