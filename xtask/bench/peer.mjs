// Which work does the peer do? npm oidc-provider with the features Tandem is measured on, everything in unbounded
// maps (its own memory adapter forgets codes above a thousand). `node peer.mjs PORT` prints "ready" when it listens.
import Provider from 'oidc-provider';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';

const port = Number(process.argv[2]);
const issuer = `http://127.0.0.1:${port}`;
const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

const rows = new Map();
const userCodes = new Map();
const sessionUids = new Map();
const grants = new Map();

class UnboundedAdapter {
  constructor(model) {
    this.model = model;
  }

  key(id) {
    return `${this.model}:${id}`;
  }

  async upsert(id, payload) {
    const key = this.key(id);
    rows.set(key, payload);
    if (payload.userCode) userCodes.set(payload.userCode, id);
    if (this.model === 'Session') sessionUids.set(payload.uid, id);
    if (payload.grantId && this.model !== 'Session') {
      const members = grants.get(payload.grantId);
      if (members) members.add(key);
      else grants.set(payload.grantId, new Set([key]));
    }
  }

  async find(id) {
    return rows.get(this.key(id));
  }

  async findByUserCode(userCode) {
    return this.find(userCodes.get(userCode));
  }

  async findByUid(uid) {
    return this.find(sessionUids.get(uid));
  }

  async consume(id) {
    rows.get(this.key(id)).consumed = Math.floor(Date.now() / 1000);
  }

  async destroy(id) {
    const row = rows.get(this.key(id));
    if (row?.userCode) userCodes.delete(row.userCode);
    if (this.model === 'Session' && row) sessionUids.delete(row.uid);
    rows.delete(this.key(id));
  }

  async revokeByGrantId(grantId) {
    for (const key of grants.get(grantId) ?? []) rows.delete(key);
    grants.delete(grantId);
  }
}

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const signingKey = { ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'ES256', kid: 'bench' };

const provider = new Provider(issuer, {
  adapter: UnboundedAdapter,
  jwks: { keys: [signingKey] },
  cookies: { keys: [randomBytes(32).toString('hex')] },
  clients: [
    {
      client_id: 'tv',
      client_name: 'Bench TV',
      token_endpoint_auth_method: 'none',
      grant_types: [DEVICE_GRANT, 'refresh_token'],
      response_types: [],
      redirect_uris: [],
      id_token_signed_response_alg: 'ES256',
    },
    {
      client_id: 'kiosk',
      client_secret: 'bench-kiosk-secret-0123456789abcdef',
      token_endpoint_auth_method: 'client_secret_basic',
      grant_types: [DEVICE_GRANT, 'refresh_token'],
      response_types: [],
      redirect_uris: [],
      id_token_signed_response_alg: 'ES256',
    },
  ],
  scopes: ['openid', 'offline_access', 'profile', 'email'],
  claims: { openid: ['sub'], profile: ['name'], email: ['email'] },
  findAccount: async (_ctx, id) => ({
    accountId: id,
    claims: async () => ({ sub: id, name: 'Alice', email: 'alice@example.com' }),
  }),
  // A person who asked for this client before: the page path then needs no further consent page.
  loadExistingGrant: async (ctx) => {
    const grant = new provider.Grant({ accountId: ctx.oidc.account.accountId, clientId: ctx.oidc.client.clientId });
    grant.addOIDCScope(ctx.oidc.params.scope);
    await grant.save();
    return grant;
  },
  rotateRefreshToken: true,
  ttl: { AccessToken: 3600, DeviceCode: 600, Grant: 86400, IdToken: 3600, RefreshToken: 86400, Session: 86400, Interaction: 600 },
  features: {
    devInteractions: { enabled: false },
    deviceFlow: {
      enabled: true,
      userCodeInputSource: async (ctx, form) => { ctx.body = `<!DOCTYPE html><title>Device</title>${form}`; },
      userCodeConfirmSource: async (ctx, form) => { ctx.body = `<!DOCTYPE html><title>Confirm</title>${form}`; },
      successSource: async (ctx) => { ctx.body = '<!DOCTYPE html><title>Done</title><p>approved</p>'; },
    },
    dPoP: { enabled: true },
    introspection: { enabled: true, allowedPolicy: async (_ctx, client, _token) => client.clientAuthMethod !== 'none' },
    revocation: { enabled: true },
  },
});

async function formOf(ctx) {
  const chunks = [];
  for await (const chunk of ctx.req) chunks.push(chunk);
  return new URLSearchParams(Buffer.concat(chunks).toString());
}

// The side door: the approval of one code through the provider's own models, without its pages.
async function approve(ctx) {
  const userCode = (await formOf(ctx)).get('user_code').replace(/[^A-Z]/g, '');
  const code = await provider.DeviceCode.findByUserCode(userCode);
  if (!code || code.accountId) {
    ctx.status = 400;
    ctx.body = { error: 'unknown user_code' };
    return;
  }
  const grant = new provider.Grant({ accountId: 'alice', clientId: code.clientId });
  grant.addOIDCScope(code.params.scope);
  const grantId = await grant.save();
  Object.assign(code, {
    accountId: 'alice',
    authTime: Math.floor(Date.now() / 1000),
    grantId,
    scope: code.params.scope,
  });
  await code.save();
  ctx.body = { approved: true };
}

// A signed-in browser session for the page path, so that signing in is not what is measured.
async function signIn(ctx) {
  const session = new provider.Session({ jti: randomBytes(16).toString('hex') });
  session.loginAccount({ accountId: 'alice', loginTs: Math.floor(Date.now() / 1000) });
  await session.save(86400);
  ctx.cookies.set('_session', session.jti, { signed: true, httpOnly: true });
  ctx.body = { session: true };
}

provider.use(async (ctx, next) => {
  if (ctx.method === 'POST' && ctx.path === '/_bench/approve') return approve(ctx);
  if (ctx.method === 'POST' && ctx.path === '/_bench/session') return signIn(ctx);
  return next();
});

const silence = new Set(['invalid_grant', 'authorization_pending']);
provider.on('server_error', (_ctx, error) => {
  if (!silence.has(error.error)) console.error(error);
});

const version = JSON.parse(readFileSync(new URL('./node_modules/oidc-provider/package.json', import.meta.url))).version;
provider.listen(port, '127.0.0.1', () => {
  console.log(`ready oidc-provider ${version}, Node ${process.versions.node}`);
});
