/** The environment variables that smipc reads. */
import process from 'node:process';
import { type Check, ok, warning } from './check.js';

const kNames = ['SMIPC_DIR', 'SMIPC_ADDON', 'SMIPC_FALLBACK'] as const;
/** What SMIPC_FALLBACK may name: docs/system-calls.md. */
const kWays = ['roles', 'waits', 'bells', 'views'];

export const variables: Check = {
  id: 'variables',
  examine() {
    const set = kNames.filter((name) => process.env[name]);
    if (set.length === 0) return ok(`none of ${kNames.join(', ')} is set`);
    const wrong = fallbacks().filter((way) => !kWays.includes(way));
    if (wrong.length > 0) {
      return warning(`SMIPC_FALLBACK names what there is not: ${wrong.join(', ')}`, {
        advice: `name some of ${kWays.join(', ')}, with commas between and no spaces`,
      });
    }
    return ok(set.map((name) => `${name}=${process.env[name]}`).join(' '));
  },
};

/** What is switched off. */
export function fallbacks(): string[] {
  return (process.env.SMIPC_FALLBACK ?? '').split(',').filter((way) => way !== '');
}
