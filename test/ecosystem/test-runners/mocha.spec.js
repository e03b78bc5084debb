import * as smipc from 'smipc';
import { check, moves } from './moves.cjs';

it('moves', async () => check(await moves(smipc)));
