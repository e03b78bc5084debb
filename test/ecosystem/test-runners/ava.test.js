import test from 'ava';
import * as smipc from 'smipc';
import { check, moves } from './moves.cjs';

test('moves', async (t) => {
  check(await moves(smipc));
  t.pass();
});
