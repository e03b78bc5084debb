const smipc = require('smipc');
const { check, moves } = require('./moves.cjs');

it('moves', async () => check(await moves(smipc)));
