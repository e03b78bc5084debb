import { test } from 'node:test';
import * as smipc from 'smipc';
import { apart } from './apart.cjs';

await test('apart', () => apart(smipc));
