// What lib/environment/contract.ts says of the native code is what that was compiled with. The file
// is loaded alone: the package does not export it.
import { readFileSync } from 'node:fs';
import t from 'tap';
import ts from 'typescript';
import { loadedAddon } from '../fixtures/hosts/addon.js';

const root = new URL('../../', import.meta.url);

type Numbers = Record<string, number>;

async function loadContract(): Promise<Record<string, unknown>> {
  const source = readFileSync(new URL('lib/environment/contract.ts', root), 'utf8');
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
  });
  return import(`data:text/javascript,${encodeURIComponent(outputText)}`);
}

/** The place of each name. */
function placesOf(names: unknown): Numbers {
  return Object.fromEntries((names as string[]).map((name, place) => [name, place]));
}

t.test('lib/ and native/ agree', async (t) => {
  const lib = await loadContract();
  const addon = loadedAddon() as { contract(): Record<string, Numbers | number> };
  t.strictSame(addon.contract(), {
    status: lib.Status,
    wait: lib.Wait,
    presences: placesOf(lib.kPresences),
    framings: placesOf(lib.kFramings),
    createModes: placesOf(lib.kCreateModes),
    arrivals: lib.Arrival,
    rested: lib.Rested,
    mostConnections: lib.kMostConnections,
    changedBit: lib.kChangedBit,
    retiredBit: lib.kRetiredBit,
    layoutVersion: lib.kLayoutVersion,
    snapshot: placesOf(lib.kSnapshotFields),
    counters: placesOf(lib.kCounterFields),
    tenures: placesOf(lib.kTenureFields),
    details: placesOf(lib.kDetailFields),
    refusal: placesOf(lib.kRefusalFields),
    limits: placesOf(lib.kLimitFields),
  });
});

t.test('everything that contract.ts says is compared', async (t) => {
  const names = Object.keys(await loadContract()).filter((name) => /^[A-Zk]/.test(name));
  t.equal(names.length, 17, names.join(', '));
});
