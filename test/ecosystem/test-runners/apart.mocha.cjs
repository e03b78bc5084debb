require('./channels.mjs');
const smipc = require('smipc');
const { apart } = require('./apart.cjs');

it('apart', () => apart(smipc));
