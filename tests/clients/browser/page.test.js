// A page in a real browser calls web actions across origins: what the browser lets the page see is what counts.
// Needs APIHOST (http://ADDR:PORT), AUTH (uuid:key), JARS (the folder of the function jars) and BROWSER (a Chromium).
'use strict';
const { test, before, after } = require('node:test');
const assert = require('node:assert/strict');
const { execFile } = require('node:child_process');
const fs = require('node:fs');
const http = require('node:http');
const os = require('node:os');
const path = require('node:path');
const { promisify } = require('node:util');

const { APIHOST, AUTH, JARS, BROWSER } = process.env;
for (const [name, value] of Object.entries({ APIHOST, AUTH, JARS, BROWSER })) {
  if (!value) throw new Error(`${name} is not set`);
}
const WEB = `${APIHOST}/api/v1/web/guest/default`;
const BROWSER_MILLIS_MAX = 60_000;

async function deploy(name, jar, main, annotations) {
  const code = fs.readFileSync(path.join(JARS, `${jar}.jar`)).toString('base64');
  const answer = await fetch(`${APIHOST}/api/v1/namespaces/_/actions/${name}`, {
    method: 'PUT',
    headers: { authorization: `Basic ${Buffer.from(AUTH).toString('base64')}`, 'content-type': 'application/json' },
    body: JSON.stringify({ exec: { kind: 'java:default', code, main }, annotations }),
  });
  assert.equal(answer.status, 200, await answer.text());
}

/** The document after its scripts have run. The browser reaches this machine only. */
async function look(url) {
  const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'flock-browser-'));
  try {
    const flags = [
      '--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run', '--no-proxy-server',
      '--disable-background-networking', '--disable-component-update', '--disable-sync', '--virtual-time-budget=20000',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
      `--user-data-dir=${profile}`, '--dump-dom', url,
    ];
    const { stdout } = await promisify(execFile)(BROWSER, flags, { timeout: BROWSER_MILLIS_MAX, killSignal: 'SIGKILL' });
    return stdout;
  } finally {
    fs.rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

const page = fs.readFileSync(path.join(__dirname, 'page.html'));
const pages = http.createServer((request, response) => {
  response.writeHead(200, { 'content-type': 'text/html' });
  response.end(page);
});
let seen;

before(async () => {
  await deploy('open', 'echo', 'Echo', [{ key: 'web-export', value: true }]);
  await deploy('closed', 'echo', 'Echo', [
    { key: 'web-export', value: true },
    { key: 'require-whisk-auth', value: 'secret' },
  ]);
  await new Promise((resolve) => pages.listen(0, '127.0.0.1', resolve));
  const query = new URLSearchParams({ open: `${WEB}/open`, closed: `${WEB}/closed.json` });
  const document = await look(`http://localhost:${pages.address().port}/?${query}`);
  const [, text] = /<pre id="seen">(.*?)<\/pre>/s.exec(document) ?? assert.fail(`no result in: ${document}`);
  assert.notEqual(text, 'not run', 'the page did not come to its end');
  seen = JSON.parse(text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&'));
});

after(() => pages.close());

test('a page may read what a web action answers', () => {
  assert.equal(seen.simple.status, 200);
  assert.equal(seen.simple.body.a, '1');
  assert.equal(seen.simple.body.__ow_headers.origin, `http://localhost:${pages.address().port}`);
});

test('a method and headers that need leave are let through', () => {
  assert.equal(seen.preflight.status, 200);
  assert.equal(seen.preflight.body.__ow_method, 'put');
  assert.equal(seen.preflight.body.__ow_headers['x-own'], 'yes');
  assert.equal(seen.preflight.body.b, 2);
});

test('a form arrives as fields', () => assert.equal(seen.form.body.c, 'three'));

test('errors can be read, too', () => {
  assert.equal(seen.noKey.status, 401);
  assert.equal(seen.wrongKey.status, 401);
  assert.equal(seen.rightKey.status, 200);
});

test('a page gets at nothing that is not for it', () => {
  assert.deepEqual(seen.withCookies, { refused: 'TypeError' }, 'no leave for credentials');
  assert.deepEqual(seen.notFound, { refused: 'TypeError' }, 'as in OpenWhisk: leave comes with an exported action');
  assert.equal(seen.api.status, 401, 'the API lets pages in as OpenWhisk does, but with a key only');
});

test('a page that a function makes is shown', async () => {
  const body = encodeURIComponent('<h1>Made by a function</h1>');
  const document = await look(`${WEB}/open.http?body=${body}`);
  assert.match(document, /<h1>Made by a function<\/h1>/);
});
