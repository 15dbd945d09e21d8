// Drives a running flockd with the npm package `openwhisk`, unmodified: what its users call is called here.
// Needs APIHOST (http://ADDR:PORT), AUTH (uuid:key) and JARS (the folder of the function jars) in the environment.
// Tests share the actions that `before` makes; each that changes one makes its own.
'use strict';
const { test, describe, before } = require('node:test');
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const openwhisk = require('openwhisk');

const { APIHOST, AUTH, JARS } = process.env;
for (const [name, value] of Object.entries({ APIHOST, AUTH, JARS })) {
  if (!value) throw new Error(`${name} is not set`);
}
const ow = openwhisk({ apihost: APIHOST, api_key: AUTH });

const RECORD_MILLIS_MAX = 15_000;
const ACTIVATION_ID = /^[0-9a-f]{32}$/;

/** The body that creates a Java action: the client's short form cannot name a main. */
function javaAction(jar, main, more = {}) {
  const code = fs.readFileSync(path.join(JARS, `${jar}.jar`)).toString('base64');
  return { exec: { kind: 'java:default', code, main }, ...more };
}

/** The OpenWhiskError that a call must end with. */
async function failure(promise, statusCode) {
  let answer;
  try {
    answer = await promise;
  } catch (error) {
    assert.equal(error.name, 'OpenWhiskError', String(error));
    assert.equal(error.statusCode, statusCode, error.message);
    return error;
  }
  assert.fail(`expected ${statusCode}, got ${JSON.stringify(answer).slice(0, 300)}`);
}

