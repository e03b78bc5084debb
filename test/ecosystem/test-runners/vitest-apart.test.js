import * as smipc from 'smipc';
import { test } from 'vitest';
import { apart } from './apart.cjs';

test('apart', () => apart(smipc));
