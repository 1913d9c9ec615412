// Good and broken requests as an app is sent them. Each function gives a list of items that a Judge can judge, with a name that
// says what is broken. ctx is { shop, key, secret, version, now }, now in Unix seconds. The functions' names are the kinds of item.
import { createSecretKey } from 'node:crypto';
import { SignJWT } from 'jose';
import { base64HMAC, hexHMAC, pairs, signIDToken, signOAuth, signProxy } from './library.mjs';

// Written by hand: Shopify's ids pass 2^53 and its slashes may be escaped, so a body that was parsed and written again differs.
const orderBody = (shop) => String.raw`{"id":820982911946154508,"email":"jon@example.com","total_price":"403.00","currency":"USD",`
  + String.raw`"note":"Größe – ü ✓","order_status_url":"https:\/\/${shop}\/o\/1","discount_codes":[{"code":"FRIEND-7Q","amount":"20.00"}]}`;

const otherTopics = [
  'customers/data_request', 'customers/redact', 'shop/redact', 'app/uninstalled', 'refunds/create', 'orders/cancelled',
];

export async function webhook({ shop, secret, version, now }) {
  const body = orderBody(shop);
  const headersFor = async (text, over = {}) => ({
    'Content-Type': 'application/json',
    'X-Shopify-Topic': 'orders/paid',
    'X-Shopify-Shop-Domain': shop,
    'X-Shopify-API-Version': version,
    'X-Shopify-Webhook-Id': 'b54557e4-bdd9-4b37-8a5f-bf7d70bcd043',
    'X-Shopify-Event-Id': '98880550-7158-44d4-b7cd-2c97c8a091b5',
    'X-Shopify-Triggered-At': new Date(now * 1000).toISOString(),
    'X-Shopify-Hmac-Sha256': await base64HMAC(secret, text),
    ...over,
  });
  const headers = await headersFor(body);
  const signature = headers['X-Shopify-Hmac-Sha256'];
  const without = (name) => Object.fromEntries(Object.entries(headers).filter(([k]) => k !== name));
  const signed = (value) => ({ ...headers, 'X-Shopify-Hmac-Sha256': value });
  const spaced = '{ "id" : 1 ,\r\n "a":[ ] }\n';

  const items = [
    { name: 'valid order, not only ASCII', headers, body },
    { name: 'valid, header names in lower case', headers: Object.fromEntries(Object.entries(headers).map(([k, v]) => [k.toLowerCase(), v])), body },
    { name: 'valid, spaces and line ends are signed as they are', headers: await headersFor(spaced), body: spaced },
    {
      name: 'valid, newer header names',
      headers: {
        'Content-Type': 'application/json', 'shopify-hmac-sha256': signature, 'shopify-topic': 'orders/paid', 'shopify-action': 'update',
        'shopify-shop-domain': shop, 'shopify-api-version': version, 'shopify-webhook-id': 'e1',
      },
      body,
    },
    { name: 'body changed after signing', headers, body: body.replace('403.00', '4.00') },
    { name: 'body parsed and written again', headers, body: JSON.stringify(JSON.parse(body)) },
    { name: 'another secret', headers: signed(await base64HMAC(`${secret}x`, body)), body },
    { name: 'signature in hex', headers: signed(await hexHMAC(secret, body)), body },
    { name: 'signature cut short', headers: signed(signature.slice(0, -4)), body },
    { name: 'signature empty', headers: signed(''), body },
    { name: 'empty body', headers: await headersFor(''), body: '' },
  ];
  for (const name of ['X-Shopify-Hmac-Sha256', 'X-Shopify-Topic', 'X-Shopify-Shop-Domain', 'X-Shopify-API-Version', 'X-Shopify-Webhook-Id']) {
    items.push({ name: `no ${name}`, headers: without(name), body });
  }
  for (const topic of otherTopics) {
    const text = JSON.stringify({ shop_id: 954889, shop_domain: shop });
    items.push({ name: `valid ${topic}`, headers: await headersFor(text, { 'X-Shopify-Topic': topic }), body: text });
  }
  return items;
}

