/** Text in lines. */

/** Breaks a text between words. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  lines.push(line);
  return lines;
}

/** Breaks the lines of a text. What is broken off stands further to the right. */
export function wrapLines(text: string, width: number): string {
  return text
    .split('\n')
    .map((line) => {
      const indent = ' '.repeat(line.search(/\S|$/));
      const room = Math.max(20, width - indent.length - 4);
      return (
        indent + wrap(line.trimStart(), line.length <= width ? width : room).join(`\n${indent}    `)
      );
    })
    .join('\n');
}
