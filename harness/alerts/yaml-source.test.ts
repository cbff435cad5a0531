import { describe, expect, it } from 'vitest';
import { renderProblems } from './yaml-source.ts';

const problem = (file: string, line: number, column: number) => ({
  place: { file, line, column },
  reason: 'no',
});

describe('problems', () => {
  it('stand file by file in the order the files were read, then by line and column', () => {
    const problems = [
      problem('b.yml', 9, 1),
      problem('a.yml', 2, 5),
      problem('b.yml', 3, 7),
      problem('a.yml', 2, 4),
      problem('b.yml', 3, 10),
    ];
    expect(renderProblems(problems).split('\n')).toEqual([
      'b.yml:3:7: no',
      'b.yml:3:10: no',
      'b.yml:9:1: no',
      'a.yml:2:4: no',
      'a.yml:2:5: no',
    ]);
  });
});
