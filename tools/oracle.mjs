// Requests signed and judged by Shopify's own Node library (@shopify/shopify-api 15.0.0), and that library as a client.
// usage: node oracle.mjs samples                      JSON: {"now", "key", "secret", "shop", "version", "items": [...]}
//        node oracle.mjs verify < items.json          JSON: the items of the list, each with the library's verdict
//        node oracle.mjs client --origin 'http://127.0.0.1:9400/{shop}' [--query GRAPHQL]
//                                                     JSON: {"steps": [{"name", "ok", ...}], "requests": [...]}; exit 1 if one failed
// all take: [--secret S] [--key K] [--shop x.myshopify.com] [--version 2026-10] [--now UNIX_SECONDS, the clock to freeze at]
//
// An item has a "kind" and what that kind is made of: webhook {headers, body}; proxy and oauth {query}; jwt {token}; shop {shop};
// host {host}. A verdict adds "accept", and "reason" or what the library read: what the library says, which for some samples is not what an app
// should do (it lets iss and dest of a token differ, for one).
import { RequestedTokenType, Session } from '@shopify/shopify-api';
import { setAbstractFetchFunc } from '@shopify/shopify-api/runtime';
import { main, parseArgs, readStdin } from './lib/args.mjs';
import { freezeClock, Judge, openLibrary, signIDToken } from './lib/library.mjs';
import * as makers from './lib/samples.mjs';

const defaults = {
  secret: 'a-test-secret', key: 'test_client_id', shop: 'quiet-store.myshopify.com', version: '2026-10', now: '', origin: '',
  query: '{ shop { name } }',
};
const modes = { samples, verify, client };

await main(async () => {
  const { options, rest: [mode, ...extra] } = parseArgs(process.argv.slice(2), defaults);
  if (!Object.hasOwn(modes, mode) || extra.length) throw new Error('usage: samples | verify | client');
  if (options.now) freezeClock(Number(options.now));
  const ctx = { ...options, now: Math.trunc(Date.now() / 1000) };
  console.log(JSON.stringify(await modes[mode](openLibrary(options), ctx), null, 1));
});

async function samples(api, ctx) {
  const items = [];
  for (const [kind, make] of Object.entries(makers)) {
    for (const item of await make(ctx)) items.push({ kind, ...item });
  }
  const { now, key, secret, shop, version } = ctx;
  return { now, key, secret, shop, version, items: await judgeAll(api, items) };
}

async function verify(api) {
  return judgeAll(api, JSON.parse(await readStdin()));
}

function judgeAll(api, items) {
  const judge = new Judge(api);
  return Promise.all(items.map(async (item) => {
    if (!Object.hasOwn(makers, item.kind)) throw new Error(`unknown kind ${item.kind}`);
    return { ...item, ...(await judge[item.kind](item)) };
  }));
}

// client walks the road of an installed app: token exchange for an expiring offline token, refresh, the old refresh token again,
// GraphQL with the new token. Tokens are not printed.
async function client(api, ctx) {
  const requests = divertTo(ctx.origin);
  const steps = [];
  const step = async (name, act) => {
    try {
      const { shown, result } = await act();
      steps.push({ name, ok: true, ...shown });
      return result;
    } catch (e) {
      steps.push({ name, ok: false, error: e.message });
      process.exitCode = 1;
      return undefined;
    }
  };
  const { shop } = ctx;
  const { token: sessionToken } = await signIDToken(ctx);
  const first = await step('token exchange', async () => {
    const { session } = await api.auth.tokenExchange({
      shop, sessionToken, requestedTokenType: RequestedTokenType.OfflineAccessToken, expiring: true,
    });
    return sessionResult(session);
  });
  const second = first && await step('refresh', async () => {
    const { session } = await api.auth.refreshToken({ shop, refreshToken: first.refreshToken });
    if (session.accessToken === first.accessToken) throw new Error('the access token did not change');
    return sessionResult(session);
  });
  if (second) {
    await step('GraphQL', async () => {
      const { data } = await new api.clients.Graphql({ session: new Session(second) }).request(ctx.query);
      return { shown: { data } };
    });
  }
  return { steps, requests };
}

function sessionResult(session) {
  const { isOnline, scope, expires, refreshToken, refreshTokenExpires } = session;
  if (!refreshToken || !expires) throw new Error('the token does not expire');
  return { shown: { online: isOnline, scope, expires, refreshTokenExpires }, result: session.toObject() };
}

// divertTo sends the library's requests for a shop to origin, in which {shop} stands for the shop's domain, and returns the list
// to which each is added as "METHOD host/path -> status". Only loopback addresses are called.
function divertTo(origin) {
  if (!origin) throw new Error('--origin is needed');
  const requests = [];
  setAbstractFetchFunc(async (input, init) => {
    const from = new URL(input.url ?? input);
    const to = new URL(origin.replace('{shop}', from.host).replace(/\/$/, '') + from.pathname + from.search);
    if (!['127.0.0.1', 'localhost', '[::1]'].includes(to.hostname)) throw new Error(`${to.host} is not this machine`);
    const answer = await fetch(to, init);
    requests.push(`${init?.method ?? 'GET'} ${from.host}${from.pathname} -> ${answer.status}`);
    return answer;
  });
  return requests;
}
