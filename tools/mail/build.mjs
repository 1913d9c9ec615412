// Makes the HTML of mails: reads MJML from stdin, writes HTML to stdout. What stands in {{…}} is left for Go's
// html/template. Whatever MJML finds odd is an error. No font is fetched from anywhere: who opens a mail tells nobody.
import mjml2html from 'mjml';

let source = '';
for await (const chunk of process.stdin.setEncoding('utf8')) source += chunk;

const { html, errors } = await mjml2html(source, { validationLevel: 'soft', keepComments: false, fonts: {} });
for (const e of errors) console.error(e.formattedMessage);
if (errors.length > 0) process.exit(1);

// MJML has no values for the way a language is written. Mail programs know no [dir=rtl], so that it stands in the styles.
const directed = html
  .replaceAll('direction:ltr', 'direction:{{$.Direction}}')
  .replaceAll('text-align:left', 'text-align:{{$.Start}}')
  .replaceAll('align="left"', 'align="{{$.Start}}"')
  // Nor does it take a value for a colour: two that nobody would choose stand for the button's.
  .replaceAll('#acce01', '{{$.Light.Ground}}')
  .replaceAll('#acce02', '{{$.Light.Ink}}');

// Lines without blanks at their ends, so that the result reads well as a diff.
process.stdout.write(directed.split('\n').map((line) => line.trimEnd()).filter((line) => line !== '').join('\n') + '\n');
