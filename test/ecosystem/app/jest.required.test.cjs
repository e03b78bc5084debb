const smipc = require('smipc');
const { check, moves } = require('./moves.cjs');

test('moves', async () => {
  const seen = await moves(smipc);
  check(seen);
  expect(seen.values[0]).toStrictEqual({ plain: [1, 'two', null] });
});
