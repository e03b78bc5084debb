// What packaging/binary.js says of a binary before it is shipped: from real output of readelf, of the
// addon that these tests use, with one thing after the other gone wrong in it.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';

interface Target {
  readonly name: string;
  readonly machine: string;
  readonly newest: Readonly<Record<string, string>>;
}
interface Binary {
  readonly machine: string;
  readonly libraries: readonly string[];
  readonly versions: readonly string[];
  readonly exports: readonly string[];
  readonly needs: readonly { readonly name: string }[];
}

const root = process.cwd();
const load = (file: string) => import(pathToFileURL(join(root, 'packaging', file)).href);
const { flawsOf, parseReadelf, readBinary } = (await load('binary.js')) as {
  flawsOf(binary: Binary, target: Target): string[];
  parseReadelf(text: string): Binary;
  readBinary(file: string): Binary;
};
const { targets } = (await load('targets.js')) as { targets: readonly Target[] };

function targetNamed(name: string): Target {
  const target = targets.find((one) => one.name === name);
  if (target === undefined) throw new Error(name);
  return target;
}

const target = targetNamed('linux-x64-glibc');

/** As `readelf` prints it, shortened; everything in it is right. */
const kSound = `
ELF Header:
  Class:                             ELF64
  Machine:                           Advanced Micro Devices X86-64

Program Headers:
  Type           Offset   VirtAddr           PhysAddr           FileSiz  MemSiz   Flg Align
  LOAD           0x000000 0x0000000000000000 0x0000000000000000 0x007480 0x007480 R   0x1000
  LOAD           0x008000 0x0000000000008000 0x0000000000008000 0x01a0d1 0x01a0d1 R E 0x1000
  LOAD           0x0269d0 0x00000000000279d0 0x00000000000279d0 0x000e38 0x000f80 RW  0x1000
  GNU_STACK      0x000000 0x0000000000000000 0x0000000000000000 0x000000 0x000000 RW  0x10

Dynamic section at offset 0x26b40 contains 28 entries:
  Tag        Type                         Name/Value
 0x0000000000000001 (NEEDED)             Shared library: [libstdc++.so.6]
 0x0000000000000001 (NEEDED)             Shared library: [libc.so.6]

Symbol table '.dynsym' contains 172 entries:
   Num:    Value          Size Type    Bind   Vis      Ndx Name
     0: 0000000000000000     0 NOTYPE  LOCAL  DEFAULT  UND 
     1: 0000000000004118     0 SECTION LOCAL  DEFAULT    9 .init
     2: 0000000000000000     0 FUNC    GLOBAL DEFAULT  UND pthread_create@GLIBC_2.2.5 (3)
     3: 0000000000000000     0 FUNC    GLOBAL DEFAULT  UND fcntl64@GLIBC_2.28 (21)
     4: 0000000000000000     0 FUNC    GLOBAL DEFAULT  UND _ZSt17__throw_bad_allocv@GLIBCXX_3.4 (4)
     5: 0000000000000000     0 FUNC    GLOBAL DEFAULT  UND napi_create_function
     6: 0000000000000000     0 NOTYPE  WEAK   DEFAULT  UND __gmon_start__
   163: 000000000000f2c0    59 FUNC    GLOBAL DEFAULT   12 napi_register_module_v1
   166: 000000000000f2b0     6 FUNC    GLOBAL DEFAULT [<localentry>: 8]   12 node_api_module_get_api_version_v1

Version needs section '.gnu.version_r' contains 2 entries:
 Addr: 0x00000000000061e8  Offset: 0x0061e8  Link: 5 (.dynstr)
  000000: Version: 1  File: libstdc++.so.6  Cnt: 1
  0x0010:   Name: GLIBCXX_3.4  Flags: none  Version: 4
  0x0020: Version: 1  File: libc.so.6  Cnt: 2
  0x0030:   Name: GLIBC_2.28  Flags: none  Version: 21
  0x0040:   Name: GLIBC_2.2.5  Flags: none  Version: 3
`;

function flawsIn(text: string): string[] {
  return flawsOf(parseReadelf(text), target);
}

