import * as smipc from 'smipc';
import { test } from 'vitest';
import { check, moves } from './moves.cjs';

test('moves', async () => check(await moves(smipc)));
