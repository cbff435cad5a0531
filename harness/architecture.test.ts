import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const harness = import.meta.dirname;
const sources = globSync('**/*.ts', { cwd: harness }).filter((file) => !file.endsWith('.test.ts'));

/** Stages of a run: data flows through them in this order and none imports another at run time. */
const STAGES = ['recording', 'replay', 'tally', 'gate', 'report'];

/** Relative imports that exist at run time, as [importer, imported], both relative to harness/. */
function runtimeImports(file: string): string[] {
  const text = readFileSync(join(harness, file), 'utf8');
  const imports: string[] = [];
  for (const [statement, names, path] of text.matchAll(
    /^(?:import|export)\s+([^;]*?)\s*from\s+'(\.[^']*)';/gms,
  )) {
    const typesOnly = /^(?:import|export)\s+type\b/.test(statement) || allInlineTypes(names!);
    if (!typesOnly) imports.push(relative(harness, join(harness, dirname(file), path!)));
  }
  return imports;
}

function allInlineTypes(names: string): boolean {
  const listed = /^\{(.*)\}$/s.exec(names.trim())?.[1];
  return listed?.split(',').every((name) => name.trim() === '' || /^type\s/.test(name.trim())) ?? false;
}

const folderOf = (file: string) => file.split('/')[0]!;

describe('the house', () => {
  it('lets no stage import another at run time', () => {
    const crossings = sources
      .filter((file) => STAGES.includes(folderOf(file)))
      .flatMap((file) =>
        runtimeImports(file)
          .filter((imported) => STAGES.includes(folderOf(imported)) && folderOf(imported) !== folderOf(file))
          .map((imported) => `${file} → ${imported}`),
      );
    expect(crossings).toEqual([]);
  });

  it('lets only the migration itself know what is being migrated', () => {
    const telling = sources
      .filter((file) => folderOf(file) !== 'meal-log')
      .filter((file) =>
        /kcal|meal|protein|carb|food|calorie|nutri/i.test(readFileSync(join(harness, file), 'utf8')),
      );
    expect(telling).toEqual([]);
  });

  it('never ends the process: only the launcher does', () => {
    const ending = sources.filter((file) => /process\.exit/.test(readFileSync(join(harness, file), 'utf8')));
    expect(ending).toEqual([]);
    expect(readFileSync(join(harness, '../bin/golem.js'), 'utf8')).toMatch(/process\.exit\(/);
  });

  it('has no import cycle at run time', () => {
    const state = new Map<string, 'open' | 'done'>();
    const cycles: string[] = [];
    const visit = (file: string, path: readonly string[]): void => {
      if (state.get(file) === 'done') return;
      if (state.get(file) === 'open') {
        cycles.push([...path.slice(path.indexOf(file)), file].join(' → '));
        return;
      }
      state.set(file, 'open');
      for (const imported of runtimeImports(file))
        if (sources.includes(imported)) visit(imported, [...path, file]);
      state.set(file, 'done');
    };
    for (const file of sources) visit(file, []);
    expect(cycles).toEqual([]);
  });
});