/** A record that is written behind is there a moment after its 202. */
async function record(activationId) {
  const endMillis = Date.now() + RECORD_MILLIS_MAX;
  for (;;) {
    try {
      return await ow.activations.get(activationId);
    } catch (error) {
      if (error.statusCode !== 404 || Date.now() > endMillis) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

before(async () => {
  await ow.actions.create({ name: 'hello', action: javaAction('hello', 'hello.Hello') });
  await ow.actions.create({ name: 'count', action: javaAction('word-count', 'wordcount.WordCount') });
  await ow.actions.create({ name: 'echo', action: javaAction('echo', 'Echo') });
  await ow.actions.create({ name: 'chatty', action: javaAction('hostile-chatty', 'hostile.chatty.Chatty') });
  await ow.actions.create({ name: 'throws', action: javaAction('hostile-throws', 'hostile.throwing.Throws') });
});

describe('actions', () => {
  test('create answers with the whole action, at version 0.0.1', async () => {
    const parameters = [{ key: 'name', value: 'default' }];
    const limits = { timeout: 5000, memory: 256, logs: 1 };
    const made = await ow.actions.create({
      name: 'created',
      action: javaAction('hello', 'hello.Hello', { parameters, limits }),
    });
    assert.equal(made.name, 'created');
    assert.equal(made.version, '0.0.1');
    assert.equal(made.exec.main, 'hello.Hello');
    assert.deepEqual(made.parameters, parameters);
    assert.equal(made.limits.timeout, 5000);
    assert.equal(made.limits.memory, 256);
    assert.equal(made.limits.logs, 1);
    assert.equal(made.publish, false);
    const [namespace] = await ow.namespaces.list();
    assert.equal(made.namespace, namespace);
  });

  test('create refuses a name that is taken with 409', async () => {
    const error = await failure(ow.actions.create({ name: 'hello', action: javaAction('hello', 'hello.Hello') }), 409);
    assert.equal(error.error.error, 'resource already exists');
    assert.ok(error.error.code, 'no transaction id');
  });

  test('create refuses a Java action without main with 400', async () => {
    const code = fs.readFileSync(path.join(JARS, 'hello.jar'));
    await failure(ow.actions.create({ name: 'no-main', action: code, kind: 'java:default' }), 400);
    await failure(ow.actions.get('no-main'), 404);
  });

  test('get gives the jar back, and leaves it out for code=false', async () => {
    const code = fs.readFileSync(path.join(JARS, 'hello.jar')).toString('base64');
    const whole = await ow.actions.get('hello');
    assert.equal(whole.exec.code, code);
    assert.equal(whole.exec.binary, true);
    const head = await ow.actions.get({ name: 'hello', code: false });
    assert.equal(head.exec.code, undefined);
    assert.equal(head.exec.main, 'hello.Hello');
    assert.equal(head.version, whole.version);
  });

  test('list has the actions, without their code, and obeys limit and skip', async () => {
    const all = await ow.actions.list();
    const names = all.map((action) => action.name);
    for (const name of ['hello', 'count', 'echo']) assert.ok(names.includes(name), `${name} in ${names}`);
    for (const action of all) assert.equal(action.exec && action.exec.code, undefined);
    const two = await ow.actions.list({ limit: 2 });
    assert.equal(two.length, 2);
    const next = await ow.actions.list({ limit: 2, skip: 2 });
    assert.equal(next.filter((action) => two.some((other) => other.name === action.name)).length, 0);
  });

  test('update gives the next version, keeps what is not sent and changes what is', async () => {
    await ow.actions.create({
      name: 'updated',
      action: javaAction('hello', 'hello.Hello', { limits: { timeout: 7000 } }),
    });
    assert.deepEqual(await ow.actions.invoke({ name: 'updated', blocking: true, result: true }), {
      greeting: 'Hello, stranger!',
    });
    const second = await ow.actions.update({ name: 'updated', params: { name: 'Grace' } });
    assert.equal(second.version, '0.0.2');
    assert.equal(second.limits.timeout, 7000);
    assert.deepEqual(await ow.actions.invoke({ name: 'updated', blocking: true, result: true }), {
      greeting: 'Hello, Grace!',
    });
    const third = await ow.actions.update({ name: 'updated', action: javaAction('echo', 'Echo') });
    assert.equal(third.version, '0.0.3');
    assert.deepEqual(await ow.actions.invoke({ name: 'updated', blocking: true, result: true, params: { a: 1 } }), {
      name: 'Grace',
      a: 1,
    });
  });

  test('invoke, blocking: the record', async () => {
    const answer = await ow.actions.invoke({ name: 'hello', blocking: true, params: { name: 'Ada' } });
    assert.match(answer.activationId, ACTIVATION_ID);
    assert.equal(answer.name, 'hello');
    assert.equal(answer.response.success, true);
    assert.equal(answer.response.status, 'success');
    assert.deepEqual(answer.response.result, { greeting: 'Hello, Ada!' });
    assert.ok(answer.end >= answer.start && answer.duration >= 0);
  });

  test('invoke, blocking with result: the bare result, unicode whole', async () => {
    const params = { text: 'Grüße, 日本 \u{1F600}', list: [1, 2.5, null, true, { deep: '\u0000' }], big: 9007199254740991 };
    assert.deepEqual(await ow.actions.invoke({ name: 'echo', blocking: true, result: true, params }), params);
  });

  test('invoke, not blocking: an id at once, the record soon', async () => {
    const answer = await ow.actions.invoke({ name: 'count', params: { text: 'one two two', top: 1 } });
    assert.deepEqual(Object.keys(answer), ['activationId']);
    assert.match(answer.activationId, ACTIVATION_ID);
    const found = await record(answer.activationId);
    assert.deepEqual(found.response.result.top, [{ word: 'two', count: 2 }]);
  });

  test('an application error is a 502 that carries the record', async () => {
    const error = await failure(ow.actions.invoke({ name: 'count', blocking: true, params: { text: 7 } }), 502);
    assert.match(error.message, /'text' must be a string/);
    assert.equal(error.error.response.status, 'application error');
    assert.equal(error.error.response.success, false);
    assert.deepEqual(error.error.response.result, { error: "'text' must be a string" });
  });

  test('an exception is a 502, a developer error, with its message', async () => {
    const params = { how: 'message', message: 'a clear reason' };
    const error = await failure(ow.actions.invoke({ name: 'throws', blocking: true, params }), 502);
    assert.equal(error.error.response.status, 'action developer error');
    assert.match(error.error.response.result.error, /a clear reason/);
    const { logs } = await ow.activations.logs(error.error.activationId);
    assert.ok(logs.some((line) => line.includes('hostile.throwing.Throws')), `no stack in ${JSON.stringify(logs)}`);
  });

  test('delete answers with the action; then it is gone', async () => {
    await ow.actions.create({ name: 'deleted', action: javaAction('hello', 'hello.Hello') });
    assert.equal((await ow.actions.delete('deleted')).name, 'deleted');
    for (const call of ['get', 'delete', 'invoke']) {
      const error = await failure(ow.actions[call]('deleted'), 404);
      assert.equal(error.error.error, 'The requested resource does not exist.');
    }
  });
});

describe('activations', () => {
  test('get, logs and result of one activation', async () => {
    const { activationId } = await ow.actions.invoke({
      name: 'chatty',
      blocking: true,
      params: { how: 'both', lines: 4, bytesPerLine: 5 },
    });
    const found = await ow.activations.get({ name: activationId });
    assert.equal(found.activationId, activationId);
    assert.deepEqual(found.response.result, { lines: 4 });
    const { logs } = await ow.activations.logs({ name: activationId });
    assert.equal(logs.length, 4);
    for (const line of logs) assert.match(line, /^\d{4}-\d\d-\d\dT\S+Z\s+(stdout|stderr): \d\.{4}$/);
    assert.equal(logs.filter((line) => line.includes('stderr: ')).length, 2);
    const result = await ow.activations.result({ name: activationId });
    assert.deepEqual(result.result, { lines: 4 });
    assert.equal(result.success, true);
  });

  test('list has the newest first, and obeys name, limit and docs', async () => {
    const ids = [];
    for (let i = 0; i < 3; i++) {
      ids.unshift((await ow.actions.invoke({ name: 'echo', blocking: true, params: { i } })).activationId);
    }
    for (const id of ids) await record(id);
    const listed = await ow.activations.list({ name: 'echo', limit: 3 });
    assert.deepEqual(listed.map((entry) => entry.activationId), ids);
    for (const entry of listed) assert.equal(entry.response, undefined);
    const [newest] = await ow.activations.list({ name: 'echo', limit: 1, docs: true });
    assert.deepEqual(newest.response.result, { i: 2 });
  });

  test('an id that is not there is a 404, one that is no id a 400', async () => {
    await failure(ow.activations.get('0'.repeat(32)), 404);
    await failure(ow.activations.get('xyz'), 400);
  });
});

describe('namespaces', () => {
  test('list has the one namespace of the key', async () => {
    const namespaces = await ow.namespaces.list();
    assert.equal(namespaces.length, 1);
    assert.equal(typeof namespaces[0], 'string');
  });

  test('get has the four collections', async () => {
    const [name] = await ow.namespaces.list();
    const found = await ow.namespaces.get({ name });
    assert.ok(found.actions.some((action) => action.name === 'hello'));
    for (const collection of ['packages', 'triggers', 'rules']) assert.deepEqual(found[collection], [], collection);
  });
});

describe('sequences', () => {
  test('the result of one action is the input of the next; each has its record', async () => {
    const made = await ow.actions.create({ name: 'chain', sequence: ['/_/echo', '/_/hello'] });
    assert.equal(made.exec.kind, 'sequence');
    assert.equal(made.exec.components.length, 2);
    const answer = await ow.actions.invoke({ name: 'chain', blocking: true, params: { name: 'Alan' } });
    assert.deepEqual(answer.response.result, { greeting: 'Hello, Alan!' });
    assert.equal(answer.logs.length, 2);
    const [first, second] = [await record(answer.logs[0]), await record(answer.logs[1])];
    assert.deepEqual([first.name, second.name], ['echo', 'hello']);
    assert.deepEqual([first.cause, second.cause], [answer.activationId, answer.activationId]);
  });

  test('an error ends it: what comes after is not run', async () => {
    await ow.actions.create({ name: 'broken-chain', sequence: ['/_/count', '/_/hello'] });
    const error = await failure(ow.actions.invoke({ name: 'broken-chain', blocking: true, params: {} }), 502);
    assert.deepEqual(error.error.response.result, { error: "'text' must be a string" });
    assert.equal(error.error.logs.length, 1);
  });

  test('one with a component that is not there is refused with 400', async () => {
    const error = await failure(ow.actions.create({ name: 'hollow', sequence: ['/_/nowhere'] }), 400);
    assert.equal(error.error.error, 'Sequence component does not exist.');
  });
});

describe('access', () => {
  const withKey = (key) => openwhisk({ apihost: APIHOST, api_key: key });

  test('a wrong key, an unknown user and what is no key are a 401', async () => {
    const [user] = AUTH.split(':');
    await failure(withKey(`${user}:wrong`).actions.list(), 401);
    await failure(withKey('11111111-2222-3333-4444-555555555555:x').actions.list(), 401);
    await failure(withKey('nonsense').actions.list(), 401);
  });

  test('the namespace of somebody else is a 403', async () => {
    await failure(ow.actions.list({ namespace: 'somebody-else' }), 403);
  });
});

describe('packages', () => {
  test('create, bind, invoke through both, delete', async () => {
    const made = await ow.packages.create({
      name: 'tools',
      package: { parameters: [{ key: 'name', value: 'Grace' }], publish: true },
    });
    assert.equal(made.version, '0.0.1');
    assert.equal(made.publish, true);
    await ow.actions.create({ name: 'tools/hello', action: javaAction('hello', 'hello.Hello') });
    const invoke = (name, params = {}) => ow.actions.invoke({ name, blocking: true, result: true, params });
    assert.deepEqual(await invoke('tools/hello'), { greeting: 'Hello, Grace!' });
    const [namespace] = await ow.namespaces.list();
    await ow.packages.create({
      name: 'bound',
      package: { binding: { namespace, name: 'tools' }, parameters: [{ key: 'name', value: 'Bob' }] },
    });
    assert.deepEqual(await invoke('bound/hello'), { greeting: 'Hello, Bob!' });
    assert.deepEqual(await invoke('bound/hello', { name: 'Ada' }), { greeting: 'Hello, Ada!' });
    const read = await ow.packages.get('bound');
    assert.deepEqual(read.actions.map((action) => action.name), ['hello']);
    const names = (await ow.packages.list()).map((each) => each.name);
    for (const name of ['tools', 'bound']) assert.ok(names.includes(name), `${name} in ${names}`);
    const updated = await ow.packages.update({ name: 'tools', package: { publish: false } });
    assert.equal(updated.version, '0.0.2');

    await failure(ow.packages.create({ name: 'tools', package: {} }), 409);
    await failure(ow.packages.delete('tools'), 409);
    await ow.actions.delete('tools/hello');
    for (const name of ['bound', 'tools']) await ow.packages.delete(name);
    await failure(ow.packages.get('tools'), 404);
  });

  test('those of whisk.system are there for everybody', async () => {
    const listed = await ow.packages.list({ namespace: 'whisk.system' });
    assert.deepEqual(listed.map((each) => each.name).sort(), ['alarms', 'utils']);
    const split = await ow.actions.invoke({
      name: '/whisk.system/utils/split',
      blocking: true,
      result: true,
      params: { payload: 'a b', separator: ' ' },
    });
    assert.deepEqual(split.lines, ['a', 'b']);
  });
});

describe('triggers, rules and feeds', () => {
  test('a fire runs the actions of the active rules', async () => {
    await ow.triggers.create({ name: 't', trigger: { parameters: [{ key: 'k', value: 'v' }] } });
    // An answer without a body is an empty buffer to this client.
    assert.equal(String(await ow.triggers.invoke({ name: 't', params: {} })), '');
    const rule = await ow.rules.create({ name: 'r', action: 'echo', trigger: 't' });
    assert.equal(rule.status, 'active');
    const { activationId } = await ow.triggers.invoke({ name: 't', params: { n: 1 } });
    const fired = await record(activationId);
    const line = JSON.parse(fired.logs[0]);
    assert.equal(line.success, true);
    const { __ow_headers: headers, ...result } = (await record(line.activationId)).response.result;
    assert.deepEqual(result, { k: 'v', n: 1 });
    assert.match(headers['user-agent'], /openwhisk-client-js/);

    await ow.rules.disable({ name: 'r' });
    assert.equal((await ow.rules.get({ name: 'r' })).status, 'inactive');
    assert.equal(String(await ow.triggers.invoke({ name: 't', params: {} })), '');
    await ow.rules.enable({ name: 'r' });
    assert.ok((await ow.triggers.get('t')).rules);
    assert.equal((await ow.triggers.update({ name: 't', trigger: { annotations: [] } })).version, '0.0.2');
    assert.deepEqual((await ow.rules.list()).map((each) => each.name), ['r']);
    assert.deepEqual((await ow.triggers.list()).map((each) => each.name), ['t']);
    await failure(ow.rules.create({ name: 'bad', action: 'echo', trigger: 'absent' }), 400);
    await ow.rules.delete({ name: 'r' });
    await ow.triggers.delete('t');
    await failure(ow.triggers.invoke({ name: 't', params: {} }), 404);
  });

  test('a feed makes, shows, changes and deletes an alarm', async () => {
    await ow.triggers.create({ name: 'yearly' });
    const feed = { name: '/whisk.system/alarms/alarm', trigger: 'yearly' };
    const made = await ow.feeds.create({ ...feed, params: { cron: '0 0 1 1 *', timezone: 'Europe/Paris' } });
    assert.equal(made.response.success, true);
    const shown = await ow.feeds.get(feed);
    assert.equal(shown.response.result.config.timezone, 'Europe/Paris');
    await ow.feeds.update({ ...feed, params: { cron: '0 0 2 1 *' } });
    assert.equal((await ow.feeds.get(feed)).response.result.config.cron, '0 0 2 1 *');
    await failure(ow.feeds.create({ ...feed, params: { cron: 'x' } }), 502);
    await ow.feeds.delete(feed);
    await failure(ow.feeds.get(feed), 502);
    await ow.triggers.delete('yearly');
  });
});

describe('web actions', () => {
  test('an action that is exported answers anybody', async () => {
    const annotations = [{ key: 'web-export', value: true }];
    await ow.actions.create({ name: 'page', action: javaAction('echo', 'Echo', { annotations }) });
    const [namespace] = await ow.namespaces.list();
    const url = `${APIHOST}/api/v1/web/${namespace}/default/page`;
    const seen = await (await fetch(`${url}.json/x?a=1`, { method: 'PUT' })).json();
    assert.deepEqual([seen.__ow_method, seen.__ow_path, seen.a], ['put', '/x', '1']);
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ statusCode: 201, headers: { 'x-own': 'yes' }, body: { made: true } }),
    });
    assert.equal(answer.status, 201);
    assert.equal(answer.headers.get('x-own'), 'yes');
    assert.deepEqual(await answer.json(), { made: true });
    assert.equal((await fetch(`${APIHOST}/api/v1/web/${namespace}/default/hello`)).status, 404);
  });
});

describe('routes', () => {
  test('create, call, list, delete', async () => {
    const annotations = [{ key: 'web-export', value: true }];
    await ow.actions.create({ name: 'routed', action: javaAction('echo', 'Echo', { annotations }) });
    const made = await ow.routes.create({ basepath: '/npm', relpath: '/x/{id}', operation: 'GET', action: 'routed' });
    const seen = await (await fetch(`${made.gwApiUrl}/x/7?a=1`)).json();
    assert.deepEqual([seen.id, seen.a, seen.__ow_path], ['7', '1', '/npm/x/7']);
    const { apis } = await ow.routes.list();
    assert.equal(apis[0].value.apidoc.paths['/x/{id}'].get['x-openwhisk'].action, 'routed');
    assert.equal((await ow.routes.get({ basepath: '/npm' })).apis.length, 1);
    await ow.routes.delete({ basepath: '/npm' });
    assert.deepEqual((await ow.routes.list()).apis, []);
    assert.equal((await fetch(`${made.gwApiUrl}/x/7`)).status, 404);
    await failure(ow.routes.delete({ basepath: '/npm' }), 502);
  });
});