t.test('what readelf prints is understood', (t) => {
  t.match(parseReadelf(kSound), {
    machine: 'Advanced Micro Devices X86-64',
    libraries: ['libstdc++.so.6', 'libc.so.6'],
    searchPaths: [],
    versions: ['GLIBCXX_3.4', 'GLIBC_2.28', 'GLIBC_2.2.5'],
    exports: ['napi_register_module_v1', 'node_api_module_get_api_version_v1'],
    segments: [
      { type: 'LOAD', flags: 'R' },
      { type: 'LOAD', flags: 'RE' },
      { type: 'LOAD', flags: 'RW' },
      { type: 'GNU_STACK', flags: 'RW' },
    ],
  });
  t.strictSame(flawsIn(kSound), []);
  t.end();
});

for (const [what, from, to, flaw] of [
  [
    'a newer glibc',
    /(pthread_create@GLIBC_|Name: GLIBC_)2\.2\.5/g,
    '$12.34',
    'needs GLIBC_2.34 (pthread_create), which is newer than 2.28',
  ],
  [
    'a newer libstdc++',
    /GLIBCXX_3\.4\b/g,
    'GLIBCXX_3.4.29',
    'needs GLIBCXX_3.4.29 (_ZSt17__throw_bad_allocv), which is newer than 3.4.25',
  ],
  [
    // As ld adds it for a format of relocations that no glibc before 2.36 knows.
    'a version that no symbol has',
    'Name: GLIBC_2.28 ',
    'Name: GLIBC_ABI_DT_RELR ',
    'needs GLIBC_ABI_DT_RELR (no symbol), which is newer than 2.28',
  ],
  [
    'versions of another library',
    'Name: GLIBC_2.28 ',
    'Name: GCC_3.0 ',
    'needs GCC_3.0 (no symbol), which is not expected',
  ],
  ['another library', '[libc.so.6]', '[libuv.so.1]', 'needs the library libuv.so.1'],
  [
    'a path for libraries',
    '(NEEDED)             Shared library: [libc.so.6]',
    '(RUNPATH)            Library runpath: [$ORIGIN/lib]',
    'looks for libraries in $ORIGIN/lib',
  ],
  ['a function of libuv', 'napi_create_function', 'uv_async_send', 'needs uv_async_send, which'],
  [
    'an exported template',
    '     6: 0000000000000000     0 NOTYPE  WEAK   DEFAULT  UND __gmon_start__',
    '   161: 0000000000027848    16 OBJECT  UNIQUE DEFAULT   14 _ZZNSt19_Sp_make_shared',
    'shows _ZZNSt19_Sp_make_shared',
  ],
  ['no entry', 'napi_register_module_v1', 'napi_register_module_v9', 'does not show napi_reg'],
  [
    'an executable stack',
    /RW {2}0x10$/m,
    'RWE 0x10',
    'has memory that can be written and executed (GNU_STACK)',
  ],
  ['no word on the stack', /^ +GNU_STACK.*\n/m, '', 'says nothing of its stack'],
  ['another processor', 'Advanced Micro Devices X86-64', 'AArch64', 'is for AArch64, not for'],
] as const) {
  t.test(what, (t) => {
    const text = kSound.replace(from, to);
    t.not(text, kSound);
    const flaws = flawsIn(text);
    t.ok(
      flaws.some((one) => one.startsWith(flaw)),
      flaws.join('\n'),
    );
    t.end();
  });
}

t.test('nothing that readelf could have printed', (t) => {
  t.ok(flawsIn('').length >= 4, 'is taken for a sound binary');
  t.end();
});

const isInstalled = (() => {
  try {
    return (
      execFileSync('readelf', ['--version'], { stdio: ['ignore', 'pipe', 'ignore'] }).length > 0
    );
  } catch {
    return false;
  }
})();

t.test('the addon of these tests', { skip: !isInstalled && 'needs readelf' }, (t) => {
  const binary = readBinary(join(root, 'build', 'Release', 'smipc.node'));
  t.ok(targets.some(({ machine }) => machine === binary.machine));
  t.strictSame(
    [...binary.exports].sort(),
    ['napi_register_module_v1', 'node_api_module_get_api_version_v1'],
    'no symbol of the C++ library that another addon could take for its own',
  );
  t.ok(binary.needs.some(({ name }) => name === 'napi_create_function'));
  t.end();
});

t.test('the binaries that are there', { skip: !isInstalled && 'needs readelf' }, (t) => {
  for (const target of targets) {
    const file = join(root, 'prebuilds', `${target.name}.node`);
    if (existsSync(file)) t.strictSame(flawsOf(readBinary(file), target), [], target.name);
  }
  t.end();
});
