/** The setting RemoveIPC of systemd-logind: logind.conf(5). */
import { join } from 'node:path';
import { namesIn, readText } from './machine.js';

/** From the strongest to the weakest. */
const kFolders = ['/etc/systemd', '/run/systemd', '/usr/local/lib/systemd', '/usr/lib/systemd'];
const kTrue = /^(1|yes|y|true|t|on)$/i;
const kFalse = /^(0|no|n|false|f|off)$/i;

export interface Setting {
  readonly isOn: boolean;
  /** The file that says so; undefined: none does. */
  readonly file: string | undefined;
}

/** What holds: of the main file and its drop-ins, the last one that says it. */
export function removeIpcSetting(): Setting {
  const main = kFolders.map((folder) => join(folder, 'logind.conf')).find(isReadable);
  const files = [...(main === undefined ? [] : [main]), ...dropIns()];
  const said = files.flatMap((file) => {
    const isOn = settingIn(readText(file) ?? '');
    return isOn === undefined ? [] : [{ isOn, file }];
  });
  // What distributors ship shows the built-in defaults, as comments.
  const isOnByDefault = !/^\s*#\s*RemoveIPC\s*=\s*no\b/im.test(
    main === undefined ? '' : (readText(main) ?? ''),
  );
  return said.at(-1) ?? { isOn: isOnByDefault, file: undefined };
}

function isReadable(path: string): boolean {
  return readText(path) !== undefined;
}

/** In the order of their names; of several of one name, that of the strongest folder counts. */
function dropIns(): string[] {
  const byName = new Map<string, string>();
  for (const folder of kFolders) {
    const place = join(folder, 'logind.conf.d');
    for (const name of namesIn(place)) {
      if (name.endsWith('.conf') && !byName.has(name)) byName.set(name, join(place, name));
    }
  }
  return [...byName.keys()].sort().map((name) => byName.get(name) as string);
}

/** The last one of the section [Login]; undefined: it does not say it. */
function settingIn(text: string): boolean | undefined {
  let section = '';
  let isOn: boolean | undefined;
  for (const line of text.split('\n')) {
    section = /^\s*\[(.*)\]\s*$/.exec(line)?.[1] ?? section;
    const value = /^\s*RemoveIPC\s*=\s*(\S*)\s*$/.exec(line)?.[1];
    if (section !== 'Login' || value === undefined) continue;
    if (kTrue.test(value)) isOn = true;
    else if (kFalse.test(value)) isOn = false;
  }
  return isOn;
}
