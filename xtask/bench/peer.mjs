// Which work does the peer do? npm oidc-provider with the features Tandem is measured on, everything in unbounded
// maps (its own memory adapter forgets codes above a thousand). `node peer.mjs PORT PEOPLE` prints "ready" when it listens.
import Provider from 'oidc-provider';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';

const port = Number(process.argv[2]);
const issuer = `http://127.0.0.1:${port}`;
const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';
const CIBA_GRANT = 'urn:openid:params:grant-type:ciba';
// Whom the backchannel row may ask.
const people = new Set(Array.from({ length: Number(process.argv[3] ?? 0) }, (_, number) => `user${String(number).padStart(5, '0')}`));

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
    {
      client_id: 'ciba',
      client_name: 'Bench desk',
      client_secret: 'bench-ciba-secret-0123456789abcdef',
      token_endpoint_auth_method: 'client_secret_basic',
      grant_types: [CIBA_GRANT, 'refresh_token'],
      response_types: [],
      redirect_uris: [],
      backchannel_token_delivery_mode: 'poll',
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
  ttl: { AccessToken: 3600, BackchannelAuthenticationRequest: 120, DeviceCode: 600, Grant: 86400, IdToken: 3600, RefreshToken: 86400, Session: 86400, Interaction: 600 },
  features: {
    devInteractions: { enabled: false },
    deviceFlow: {
      enabled: true,
      userCodeInputSource: async (ctx, form) => { ctx.body = `<!DOCTYPE html><title>Device</title>${form}`; },
      userCodeConfirmSource: async (ctx, form) => { ctx.body = `<!DOCTYPE html><title>Confirm</title>${form}`; },
      successSource: async (ctx) => { ctx.body = '<!DOCTYPE html><title>Done</title><p>approved</p>'; },
    },
    ciba: {
      enabled: true,
      deliveryModes: ['poll'],
      processLoginHint: async (_ctx, hint) => (people.has(hint) ? hint : undefined),
      // None of these is registered or sent, and nobody has a device to notify, nor have they at Tandem.
      verifyUserCode: async () => {},
      validateBindingMessage: async () => {},
      validateRequestContext: async () => {},
      triggerAuthenticationDevice: async () => {},
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

// The side door: the approval of one code or request through the provider's own models, without its pages.
async function approve(ctx) {
  const form = await formOf(ctx);
  if (form.has('auth_req_id')) return approveBackchannel(ctx, form.get('auth_req_id'));
  const userCode = form.get('user_code').replace(/[^A-Z]/g, '');
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

// What the provider's documentation tells to do once the person agreed.
async function approveBackchannel(ctx, authReqId) {
  const request = await provider.BackchannelAuthenticationRequest.find(authReqId);
  if (!request || request.grantId) {
    ctx.status = 400;
    ctx.body = { error: 'unknown auth_req_id' };
    return;
  }
  const grant = new provider.Grant({ accountId: request.accountId, clientId: request.clientId });
  grant.addOIDCScope(request.scope);
  await grant.save();
  await provider.backchannelResult(request, grant, { authTime: Math.floor(Date.now() / 1000) });
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
