// Completion in the shells themselves.
import t from 'tap';
import { openShell } from '../fixtures/processes/shell.js';
import { hasProgram } from '../fixtures/processes/system-program.js';

/** What the shell offers for a line. zsh is asked until it shows that. */
const offers: Record<string, (line: string, awaited: string) => string> = {
  bash: (line) => `
    source <(smipc completion bash)
    line='${line}'; read -ra COMP_WORDS <<< "${line.replace('=', ' = ')}"
    [[ $line == *' ' ]] && COMP_WORDS+=('')
    COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
    _smipc; declare -p COMPREPLY`,
  fish: (line) => `
    smipc completion fish > smipc.fish
    fish --no-config -c "source smipc.fish; complete -C '${line}'" | cut -f 1`,
  zsh: (line, awaited) => `
    mkdir -p functions; smipc completion zsh > functions/_smipc
    cat > ask <<'END'
      zmodload zsh/zpty
      zpty z zsh -f -i
      zpty -w z 'PS1=; fpath=($PWD/functions $fpath); autoload -Uz compinit; compinit -u -D'
      zpty -w z 'stty cols 200; bindkey "^I" list-choices; echo re""ady'
      zpty -r z seen '*ready*'
      zpty -w -n z $'${line}\t'
      zpty -r z seen '*${line}*${awaited}*'
      print -r -- $seen
END
    zsh -f ask`,
};

for (const shell of ['bash', 'zsh', 'fish'] as const) {
  // Those here run in bash.
  if (shell !== 'bash' && !hasProgram(t, shell)) continue;
  t.test(shell, async (t) => {
    const { run } = openShell(t);
    await run(
      'echo | smipc write job-1; echo | smipc write job-2; echo > file-1; echo > file-2; mkdir folder',
    );
    for (const [line, awaited] of [
      ['smipc ', 'write'],
      ['smipc st', 'status'],
      ['smipc status job', 'job-2'],
      ['smipc write --cap', '--capacity'],
      ['smipc write job-1 fil', 'file-2'],
      ['smipc help wri', 'write'],
      ['smipc completion z', 'zsh'],
      ['smipc exec -o job', 'job-2'],
      ['smipc exec --stdin job', 'job-1'],
      ['smipc top --sort mess', 'messages-out'],
      ['smipc bench --against so', 'socket,pipe'],
      ['smipc ls --dir fold', 'folder'],
      ['smipc top --sort=wa', 'wake-ups'],
    ] as const) {
      const { stdout } = await run((offers[shell] as (typeof offers)[string])(line, awaited));
      t.ok(stdout.includes(awaited), `${line}: ${stdout}`);
      t.notMatch(
        stdout,
        /_alternative|_arguments|error/,
        'the shell has nothing to complain about',
      );
    }
  });
}
