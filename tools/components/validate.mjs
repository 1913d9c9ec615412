// Judges rendered pages by Shopify's own validator of Polaris components, offline. It knows the type of each attribute.
// usage: node validate.mjs PAGE.html...
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

process.env.OPT_OUT_INSTRUMENTATION = 'true';
process.env.DO_NOT_TRACK = '1';
const { validateComponentCodeblocksToolDef } = await import('@shopify/dev-mcp/tools');
const validator = validateComponentCodeblocksToolDef();

/** content is what the validator takes of a page: its components. It refuses rel on links, which App nav documents, and
 * knows neither Turbo's frames nor that HTML writes colspan as a text. */
const content = (page) => page
  .replace(/<!doctype[^>]*>|<head[\s\S]*?<\/head>|<script[\s\S]*?<\/script>|<!--[\s\S]*?-->|<\/?(html|body)[^>]*>/gi, '')
  .replace(/ colspan="\d+"/g, '')
  .replace(/<turbo-frame[^>]*>/g, '<div>').replace(/<\/turbo-frame>/g, '</div>')
  .replace(/(<s-link\b[^>]*) rel="home"/g, '$1');

let bad = 0;
for (const file of process.argv.slice(2)) {
  const code = [{ content: content(readFileSync(file, 'utf8')), language: 'html' }];
  const answer = await validator.handler({ api: 'polaris-app-home', code });
  const said = answer.content[0].text;
  if (/Overall Status:\*\* (✅|⚠️)/.test(said)) continue;
  bad++;
  console.log(`${basename(file)}: ${said.split('**Details:**')[1] ?? said}`);
}
console.log(`${process.argv.length - 2} pages, ${bad} bad`);
process.exit(bad ? 1 : 0);
