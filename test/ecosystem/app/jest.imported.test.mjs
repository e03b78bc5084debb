import { expect, test } from '@jest/globals';
import * as smipc from 'smipc';
import { check, moves } from './moves.cjs';

test('moves', async () => {
  const seen = await moves(smipc);
  check(seen);
  expect(seen.values[0]).toStrictEqual({ plain: [1, 'two', null] });
});
