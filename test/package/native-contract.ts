// What lib/environment/contract.ts says of the native code is what that was compiled with. The file
// is loaded alone: the package does not export it.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import ts from 'typescript';

const root = new URL('../../', import.meta.url);

type Numbers = Record<string, number>;

async function loadContract(): Promise<Record<string, unknown>> {
  const source = readFileSync(new URL('lib/environment/contract.ts', root), 'utf8');
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
  });
  return import(`data:text/javascript,${encodeURIComponent(outputText)}`);
}

function loadAddon(): { contract(): Record<string, Numbers | number> } {
  return createRequire(import.meta.url)('node-gyp-build')(fileURLToPath(root));
}

/** The place of each name. */
function placesOf(names: unknown): Numbers {
  return Object.fromEntries((names as string[]).map((name, place) => [name, place]));
}

t.test('lib/ and native/ agree', async (t) => {
  const lib = await loadContract();
  t.strictSame(loadAddon().contract(), {
    status: lib.Status,
    wait: lib.Wait,
    presences: placesOf(lib.kPresences),
    framings: placesOf(lib.kFramings),
    createModes: placesOf(lib.kCreateModes),
    retiredBit: lib.kRetiredBit,
    snapshot: placesOf(lib.kSnapshotFields),
    counters: placesOf(lib.kCounterFields),
    tenures: placesOf(lib.kTenureFields),
    details: placesOf(lib.kDetailFields),
    limits: placesOf(lib.kLimitFields),
  });
});

t.test('everything that contract.ts says is compared', async (t) => {
  const names = Object.keys(await loadContract()).filter((name) => /^[A-Zk]/.test(name));
  t.equal(names.length, 11, names.join(', '));
});
