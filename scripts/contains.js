// node contains.js EXPECTED ACTUAL: exits 0 when the JSON in ACTUAL has every member of the JSON in EXPECTED, with its value.
// Fails, and says where, at the first difference.
'use strict';
const fs = require('node:fs');

function difference(expected, actual, path) {
  if (expected !== null && typeof expected === 'object' && !Array.isArray(expected)) {
    if (actual === null || typeof actual !== 'object' || Array.isArray(actual)) return `${path}: not an object`;
    for (const [key, value] of Object.entries(expected)) {
      if (!Object.hasOwn(actual, key)) return `${path}.${key}: missing`;
      const below = difference(value, actual[key], `${path}.${key}`);
      if (below) return below;
    }
    return null;
  }
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual) || actual.length !== expected.length) return `${path}: not an array of ${expected.length}`;
    for (let i = 0; i < expected.length; i++) {
      const below = difference(expected[i], actual[i], `${path}[${i}]`);
      if (below) return below;
    }
    return null;
  }
  return Object.is(expected, actual) ? null : `${path}: ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`;
}

const [expected, actual] = process.argv.slice(2).map((file) => JSON.parse(fs.readFileSync(file, 'utf8')));
const found = difference(expected, actual, '$');
if (found) {
  console.error(found);
  process.exit(1);
}
