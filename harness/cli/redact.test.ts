import { describe, expect, it } from 'vitest';
import { redactCommandLine, redactText } from './redact.ts';

describe('redaction', () => {
  it.each([
    ['postgres://golem:hunter2@db:5432/x', 'postgres://golem:***@db:5432/x'],
    ['connect to postgresql://u:p%40ss:w@h/x failed', 'connect to postgresql://u:***@h/x failed'],
    ['postgres://u@h/x?sslpassword=abc&sslmode=require', 'postgres://u@h/x?sslpassword=***&sslmode=require'],
    ['PGPASSWORD=abc', 'PGPASSWORD=***'],
    ['--api-key=abc', '--api-key=***'],
    [`ghp_${'a'.repeat(36)} ok`, '*** ok'],
    [`sk-${'b'.repeat(24)}`, '***'],
    ['AKIAABCDEFGHIJKLMNOP', '***'],
  ])('hides the secret in %s', (text, expected) => {
    expect(redactText(text)).toBe(expected);
  });

  it.each([
    'DUAL_WRITE_V2=10%',
    'postgres://u@h/x',
    'fixtures/everyday/a.ndjson',
    'http://127.0.0.1:8080/log',
    '--seed=7',
  ])('leaves %s as it is', (text) => {
    expect(redactText(text)).toBe(text);
  });

  it('hides the argument after an option that names a secret, and quotes for a shell', () => {
    expect(redactCommandLine(['gate', '--token', 'abc', "it's", '--store', 'postgres://u:p@h/x'])).toBe(
      `golem gate --token '***' 'it'\\''s' --store 'postgres://u:***@h/x'`
        .replace("'***'", '***')
        .replace(/'(postgres[^']*)'/, '$1'),
    );
  });
});