export async function proxy({ shop, secret, now }) {
  const base = { shop, logged_in_customer_id: '6312', path_prefix: '/apps/refer', timestamp: String(now) };
  const sign = (params, s = secret) => signProxy(s, params);
  const good = await sign(base);
  const signPairs = async (params) => {
    const text = Object.entries(params).map(([k, v]) => `${k}=${v}`).sort().join('');
    return [...pairs(params), ['signature', await hexHMAC(secret, text)]];
  };
  const items = {
    'valid, customer logged in': good,
    'valid, nobody logged in': await sign({ ...base, logged_in_customer_id: '' }),
    'valid, own parameters': await sign({ ...base, code: 'ANN 20%+é', ref: 'a&b=c' }),
    'valid, one parameter given twice': await sign({ ...base, ids: ['2', '1'] }),
    'valid, one name begins another': await sign({ ...base, sub: 'a', sub1: 'b' }),
    'one name begins another, pairs sorted': await signPairs({ ...base, sub: 'a', sub1: 'b' }),
    'valid, an own hmac, left out': [...good, ['hmac', 'x']],
    'an own hmac, signed': await sign({ ...base, hmac: 'x' }),
    'an own hmac given twice': [...good, ['hmac', 'x'], ['hmac', 'y']],
    'valid, 60 s old': await sign({ ...base, timestamp: String(now - 60) }),
    'parameter changed': good.map(([k, v]) => [k, k === 'logged_in_customer_id' ? '1' : v]),
    'parameter added': [...good, ['admin', '1']],
    'parameter removed': good.filter(([k]) => k !== 'logged_in_customer_id'),
    'no signature': pairs(base),
    'another secret': await sign(base, `${secret}x`),
    '10 minutes old': await sign({ ...base, timestamp: String(now - 600) }),
    '10 minutes ahead': await sign({ ...base, timestamp: String(now + 600) }),
    'no timestamp': await sign({ shop, path_prefix: '/apps/refer' }),
    'shop given twice': [['shop', 'other.myshopify.com'], ...good],
    'shop given twice and signed so': await sign({ ...base, shop: ['other.myshopify.com', shop] }),
    'customer given twice and signed so': await sign({ ...base, logged_in_customer_id: ['6312', '1'] }),
    'signature given twice': [['signature', 'x'], ...good],
    'signed as a redirect is': (await signOAuth(secret, base)).map(([k, v]) => [k === 'hmac' ? 'signature' : k, v]),
  };
  const raw = (query, signed) => ({ query: `${query}&${new URLSearchParams(signed.filter(([k]) => k !== 'ref' && k !== 'x'))}` });
  return [
    ...queries(items),
    { name: 'valid, a semicolon is a character', ...raw('ref=A;x=1', await sign({ ...base, ref: 'A;x=1' })) },
    { name: 'a semicolon separates', ...raw('ref=A;x=1', await sign({ ...base, ref: 'A', x: '1' })) },
  ];
}

export async function oauth({ shop, secret, now }) {
  const host = Buffer.from(`admin.shopify.com/store/${shop.split('.')[0]}`).toString('base64');
  const base = { code: 'a-code', host, shop, state: '0.6784241404160823', timestamp: String(now) };
  const good = await signOAuth(secret, base);
  const changed = (name, value) => good.map(([k, v]) => [k, k === name ? value : v]);
  return queries({
    'valid callback': good,
    'valid install request': await signOAuth(secret, { host, shop, timestamp: String(now) }),
    'shop changed': changed('shop', 'evil.myshopify.com'),
    'state changed': changed('state', 'x'),
    'no hmac': pairs(base),
    'another secret': await signOAuth(`${secret}x`, base),
    '10 minutes old': await signOAuth(secret, { ...base, timestamp: String(now - 600) }),
    'signed as the proxy does': (await signProxy(secret, base)).map(([k, v]) => [k === 'signature' ? 'hmac' : k, v]),
  });
}

const queries = (items) => Object.entries(items).map(([name, list]) => ({ name, query: new URLSearchParams(list).toString() }));

export async function jwt(ctx) {
  const { now, secret } = ctx;
  const { token: good, payload } = await signIDToken(ctx);
  const [head, , signature] = good.split('.');
  const part = (o) => Buffer.from(JSON.stringify(o)).toString('base64url');
  const token = async (claims, over = {}) => (await signIDToken({ ...ctx, ...over }, claims)).token;
  const hs512 = new SignJWT(payload).setProtectedHeader({ alg: 'HS512' }).sign(createSecretKey(Buffer.from(secret)));
  const items = {
    valid: good,
    'valid, expired 5 s ago': await token({ exp: now - 5 }),
    'valid, starts in 5 s': await token({ nbf: now + 5 }),
    'expired 60 s ago': await token({ exp: now - 60 }),
    'starts in 60 s': await token({ nbf: now + 60 }),
    'for another app': await token({ aud: 'other_client' }),
    'another secret': await token({}, { secret: `${secret}x` }),
    'alg none': `${part({ alg: 'none', typ: 'JWT' })}.${part(payload)}.`,
    'alg HS512': await hs512,
    'payload swapped under a good signature': [head, part({ ...payload, dest: 'https://evil.myshopify.com' }), signature].join('.'),
    'not a token': 'abc.def',
    'iss and dest name different shops': await token({ iss: 'https://other.myshopify.com/admin' }),
    'dest is no Shopify domain': await token({ iss: 'https://evil.example/admin', dest: 'https://evil.example' }),
  };
  return Object.entries(items).map(([name, t]) => ({ name, token: t }));
}

export async function shop({ shop: own }) {
  const names = [
    own, 'UPPER.myshopify.com', 'a-b_c.myshopify.com', 'x.myshopify.com/', `admin.shopify.com/store/${own.split('.')[0]}`, '-x.myshopify.com',
    'x.myshopify.com.evil.com', 'evil.com/x.myshopify.com', 'x.myshopify.com@evil.com', 'x.myshopify.com?y', 'x.myshopify.com#y',
    'x y.myshopify.com', 'x.myshopify.com\n', '\nx.myshopify.com', 'x%2emyshopify.com', 'https://x.myshopify.com', 'myshopify.com',
    '.myshopify.com', 'x.y.myshopify.com', 'x.myshopify.io', '',
  ];
  return names.map((name) => ({ name: JSON.stringify(name), shop: name }));
}

export async function host({ shop: own }) {
  const values = [`admin.shopify.com/store/${own.split('.')[0]}`, `${own}/admin`, 'evil.com/admin', 'admin.shopify.com.evil.com/store/x'];
  return values.map((name) => ({ name, host: Buffer.from(name).toString('base64') }));
}
