// A QR code of a text: byte mode, UTF-8, error correction level M, in the smallest of versions 1 to 20 that holds it (666 bytes).
// Numbers in brackets are clauses, tables and annexes of ISO/IEC 18004:2015, Information technology: QR Code bar code symbology.

// Codewords of error correction in each block, and blocks, of versions 1 to 20 at level M (table 9).
const corrections = [10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26];
const blockCounts = [1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16];

// Whether a mask turns over the module of a column and a row (table 10).
const masks = [
  (x, y) => (x + y) % 2 == 0,
  (x, y) => y % 2 == 0,
  (x, y) => x % 3 == 0,
  (x, y) => (x + y) % 3 == 0,
  (x, y) => ((x / 3 | 0) + (y / 2 | 0)) % 2 == 0,
  (x, y) => x * y % 2 + x * y % 3 == 0,
  (x, y) => (x * y % 2 + x * y % 3) % 2 == 0,
  (x, y) => ((x + y) % 2 + x * y % 3) % 2 == 0,
];

// svgPath returns the number of modules on a side, and the dark modules as the d of an SVG path, one unit a module. The quiet zone
// of four modules (6.3.8) is the caller's. A text that is too long throws a RangeError.
export function svgPath(text) {
  const bytes = utf8(text);
  for (let version = 1; version <= 20; version++) {
    const symbol = frame(version);
    const codewords = encode(bytes, version, symbol.modules.filter((module) => module < 0).length >> 3);
    if (codewords) return draw(best(symbol, codewords));
  }
  throw new RangeError('too long');
}

// show draws a text's code into a box that has an SVG with one path in it.
export function show(text, box) {
  const { size, d } = svgPath(text);
  box.firstChild.setAttribute('viewBox', `0 0 ${size} ${size}`);
  box.querySelector('path').setAttribute('d', d);
  box.hidden = false;
}

// utf8 returns a text's bytes. Half of a surrogate pair is a URIError.
function utf8(text) {
  const escaped = encodeURIComponent(text).match(/%..|./g) || [];
  return escaped.map((one) => one[1] ? parseInt(one.slice(1), 16) : one.charCodeAt(0));
}

// encode returns the codewords of a symbol with room for total of them, in the order in which they are placed; nothing when the
// bytes do not fit.
function encode(bytes, version, total) {
  const correction = corrections[version - 1];
  const blockCount = blockCounts[version - 1];
  const capacity = total - correction * blockCount;

  // Mode, count, bytes and terminator are 4, 8 or 16, 8n and 4 bits: whole codewords, so they are put together as hexadecimal
  // digits (7.4.1 to 7.4.9).
  const digits = '4' + hex(bytes.length, version < 10 ? 2 : 4) + bytes.map((byte) => hex(byte, 2)).join('') + '0';
  const data = digits.match(/../g).map((pair) => parseInt(pair, 16));
  if (data.length > capacity) return;
  for (let pad = 0xec; data.length < capacity; pad ^= 0xec ^ 0x11) data.push(pad); // 7.4.10

  // Shorter blocks come first (7.5.1).
  const blocks = [];
  for (let i = 0, from = 0; i < blockCount; i++) {
    const to = from + ((capacity + i) / blockCount | 0);
    blocks.push(data.slice(from, to));
    from = to;
  }
  return [...interleave(blocks), ...interleave(blocks.map((block) => remainder(block, correction)))];
}

const hex = (number, width) => number.toString(16).padStart(width, '0');

// interleave takes the first of each block, the second of each, and so on (7.6).
function interleave(blocks) {
  return blocks.at(-1).flatMap((_, i) => blocks.filter((block) => i < block.length).map((block) => block[i]));
}

// times multiplies in the field of 256 elements whose modulus is 100011101 (7.5.2).
function times(a, b) {
  let product = 0;
  for (; b; b >>= 1) {
    if (b & 1) product ^= a;
    a = a << 1 ^ (a >> 7) * 0x11d;
  }
  return product;
}

// remainder is a block's error correction: what is left of it, times x to the power of count, after division by the product of
// all x - 2^i for i below count (7.5.2, annex A).
function remainder(block, count) {
  let divisor = [1];
  for (let i = 0, root = 1; i < count; i++, root = times(root, 2)) {
    divisor = [...divisor, 0].map((factor, n) => factor ^ times(divisor[n - 1] || 0, root));
  }
  let rest = [...block, ...Array(count).fill(0)];
  for (const _ of block) {
    const [first, ...others] = rest;
    rest = others.map((value, n) => value ^ times(divisor[n + 1] || 0, first));
  }
  return rest;
}

