// The program that a runtime runs: one part of a scenario, and its parameters as JSON. It tells the
// runner what happens in lines of JSON.
import { writeSync } from 'node:fs';
import process from 'node:process';
import { parts } from './parts.js';

const [name = '', parameters = '{}'] = process.argv.slice(2);
const part = parts[name];
if (part === undefined) throw new Error(`no part ${name}`);
// Written at once, because some parts exit right after it.
await part(JSON.parse(parameters), (said) => void writeSync(1, `${JSON.stringify(said)}\n`));
