// Command lines of the checkers: --name value in any order, the rest by position. An unknown --name is an error.

// parseArgs returns { options, rest }. defaults names every option that is allowed, with its value when it is not given; an
// option whose default is false takes no value.
export function parseArgs(argv, defaults) {
  const options = { ...defaults };
  const rest = [];
  for (let i = 0; i < argv.length; i++) {
    if (!argv[i].startsWith('--')) {
      rest.push(argv[i]);
      continue;
    }
    const name = argv[i].slice(2);
    if (!(name in defaults)) throw new Error(`unknown option --${name}`);
    if (defaults[name] === false) {
      options[name] = true;
      continue;
    }
    if (i + 1 === argv.length) throw new Error(`--${name} needs a value`);
    options[name] = argv[++i];
  }
  return { options, rest };
}

export async function readStdin() {
  let text = '';
  for await (const chunk of process.stdin) text += chunk;
  return text;
}

// main runs a command and turns an exception into one line and exit code 1.
export async function main(command) {
  try {
    await command();
  } catch (e) {
    console.error(`${process.argv[1].split('/').pop()}: ${e.message}`);
    process.exitCode = 1;
  }
}