// frame is a symbol with its function patterns, and room for the format (6.3): modules are 1 dark, 0 light, -1 free for data.
function frame(version) {
  const size = 17 + 4 * version;
  const symbol = { size, modules: Array(size * size).fill(-1) };
  for (const [x, y] of [[3, 3], [size - 4, 3], [3, size - 4]]) rings(symbol, x, y, [1, 1, 0, 1, 0]); // with its separator

  // From the far side, alignment patterns stand at an even distance; what does not come out even is next to the finders (annex E).
  const gaps = version == 1 ? 0 : 1 + (version / 7 | 0);
  const step = 2 * Math.ceil((size - 13) / gaps / 2);
  const centres = [6, ...Array.from({ length: gaps }, (_, i) => size - 7 - i * step)];
  for (const x of centres) for (const y of centres) if (symbol.modules[y * size + x] < 0) rings(symbol, x, y, [1, 0, 1]);

  for (let i = 8; i < size - 8; i++) {
    put(symbol, 6, i, i % 2 == 0);
    put(symbol, i, 6, i % 2 == 0);
  }
  if (version > 6) {
    const bits = checked(version, 12, 0x1f25); // 7.10, annex D
    for (let i = 0; i < 18; i++) {
      put(symbol, size - 11 + i % 3, i / 3 | 0, bits >> i & 1);
      put(symbol, i / 3 | 0, size - 11 + i % 3, bits >> i & 1);
    }
  }
  format(symbol, 0);
  return symbol;
}

function put({ size, modules }, x, y, dark) {
  if (x >= 0 && y >= 0 && x < size && y < size) modules[y * size + x] = +dark;
}

// rings draws squares about a centre; the one at distance i has the i-th colour.
function rings(symbol, x, y, colours) {
  const far = colours.length - 1;
  for (let dx = -far; dx <= far; dx++) {
    for (let dy = -far; dy <= far; dy++) put(symbol, x + dx, y + dy, colours[Math.max(Math.abs(dx), Math.abs(dy))]);
  }
}

// checked appends as many check bits as the generator's degree says.
function checked(value, degree, generator) {
  let rest = value << degree;
  for (let i = 17; i >= degree; i--) if (rest >> i & 1) rest ^= generator << i - degree;
  return value << degree | rest;
}

// format writes level M (00) and the mask twice, and the module that is always dark (7.9, annex C).
function format(symbol, mask) {
  const bits = checked(mask, 10, 0x537) ^ 0x5412;
  for (let i = 0; i < 15; i++) {
    const dark = bits >> i & 1;
    if (i < 8) {
      put(symbol, symbol.size - 1 - i, 8, dark);
      put(symbol, 8, i + (i > 5), dark); // past the timing pattern
    } else {
      put(symbol, 8, symbol.size - 15 + i, dark);
      put(symbol, 14 - i + (i < 9), 8, dark);
    }
  }
  put(symbol, 8, symbol.size - 8, 1);
}

// best places the codewords in a frame under each mask, and returns the symbol with the lowest penalty (7.8).
function best(symbol, codewords) {
  const order = path(symbol);
  const candidates = masks.map((turns, mask) => {
    const { size } = symbol;
    const modules = symbol.modules.slice();
    order.forEach((at, i) => {
      const bit = codewords[i >> 3] >> 7 - i % 8 & 1; // remainder bits are 0
      modules[at] = bit ^ turns(at % size, at / size | 0);
    });
    const candidate = { size, modules };
    format(candidate, mask);
    return { ...candidate, penalty: penalty(candidate) };
  });
  return candidates.reduce((a, b) => b.penalty < a.penalty ? b : a);
}

// path lists the free modules in the order of bits: columns two by two from the right, up and down by turns, without the vertical
// timing pattern (7.7.3).
function path({ size, modules }) {
  const order = [];
  for (let right = size - 1, up = true; right > 0; right -= 2, up = !up) {
    if (right == 6) right--;
    for (let i = 0; i < size; i++) {
      const y = up ? size - 1 - i : i;
      for (const x of [right, right - 1]) if (modules[y * size + x] < 0) order.push(y * size + x);
    }
  }
  return order;
}

// penalty sums up what makes a symbol hard to read (7.8.3).
function penalty({ size, modules }) {
  const rows = Array.from({ length: size }, (_, y) => modules.slice(y * size, y * size + size));
  const columns = rows.map((_, x) => rows.map((row) => row[x]));
  const lines = [...rows, ...columns].map((line) => line.join('')).join();
  const count = (pattern) => lines.split(pattern).length - 1; // none of them overlaps itself

  // What looks like a finder beside four light modules; five or more alike in a line.
  let sum = 40 * (count('10111010000') + count('00001011101'));
  for (const run of lines.match(/0{5,}|1{5,}/g) || []) sum += run.length - 2;

  // Each square of two by two alike.
  let dark = 0;
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const module = rows[y][x];
      dark += module;
      if (y && x && module == rows[y - 1][x] && module == rows[y][x - 1] && module == rows[y - 1][x - 1]) sum += 3;
    }
  }

  // Each whole 5 % that dark modules are away from half.
  return sum + 10 * Math.floor(Math.abs(dark / size / size - .5) * 20);
}

// draw makes a rectangle of each run of dark modules in a row.
function draw({ size, modules }) {
  let d = '';
  for (let y = 0; y < size; y++) {
    for (const run of modules.slice(y * size, y * size + size).join('').matchAll(/1+/g)) {
      d += `M${run.index} ${y}h${run[0].length}v1h-${run[0].length}z`;
    }
  }
  return { size, d };
}
