// A certified provider that nobody here wrote: `oidc-provider` with one client and its own pages.
// Told by OPENID_TEST (JSON): issuer, address, port, certificate (a file, for TLS), client_id,
// client_secret, redirect_uris, post_logout_redirect_uris, log_out, people.
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import Provider from 'oidc-provider';

const told = JSON.parse(process.env.OPENID_TEST);
const people = told.people;

const provider = new Provider(told.issuer, {
  clients: [
    {
      client_id: told.client_id,
      client_secret: told.client_secret,
      redirect_uris: told.redirect_uris,
      post_logout_redirect_uris: told.post_logout_redirect_uris,
      response_types: ['code'],
      grant_types: ['authorization_code'],
      ...(told.log_out ? { backchannel_logout_uri: told.log_out } : {}),
      ...(told.log_out ? { backchannel_logout_session_required: true } : {}),
    },
  ],
  claims: {
    openid: ['sub'],
    email: ['email', 'email_verified'],
    profile: ['name', 'preferred_username', 'birthdate'],
  },
  features: { backchannelLogout: { enabled: Boolean(told.log_out) } },
  // Its own dispatcher refuses addresses of this computer.
  fetch: (url, { dispatcher: _theirs, ...options }) => fetch(url, options),
  pkce: { required: () => true },
  cookies: { keys: ['only for tests'] },
  findAccount: (_ctx, id) => ({
    accountId: id,
    claims: () => ({ sub: id, ...people[id] }),
  }),
});

provider.on('backchannel.error', (_ctx, error) => console.error('no log-out:', error));

const pem = told.certificate && readFileSync(told.certificate);
const server = pem
  ? https.createServer({ key: pem, cert: pem }, provider.callback())
  : http.createServer(provider.callback());
server.listen(told.port, told.address, () => process.stdout.write('ready\n'));
