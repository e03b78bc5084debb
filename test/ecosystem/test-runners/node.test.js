import { test } from 'node:test';
import * as smipc from 'smipc';
import { check, moves } from './moves.cjs';

await test('moves', async () => check(await moves(smipc)));
